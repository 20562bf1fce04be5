"""Keys in, commands out: policies, streams, the engine."""

import pytest

from rtgen_tui.session import RunRequest
from rtgen_tui.widgets.header import HeaderBar
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.miss import MissDetail
from rtgen_tui.widgets.policies import PolicyList
from tests.rtgen_tui.screens_for_tests import REQUEST, running
from tests.rtgen_tui.snapshots_for_tests import (
    make_snapshot,
)

# --- policies -------------------------------------------------------------------------------------


async def test_a_digit_swaps_the_policy_at_once() -> None:
    """One key, no question."""
    async with running() as run:
        await run.press("1", "5")

        assert run.core.sent == [{"t": "swap", "policy": each} for each in ("fcfs", "hybrid")]


async def test_a_digit_without_a_policy_says_so() -> None:
    """Nothing is sent; a sentence pops up."""
    async with running() as run:
        await run.press("9")
        await run.frame()

        assert run.core.sent == []
        assert run.toasts() == ["there is no policy 9"]


async def test_capital_p_goes_back_to_the_policy_before() -> None:
    """After a swap was seen."""
    async with running() as run:
        await run.frame(make_snapshot(policy="llf"))
        await run.press("P")

        assert run.core.sent == [{"t": "swap", "policy": "edf"}]


async def test_the_picker_takes_names_and_notations() -> None:
    """Enter takes the closest: a name, a point of the axes, or the text as typed."""
    wanted = {
        "hy": "hybrid",
        "ed": "edf",
        "fcfs/affinity/keep": "fcfs/affinity/keep",
        "rm/aff": "rm/affinity",
        "sjf/first-idle/drop": "sjf/first-idle/drop-late",
        "llf/affinity/keep/chunk-5": "llf/affinity/keep/chunk-512",
        "mine.py:Mine": "mine.py:Mine",
    }
    async with running(make_snapshot(policy="fcfs")) as run:
        for typed in wanted:
            await run.press("p")
            await run.type(typed)

        assert [each["policy"] for each in run.core.sent] == list(wanted.values())


async def test_a_wrong_policy_keeps_the_picker_open() -> None:
    """With the reason and with what was typed, which is mended and taken."""
    async with running(make_snapshot(policy="fcfs")) as run:
        await run.press("p")
        await run.type("efd")
        wrong = run.text()
        await run.type("llf")

        assert "policy 'efd' does not exist: did you mean 'edf'?" in wrong
        assert "efd" in wrong.replace("'efd'", "")
        assert run.core.sent == [{"t": "swap", "policy": "llf"}]
        assert run.app.screen is run.view


async def test_a_long_reason_is_wrapped_where_it_is_narrow() -> None:
    """What would be right comes last in a sentence."""
    async with running(make_snapshot(policy="fcfs"), size=(60, 20)) as run:
        await run.press("p")
        await run.type("efd")

        words = " ".join(run.text().replace("│", " ").split())
        assert "(or write order/placement/admission/granularity, or FILE.py:CLASS)" in words


async def test_a_click_in_the_policy_list_swaps() -> None:
    """The list is for the mouse what digits are for the keyboard."""
    async with running() as run:
        await run.pilot.click(PolicyList, offset=(6, 2))
        await run.pilot.pause()

        assert run.core.sent == [{"t": "swap", "policy": "static"}]


async def test_arrows_move_within_a_picker() -> None:
    """The highlight stops at the ends."""
    async with running(make_snapshot(policy="fcfs")) as run:
        await run.press("p", "up", "down", "down", "enter")

        assert run.core.sent == [{"t": "swap", "policy": "edf"}]


async def test_escape_leaves_a_picker_without_a_choice() -> None:
    """Nothing is sent."""
    async with running() as run:
        await run.press("p", "escape")

        assert run.core.sent == []
        assert run.app.screen is run.view


# --- streams --------------------------------------------------------------------------------------


async def test_the_cursor_moves_and_the_detail_follows() -> None:
    """The explanation is of the stream under the cursor."""
    async with running() as run:
        await run.press("g", "j", "down", "k")

        chosen = run.view.query_one(MissDetail).stream
        assert run.table.selected == 1
        assert chosen is not None
        assert chosen.name == "eye-contact"


async def test_the_cursor_starts_at_the_first_stream_that_missed() -> None:
    """Who misses deadlines, and why, is on screen without a key; after a key the cursor stays."""
    calm = make_snapshot(streams=make_snapshot().streams[:1])
    async with running(calm) as run:
        places = [run.table.selected]
        await run.frame(make_snapshot())
        places.append(run.table.selected)
        await run.press("g")
        await run.frame(make_snapshot(t_ns=135_000_000_000))
        places.append(run.table.selected)

        assert places == [0, 1, 0]


async def test_a_new_run_puts_the_cursor_back() -> None:
    """The stream it stood on may not exist any more."""
    async with running() as run:
        await run.press("G")
        await run.frame(make_snapshot(run=2, streams=make_snapshot().streams[:1]))

        assert run.table.selected == 0


