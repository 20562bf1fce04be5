"""The event log: following, scrolling, filtering, pointing."""

from textual.events import MouseScrollUp

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.widgets.log import MAX_LINES, EventLog
from tests.rtgen_tui.snapshots_for_tests import make_snapshot
from tests.rtgen_tui.widgets.stage import drawn, picture, staged


def lines(first: int, last: int, **changes: object) -> Snapshot:
    """A snapshot whose log holds the lines ``first`` to ``last``; each fifth is a miss."""
    log = tuple(
        LogLine(seq, seq * 10**8, "info" if seq % 5 else "miss", -1, f"line {seq}")
        for seq in range(first, last + 1)
    )
    return make_snapshot(log=log, **changes)


def numbers(log: EventLog) -> list[int]:
    """The numbers of the lines in view."""
    return [int(row.split("line ")[1].split()[0]) for row in picture(log) if "line " in row]


async def test_each_kind_has_a_glyph_and_a_word() -> None:
    """The newest line is at the bottom."""
    rows = await drawn(EventLog(), 80, 8, make_snapshot())

    assert rows == [
        "╭─ Events 6 ──────────────────────────────────────────────────────── follow ● ─╮",
        "│  02:01.00  ⚑ MARK   second speaker joins                                     │",
        "│  02:04.77  ! ERROR  policy my-policy raised ValueError; the run goes on und… │",
        "│  02:10.05  + STREAM npc-dialogue started                                     │",
        "│  02:13.62  ◆ POLICY fcfs → edf                                               │",
        "│  02:13.90  ✗ DROP   super-res #4018 (early-drop) after 33.3 ms               │",
        "│  02:14.21  ✗ MISS   eye-contact #412 52.1 ms > 33.3 ms, waited 41.0 ms behi… │",
        "╰──────────────────────────────────────────────────────────────────────────────╯",
    ]


async def test_a_narrow_log_keeps_the_glyphs() -> None:
    """Words and hundredths go first."""
    assert await drawn(EventLog(), 40, 4, make_snapshot()) == [
        "╭─ Events 6 ──────────────── follow ● ─╮",
        "│  02:13.9 ✗ super-res #4018 dropped … │",
        "│  02:14.2 ✗ eye-contact #412 52.1 ms… │",
        "╰──────────────────────────────────────╯",
    ]


async def test_a_narrow_log_says_on_which_backend() -> None:
    """In the box of the dashboard the word that the figures repeat makes way for it."""
    text = "denoise #3340 late: 10.02 ms > 10 ms on cpu-small"
    snapshot = make_snapshot(log=(LogLine(1, 33_400_000_000, "miss", -1, text),))

    assert (
        "denoise #3340 10.02 ms > 10 ms on cpu-small"
        in (await drawn(EventLog(), 60, 3, snapshot))[1]
    )
    assert text in (await drawn(EventLog(), 80, 3, snapshot))[1]


async def test_the_word_of_a_drop_is_not_said_twice() -> None:
    """It stays where the narrow log shows only a glyph that a miss has as well."""
    text = "voice #3340 dropped (skip) after 12 ms"
    snapshot = make_snapshot(log=(LogLine(1, 33_400_000_000, "drop", -1, text),))
    wide, narrow = [(await drawn(EventLog(), width, 3, snapshot))[1] for width in (80, 56)]

    assert "DROP   voice #3340 (skip) after 12 ms" in wide
    assert "✗ voice #3340 dropped (skip) after 12 ms" in narrow


async def test_lines_are_taken_up_once() -> None:
    """Snapshots repeat their newest lines."""
    log = EventLog()

    async with staged(log, 60, 12, lines(1, 5)):
        log.show(lines(3, 8))

        assert numbers(log) == [1, 2, 3, 4, 5, 6, 7, 8]


async def test_a_gap_is_confessed() -> None:
    """When more lines passed than a snapshot holds, their number is shown."""
    log = EventLog()

    async with staged(log, 80, 12, lines(1, 3)):
        log.show(lines(10, 11))

        assert "6 lines not shown" in picture(log)[4]
        assert numbers(log) == [1, 2, 3, 10, 11]


async def test_a_new_run_clears_the_log() -> None:
    """Its numbers begin anew."""
    log = EventLog()

    async with staged(log, 60, 12, lines(1, 9)):
        log.show(lines(1, 2, run=2))

        assert numbers(log) == [1, 2]


async def test_it_follows_until_somebody_scrolls_up() -> None:
    """The lines under the eye stay where they are, and the frame counts what is newer."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, 20)):
        assert numbers(log) == [17, 18, 19, 20]
        log.move(-2)
        log.show(lines(1, 25))
        rows = picture(log)
        assert numbers(log) == [15, 16, 17, 18]
        assert rows[0].endswith("─ ○ 7 newer ─╮")
        assert rows[-1].startswith("╰─ 15-18 of 25 ─")

        log.to_end()
        assert numbers(log) == [22, 23, 24, 25]
        assert log.follow


async def test_pages_keep_a_line_in_view() -> None:
    """Both ends stop the scrolling."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, 20)):
        log.page(-1)
        assert numbers(log) == [14, 15, 16, 17]
        log.to_start()
        assert numbers(log) == [1, 2, 3, 4]
        log.page(-1)
        assert numbers(log) == [1, 2, 3, 4]
        log.page(99)
        assert log.follow


async def test_the_wheel_scrolls() -> None:
    """One line per notch."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, 20)) as pilot:
        await pilot._post_mouse_events([MouseScrollUp], log, offset=(5, 2))
        assert numbers(log) == [16, 17, 18, 19]


async def test_the_scrollback_is_bounded() -> None:
    """The oldest lines go, and the view does not move when they do."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, MAX_LINES)):
        log.move(-100)
        before = numbers(log)
        log.show(lines(MAX_LINES + 1, MAX_LINES + 50))

        assert len(log.lines) == MAX_LINES
        assert numbers(log) == before


async def test_the_filter_looks_at_text_and_kind() -> None:
    """In any case; the frame says how many lines of how many pass."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, 20)):
        log.filter_text = "MISS"
        assert numbers(log) == [5, 10, 15, 20]
        assert picture(log)[0].startswith("╭─ Events 4 of 20  filter MISS ─")

        log.show(lines(1, 25))
        assert numbers(log) == [10, 15, 20, 25]

        log.filter_text = ""
        assert numbers(log) == [22, 23, 24, 25]


async def test_stepping_through_incidents_marks_and_shows_them() -> None:
    """From the newest back to the oldest, and forward again."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, 20)):
        found = [log.incident(-1) for _ in range(5)]
        assert [line.seq if line else None for line in found] == [20, 15, 10, 5, None]
        assert 5 in numbers(log)
        marked = next(row for row in picture(log) if "▶" in row)
        assert "line 5" in marked

        forward = log.incident(1)
        assert forward is not None
        assert forward.seq == 10


async def test_pointing_at_a_line_that_is_gone_does_nothing() -> None:
    """It may have been cut or filtered."""
    log = EventLog()

    async with staged(log, 60, 6, lines(1, 20)):
        assert not log.point_at(99)
        assert log.point_at(2)
        assert 2 in numbers(log)
