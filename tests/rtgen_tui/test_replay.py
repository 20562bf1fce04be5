"""A recorded session on the screen: keys, places, the scrub bar, and what is not offered."""

import pytest

from emulator.snapshot import Snapshot
from rtgen_tui.actions import ACTIONS, FOOTER, actions_of
from rtgen_tui.replay import SPEEDS
from rtgen_tui.screens.palette import ActionCommands
from rtgen_tui.session import ReplayRequest, Timeline
from rtgen_tui.widgets.header import HeaderBar
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.policies import PolicyList
from rtgen_tui.widgets.scrub import ScrubBar
from tests.rtgen_tui.screens_for_tests import REPLAY, S, make_tape, make_timeline, replaying
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

NOW_NS = 134_300_000_000


def seeks(sent: list[dict[str, object]]) -> list[object]:
    """The places that the core was asked to go to."""
    return [message["t_ns"] for message in sent if message["t"] == "seek"]


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "commands"),
    [
        (["space"], [{"t": "pause"}]),
        (["space", "space"], [{"t": "pause"}, {"t": "resume"}]),
        (["."], [{"t": "step"}]),
        ([","], [{"t": "step-back"}]),
        ([",", "space"], [{"t": "step-back"}, {"t": "resume"}]),
        (["n"], [{"t": "incident", "direction": 1}]),
        (["N"], [{"t": "incident", "direction": -1}]),
        (["left"], [{"t": "seek", "t_ns": NOW_NS - 5 * S}]),
        (["right"], [{"t": "seek", "t_ns": NOW_NS + 5 * S}]),
        (["shift+left"], [{"t": "seek", "t_ns": NOW_NS - 30 * S}]),
        (["shift+right"], [{"t": "seek", "t_ns": NOW_NS + 30 * S}]),
        (["home"], [{"t": "seek", "t_ns": 10 * S}]),
        (["end"], [{"t": "seek", "t_ns": 310 * S}]),
        (["]"], [{"t": "speed", "speed": 2.0}]),
        (["["], [{"t": "speed", "speed": 0.5}]),
        (["]", "\\"], [{"t": "speed", "speed": 2.0}, {"t": "speed", "speed": 1.0}]),
        (["t", *"3:41.5", "enter"], [{"t": "seek", "t_ns": 221_500_000_000}]),
        (["t", *"99m", "enter"], [{"t": "seek", "t_ns": 310 * S}]),
        (["t", *"noon", "enter", "escape"], []),
    ],
)
async def test_keys_become_commands(keys: list[str], commands: list[object]) -> None:
    """What a key promises is what the core is asked for; places stay within the tape."""
    async with replaying() as run:
        await run.press(*keys)

        assert run.core.sent == commands


async def test_what_changes_a_run_does_nothing_and_is_not_offered() -> None:
    """Neither by key, nor in the footer, the help, the palette, or the list of policies."""
    live = [each for each in ACTIONS if each.modes == ("live",)]
    shared = {key for each in actions_of("dashboard", "replay") for key in each.keys}
    async with replaying() as run:
        keys = [key for each in live for key in each.keys_in("live") if key not in shared]
        await run.press(*keys)
        await run.pilot.click(PolicyList, offset=(6, 2))
        titles = [hit.text or "" async for hit in ActionCommands(run.view).discover()]
        row = run.text().splitlines()[-1]
        await run.press("?")
        page = run.text()

        assert run.core.sent == []
        assert {"1", "p", "P", "a", "x", "S", "f", "r", "R", "m", "X"} <= set(keys)
        assert not any(title.startswith("policy ") for title in titles)
        assert "space play" in row
        assert "freeze" not in row
        assert "Swap to the policy" not in page


async def test_the_palette_offers_every_action_of_a_replay() -> None:
    """All but starting a core while there is one."""
    async with replaying() as run:
        titles = [hit.text or "" async for hit in ActionCommands(run.view).discover()]

        offered = [each for each in actions_of("dashboard", "replay") if each.id != "restart_core"]
        assert titles == [f"{each.label}  ({each.key_text('replay')})" for each in offered]


async def test_a_live_run_has_no_tape_to_move() -> None:
    """The footer names actions of both modes; each mode shows its own."""
    modes = {each.id: each.modes for each in ACTIONS}

    assert {modes[each] for each in FOOTER} == {("live", "replay"), ("live",), ("replay",)}


# --- places ---------------------------------------------------------------------------------------


