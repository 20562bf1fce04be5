"""The table of streams: columns, order, filter, cursor."""

import pytest

from rtgen_tui.widgets.streams import StreamTable
from tests.rtgen_tui.snapshots_for_tests import make_llm_stream, make_snapshot, make_stream
from tests.rtgen_tui.widgets.stage import drawn, picture, staged

MANY = tuple(make_stream(number, f"cam-{number}", missed=number) for number in range(200))


async def test_a_row_per_stream() -> None:
    """State as glyph and word, rates, times, slack and misses."""
    assert await drawn(StreamTable(), 82, 11, make_snapshot()) == [
        "╭─ Streams 8  sort # ▴ ────────────────────────────── over 10 s, tok/s over 1 s ─╮",
        "│   # stream          state    on     Hz/target p50 ms p95 ms slack miss % tok/s │",
        "│ ▶ 1 bg-blur         ● ok       NPU      30/30    6.1   11.9 ━━━      0.0     - │",
        "│   2 eye-contact     ▲ late   ✗ NPU    29.8/30    9.4   31.0 ╸        2.3     - │",
        "│   3 noise-suppress  ● ok       CPU    100/100    1.2    2.2 ━━━━     0.0     - │",
        "│   4 super-res       ✗ MISS   ✗ GPU    27.1/30   24.8   39.7 over    21.8     - │",
        "│   5 captions        ● ok       CPU    0.2/0.2    610    702 ━━━━╸    0.0     - │",
        "│   6 summary         ● ok       GPU    prefill  14.2k  14.9k            -   0.0 │",
        "│   7 npc-dialogue    ● ok       NPU     decode    410    640 ━        0.0  21.4 │",
        "│   8 tts             ○ idle     -            -      -      -            -     - │",
        "╰─ ✗ on: where its last missed job was held up ──────────────────────────────────╯",
    ]


@pytest.mark.parametrize(
    ("width", "head"),
    [
        (99, "# stream state on Hz/target p50 ms p95 ms slack miss % missed/of tok/s TTFT ms"),
        (91, "# stream state on Hz/target p50 ms p95 ms slack miss % missed/of tok/s"),
        (79, "# stream state on Hz/target p50 ms p95 ms slack miss % tok/s"),
        (78, "# stream state on Hz/target p50 ms p95 ms miss % tok/s"),
        (72, "# stream state on Hz/target p95 ms miss % tok/s"),
        (63, "# stream state Hz/target p95 ms miss % tok/s"),
        (59, "# stream state Hz/target p95 ms miss %"),
        (50, "# stream state p95 ms miss %"),
        (42, "# stream state miss %"),
    ],
)
async def test_columns_leave_one_by_one(width: int, head: str) -> None:
    """The name, the state and the misses stay."""
    rows = await drawn(StreamTable(), width, 11, make_snapshot())

    assert rows[1].strip("│ ").split() == head.split()
    assert "super-res" in rows[5]
    assert "✗ MISS" in rows[5]
    assert "21.8" in rows[5]


@pytest.mark.parametrize("width", [40, 56, 78, 120])
async def test_no_state_moves_a_column(width: int) -> None:
    """A stream that misses, stops or comes back changes its own cells alone."""
    table = StreamTable()
    heads = set()
    async with staged(table, width, 4):
        for state in ("ok", "late", "miss", "idle", "stopped"):
            table.show(make_snapshot(streams=(make_stream(0, "blur", state=state),)))
            heads.add(picture(table)[1])

    assert len(heads) == 1


async def test_a_wide_terminal_has_gaps_freezes_and_targets_too() -> None:
    """With their units; a chat has no freeze, and a webcam no targets."""
    chat = make_llm_stream(1, "chat")
    snapshot = make_snapshot(streams=(make_stream(longest_freeze_ms=1240.0), chat))
    rows = await drawn(StreamTable(), 160, 5, snapshot)

    assert rows[0].endswith(", missed/of, freeze and targets since start ─╮")
    assert [row[78:].rstrip(" │") for row in rows[1:4]] == [
        "gap p99   miss %     missed/of   freeze   tok/s   TTFT ms   targets",
        "35.0 ms      0.0        0/4.0k    1.2 s       -         -         -",
        "  9.2 s      0.0           0/7        -    21.4       312       8/9",
    ]
    narrow = await drawn(StreamTable(), 159, 5, snapshot)
    assert not {"gap", "freeze", "targets"} & set(narrow[1].split())