async def test_g_and_capital_g_go_to_the_ends() -> None:
    """First and last stream."""
    async with running() as run:
        await run.press("G")
        assert run.table.selected == 7
        await run.press("g")
        assert run.table.selected == 0
        await run.press("end")
        assert run.table.selected == 7
        await run.press("home")

        assert run.table.selected == 0


async def test_keys_move_the_log_while_it_has_the_focus() -> None:
    """And s comes back to the streams."""
    async with running() as run:
        run.view.query_one(EventLog).focus()
        await run.press("j", "pageup")
        assert run.table.selected == 1
        await run.press("s", "pagedown")

        assert run.table.has_focus
        assert run.table.selected == 7


async def test_x_stops_the_stream_under_the_cursor() -> None:
    """By its name."""
    async with running() as run:
        await run.press("g", "j", "x")

        assert run.core.sent == [{"t": "stop-stream", "stream": "eye-contact"}]


async def test_x_does_not_stop_a_stream_that_the_filter_hides() -> None:
    """Only what is seen can be stopped."""
    async with running() as run:
        await run.press("/", *"capt", "enter", "x")

        assert run.core.sent == []


async def test_a_offers_stopped_streams_first() -> None:
    """A stopped stream is started again."""
    streams = list(make_snapshot().streams)
    streams[3] = streams[3]._replace(state="stopped")
    async with running(make_snapshot(streams=tuple(streams))) as run:
        await run.press("a", "enter")

        assert run.core.sent == [{"t": "start-stream", "stream": "super-res"}]


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("game-npc", {"t": "add-scenario", "scenario": "game-npc"}),
        ("npc render", {"t": "add-stream", "scenario": "game-npc", "stream": "render"}),
    ],
)
async def test_a_offers_all_bundled_scenarios_and_streams(typed: str, command: object) -> None:
    """A whole scenario, or one of its streams."""
    async with running() as run:
        await run.press("a")
        await run.type(typed)

        assert run.core.sent == [command]


async def test_o_sorts_by_the_next_column() -> None:
    """Number, misses, name, and around."""
    async with running() as run:
        keys = []
        for _ in range(3):
            await run.press("o")
            keys.append(run.table.sort_key)

        assert keys == ["miss", "name", "#"]


async def test_y_copies_why_the_stream_missed() -> None:
    """The same words as on screen, in one line."""
    async with running() as run:
        await run.press("y")

        assert "eye-contact #412" in run.app.clipboard
        assert "captions" in run.app.clipboard


# --- the engine and new runs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "commands"),
    [
        (["X"], [{"t": "pause"}]),
        (["X", "X"], [{"t": "pause"}, {"t": "resume"}]),
        (["."], [{"t": "pause"}, {"t": "step"}]),
        (["]"], [{"t": "speed", "speed": 2.0}]),
        (["["], [{"t": "speed", "speed": 0.5}]),
        (["]", "\\"], [{"t": "speed", "speed": 2.0}, {"t": "speed", "speed": 1.0}]),
        (["m", "h", "i", "enter"], [{"t": "marker", "text": "hi"}]),
        (["m", "enter", "escape"], []),
        (["#", "7", "enter"], [{**REQUEST.command(), "seed": 7}]),
        (["#", "x", "enter", "escape"], []),
        (["S", *"npc", "enter"], [{**REQUEST.command(), "scenario": "game-npc"}]),
        (["S", "+", "space", *"npc", "enter"], [{"t": "add-scenario", "scenario": "game-npc"}]),
        (["f", *"snap", "enter"], [{**REQUEST.command(), "profile": "snapdragon-x-elite"}]),
    ],
)
async def test_keys_become_commands(keys: list[str], commands: list[object]) -> None:
    """What a key promises is what the core is asked for."""
    async with running() as run:
        await run.press(*keys)

        assert run.core.sent == commands


async def test_space_freezes_the_screen_and_not_the_engine() -> None:
    """The core is told nothing; the boxes keep what they show; the header says so."""
    async with running() as run:
        await run.press("space")
        await run.frame(make_snapshot(t_ns=135_000_000_000))
        frozen = run.table.snapshot
        assert run.core.sent == []
        assert run.view.query_one(HeaderBar).frozen
        await run.press("space")
        await run.frame()
        moving = run.table.snapshot

        assert frozen is not None
        assert moving is not None
        assert (frozen.t_ns, moving.t_ns) == (134_300_000_000, 135_000_000_000)


async def test_a_run_ends_with_its_duration() -> None:
    """The application leaves when the asked virtual time has passed."""
    request = RunRequest("p", "s", "edf", duration_s=140.0)
    async with running(request=request) as run:
        assert run.app.is_running
        await run.frame(make_snapshot(t_ns=140_000_000_000))
        await run.pilot.pause()

        assert not run.app.is_running