async def test_quick_seeks_add_up() -> None:
    """Each key starts where the one before leads, not where the last snapshot was."""
    async with replaying() as run:
        await run.press("right", "right", "left", "shift+right")

        places = [5, 10, 5, 35]
        assert seeks(run.core.sent) == [NOW_NS + place * S for place in places]


async def test_a_seek_after_an_arrival_starts_there() -> None:
    """What was asked for is done with once a snapshot comes from there; an older one is not it."""
    async with replaying() as run:
        await run.press("shift+right")
        await run.frame(make_snapshot(t_ns=NOW_NS + S // 10))
        await run.press("right")
        await run.frame(make_snapshot(t_ns=NOW_NS + 36 * S))
        await run.press("right")

        assert seeks(run.core.sent)[1:] == [NOW_NS + 35 * S, NOW_NS + 41 * S]


async def test_a_place_that_is_never_reached_is_given_up() -> None:
    """A tape at full speed may be far beyond it in the next picture."""
    async with replaying() as run:
        await run.press("left")
        for second in (60, 90, 120):
            await run.frame(make_snapshot(t_ns=NOW_NS + second * S))
        await run.press("right")

        assert seeks(run.core.sent)[-1] == NOW_NS + 125 * S


async def test_speeds_go_from_a_quarter_to_as_fast_as_can_be() -> None:
    """1/4, 1/2, 1, 2, 4, 8, 16, max, and the ends stay."""
    async with replaying() as run:
        await run.press(*"]" * 6, *"[" * 9)

        assert list(SPEEDS) == [0.25, 0.5, 1, 2, 4, 8, 16, 0]
        sent = [message["speed"] for message in run.core.sent]
        assert sent == [2, 4, 8, 16, 0, 0, 16, 8, 4, 2, 1, 0.5, 0.25, 0.25, 0.25]


async def test_play_at_the_end_plays_again() -> None:
    """From the start; a seek away from the end just goes on."""
    async with replaying(make_snapshot(state="ended", t_ns=310 * S)) as run:
        await run.press("space")
        assert run.core.sent == [{"t": "seek", "t_ns": 10 * S}, {"t": "resume"}]
        run.core.sent.clear()
        await run.frame(make_snapshot(t_ns=11 * S))
        await run.press("space")

        assert run.core.sent == [{"t": "pause"}]


async def test_live_edge_of_a_file_that_grows() -> None:
    """L stays there, L again lets go."""
    async with replaying(tape=make_tape(growing=True)) as run:
        await run.press("L")
        run.core.tape = make_tape(growing=True, follows=True)
        await run.press("L")

        assert run.core.sent == [{"t": "follow", "on": True}, {"t": "follow", "on": False}]


async def test_a_whole_file_has_no_live_edge() -> None:
    """A sentence says so."""
    async with replaying() as run:
        await run.press("L")
        await run.frame()

        assert run.core.sent == []
        assert run.toasts() == ["nobody writes this session any more: it has no live edge"]


# --- what is seen ---------------------------------------------------------------------------------


def earlier(t_ns: int) -> Snapshot:
    """The example when the log had not come further than this."""
    example = make_snapshot()
    return example._replace(t_ns=t_ns, log=tuple(line for line in example.log if line.t_ns <= t_ns))


async def test_going_back_takes_lines_out_of_the_log() -> None:
    """The log is that of the time on screen, on every view; going on brings them back once."""
    async with replaying() as run:
        log = run.view.query_one(EventLog)
        await run.frame(earlier(131 * S))
        back = [line.seq for line in log.lines]
        await run.press("f4")
        events = [line.seq for line in run.view.query_one(EventLog).lines]
        await run.press("f1")
        await run.frame(earlier(134 * S))
        on = [line.seq for line in log.lines]
        await run.frame(earlier(100 * S))

        assert back == events == [209, 210, 211]
        assert on == [209, 210, 211, 212, 213]
        assert log.lines == []


async def test_an_incident_is_pointed_at_and_its_stream_selected() -> None:
    """Once the tape is there, and once only: the cursor is the user's afterwards."""
    async with replaying(earlier(133_700_000_000)) as run:
        await run.press("g", "n")
        await run.frame(earlier(133_800_000_000))
        before = run.table.selected
        await run.frame(earlier(133_900_000_000))
        there = run.table.selected
        await run.press("g")
        await run.frame(earlier(134 * S))

        assert (before, there, run.table.selected) == (0, 3, 0)
        assert run.view.query_one(EventLog).marked == 213


async def test_the_incident_before_is_the_last_one_of_an_earlier_time() -> None:
    """A picture that was on its way when the key was pressed shows the time before it."""
    async with replaying() as run:
        await run.press("N")
        await run.frame(make_snapshot(t_ns=NOW_NS + 1))
        before = run.view.query_one(EventLog).marked
        await run.frame(earlier(133_900_000_000))

        assert (before, run.view.query_one(EventLog).marked) == (-1, 213)


async def test_the_header_says_that_it_is_a_replay() -> None:
    """Glyph, word and speed; the file and its length; no digit, as digits swap nothing here."""
    async with replaying(make_snapshot(speed=2.0), size=(160, 24)) as run:
        head = run.text().splitlines()[0]
        await run.frame(make_snapshot(speed=0.0))
        fast = run.text().splitlines()[0]
        await run.frame(make_snapshot(state="ended"))
        end = run.text().splitlines()[0]

        assert head.startswith(" rtgen ▶ REPLAY ×2 00:02:14.3 │ monday.rtgen (05:00.0) │ scenario ")
        assert " │ ryzen-ai-9-hx-370 │ edf │ seed 42" in head
        assert "▶ REPLAY max 00:02:14.3" in fast
        assert "■ REPLAY at the end 00:02:14.3" in end


@pytest.mark.parametrize("mode", ["live", "replay"])
async def test_a_step_is_seen(mode: str) -> None:
    """Two instants a microsecond apart look different while time stands still."""
    heads = set()
    async with replaying() as run:
        if mode == "live":
            run.core.tape = None
            run.view.query_one(HeaderBar).tape = None
        for t_ns in (NOW_NS, NOW_NS + 1000, NOW_NS + 2000):
            await run.frame(make_snapshot(state="paused", t_ns=t_ns))
            heads.add(run.text().splitlines()[0])

    assert len(heads) == 3


@pytest.mark.parametrize(("width", "height", "rows"), [(120, 40, 4), (80, 24, 1), (59, 20, 1)])
async def test_the_scrub_bar_is_on_every_view(width: int, height: int, rows: int) -> None:
    """Above the keys, in as many rows as there is room for, also beside a zoomed box."""
    async with replaying(size=(width, height)) as run:
        for keys in ([], ["z"], ["f4"]):
            await run.press(*keys)
            bar = run.view.query_one(ScrubBar)
            assert bar.region.height == rows
            assert bar.region.bottom == height - 1
            assert "02:14.3" in run.text().splitlines()[-1 - rows if rows == 1 else -rows]


async def test_a_click_on_the_scrub_bar_goes_there() -> None:
    """To the time that the cell stands for; a double click zooms nothing."""
    async with replaying(size=(80, 24)) as run:
        row = run.text().splitlines()[-2]
        await run.pilot.click(ScrubBar, offset=(row.index("✗"), 0))
        await run.pilot.click(ScrubBar, offset=(row.index("✗"), 0), times=2)
        await run.pilot.pause()

        assert 95 * S < int(str(seeks(run.core.sent)[0])) < 110 * S
        assert run.view.maximized is None


async def test_problems_of_the_file_are_told_once() -> None:
    """In words, and new ones when the file has grown."""
    async with replaying(timeline=make_timeline(("its last 312 bytes are left out",))) as run:
        await run.frame()
        run.core.timeline = Timeline((), (), ("its last 312 bytes are left out", "it grew worse"))
        await run.frame()
        await run.frame()

        assert run.toasts() == ["its last 312 bytes are left out", "it grew worse"]


async def test_a_file_that_is_being_written_has_no_problem() -> None:
    """Its last chunk is unfinished, of course; when nobody writes any more, that is a loss."""
    growing = make_tape(growing=True)
    async with replaying(tape=growing, timeline=make_timeline(("it was not closed",))) as run:
        written = run.toasts()
        run.core.tape = make_tape()
        await run.frame()

        assert (written, run.toasts()) == ([], ["it was not closed"])


async def test_a_core_that_died_is_replaced_where_the_replay_was() -> None:
    """Enter goes on at the same place, speed and pause."""
    async with replaying() as run:
        await run.press("]", "space")
        run.core.die("killed by signal 9")
        await run.frame()
        await run.press("enter")

        request = ReplayRequest(REPLAY.path, NOW_NS, 2.0, paused=True)
        assert run.core.sent[0] == request.command()