@pytest.mark.parametrize(("width", "draws"), [(159, False), (160, True)])
async def test_a_freeze_that_nobody_sees_draws_nothing(width: int, draws: bool) -> None:
    """It would be another one in each frame."""
    table = StreamTable()
    before, after = (make_snapshot(streams=(make_stream(longest_freeze_ms=ms),)) for ms in (50, 83))

    async with staged(table, width, 5):
        assert (table.relevant(before) != table.relevant(after)) is draws


async def test_a_stopped_stream_keeps_its_figures() -> None:
    """Its state is a word."""
    stopped = make_stream(0, "blur", state="stopped", missed=3)
    rows = await drawn(StreamTable(), 100, 4, make_snapshot(streams=(stopped,)))

    assert "■ stop " in rows[2]
    assert "3/4.0k" in rows[2]


async def test_the_cursor_scrolls_a_long_list() -> None:
    """The chosen row stays in view, and the frame says which rows are shown."""
    table = StreamTable()

    async with staged(table, 60, 8, make_snapshot(streams=MANY)):
        table.to_end()
        rows = picture(table)
        assert rows[-1].startswith("╰─ 196-200 of 200 ─")
        assert rows[-2].startswith("│ ▶ 200 cam-199")

        table.move(-3)
        assert table.selected == 196
        assert picture(table)[-1].startswith("╰─ 196-200 of 200 ─")

        table.to_start()
        assert picture(table)[2].startswith("│ ▶   1 cam-0")


async def test_the_cursor_stops_at_both_ends() -> None:
    """It does not wrap around."""
    table = StreamTable()

    async with staged(table, 60, 8, make_snapshot()):
        table.move(-5)
        assert table.selected == 0
        table.move(99)
        assert table.selected == 7


async def test_sorting_by_misses_puts_the_worst_first() -> None:
    """By the share of the window, then by the total."""
    table = StreamTable()

    async with staged(table, 60, 12, make_snapshot()):
        table.sort_by("miss")
        rows = picture(table)

        assert rows[0].startswith("╭─ Streams 8  sort miss ▾ ─")
        assert [row[6:17].strip() for row in rows[2:5]] == ["super-res", "eye-contact", "bg-blur"]


async def test_sorting_by_name_is_alphabetical() -> None:
    """An unknown key is refused with the known ones."""
    table = StreamTable()

    async with staged(table, 60, 12, make_snapshot()):
        table.sort_by("name")
        names = [each.name for each in table.shown_streams]
        assert names[:3] == ["bg-blur", "captions", "eye-contact"]
        with pytest.raises(ValueError, match="one of #, miss, name, not by 'color'"):
            table.sort_by("color")


async def test_the_filter_ignores_case_and_says_that_it_hides_something() -> None:
    """The number of the hidden streams can be read off."""
    table = StreamTable()

    async with staged(table, 60, 12, make_snapshot()):
        table.filter_text = "NPC"
        rows = picture(table)

        assert rows[0].startswith("╭─ Streams 1 of 8  sort # ▴ ─")
        assert rows[0].endswith("─ filter NPC ─╮")
        assert "npc-dialogue" in rows[2]
        assert rows[3] == f"│{' ' * 58}│"


async def test_moving_from_a_filtered_out_stream_chooses_a_visible_one() -> None:
    """The cursor never stays where nobody sees it."""
    table = StreamTable()

    async with staged(table, 60, 12, make_snapshot()):
        table.filter_text = "s"
        table.move(1)

        assert table.selected == 2


async def test_a_click_chooses_the_stream_under_it() -> None:
    """And tells the screen; a click on the heads does nothing."""
    table = StreamTable()

    async with staged(table, 60, 12, make_snapshot()) as pilot:
        await pilot.click(table, offset=(10, 5))
        assert table.selected == 3
        await pilot.click(table, offset=(10, 1))
        await pilot.click(table, offset=(10, 11))
        assert table.selected == 3


async def test_the_hint_stands_in_the_frame() -> None:
    """Keys belong to the screen, so the screen names them."""
    table = StreamTable()

    async with staged(table, 60, 12, make_snapshot()):
        table.hint = "enter detail"

        assert picture(table)[-1].endswith("─ enter detail ─╯")
