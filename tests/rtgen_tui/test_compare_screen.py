"""Two sessions on one clock: keys move both, and what is compared was at the same instant."""

import pytest

from rtgen_tui.screens.compare import CompareScreen
from rtgen_tui.whole_files import WholeFigure, WholeFiles
from rtgen_tui.widgets.pair_table import PairTable
from tests.rtgen_tui.pairs_for_tests import OTHER, WHOLE, Comparing, beside, move, seeks, two
from tests.rtgen_tui.screens_for_tests import REPLAY, S, replaying
from tests.rtgen_tui.snapshots_for_tests import T_NS, make_backends, make_snapshot


@pytest.fixture(autouse=True)
def comparing(monkeypatch: pytest.MonkeyPatch) -> type[Comparing]:
    """No process is started."""
    fake = type("Fake", (Comparing,), {"made": []})
    monkeypatch.setattr("rtgen_tui.beside.Comparison", fake)
    return fake


# --- one clock ------------------------------------------------------------------------------------


async def test_the_second_session_stands_still_on_a_core_of_its_own() -> None:
    """It is replayed paused, and never told to play."""
    async with replaying() as run:
        await run.app.start_comparison(OTHER)
        await run.app.workers.wait_for_complete()
        await run.press("space", "space", "]")

        replay = run.cores[1].sent[0]
        assert (replay["t"], replay["path"], replay["paused"]) == ("replay", OTHER, True)
        assert not {"resume", "pause", "speed"} & {each["t"] for each in run.cores[1].sent}
        assert isinstance(run.app.screen, CompareScreen)


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("space", {"t": "pause"}),
        ("right", {"t": "seek", "t_ns": T_NS + 5 * S}),
        ("shift+left", {"t": "seek", "t_ns": T_NS - 30 * S}),
        (".", {"t": "step"}),
        (",", {"t": "step-back"}),
        ("]", {"t": "speed", "speed": 2.0}),
        ("n", {"t": "incident", "direction": 1}),
    ],
)
async def test_keys_move_the_first_session(key: str, command: dict[str, object]) -> None:
    """As they do on its dashboard."""
    async with two() as (run, one, _):
        await run.press(key)

        assert one.sent == [command]


async def test_the_second_goes_wherever_the_first_is() -> None:
    """To its very instant, once, however it came there."""
    async with two() as (run, one, other):
        await move(run, one, t_ns=200 * S + 7)
        await move(run, one, t_ns=201 * S)

        assert seeks(other) == [200 * S + 7]


async def test_only_one_instant_is_shown_of_both() -> None:
    """The picture waits for the second session, then goes on to where the first is by then."""
    async with two() as (run, one, other):
        await move(run, one, t_ns=200 * S, missed=950)
        before = beside(run).pair
        await move(run, one, t_ns=201 * S)
        await move(run, other, t_ns=200 * S)
        after = beside(run).pair

        assert before is not None
        assert after is not None
        assert [each.t_ns for each in before] == [T_NS, T_NS]
        assert [each.t_ns for each in after] == [200 * S, 200 * S]
        assert "at 03:20.0" in run.text()
        assert seeks(other) == [200 * S, 201 * S]


async def test_beyond_its_end_the_second_session_stays_there() -> None:
    """And it is said."""
    async with two(t_end_ns=150 * S) as (run, one, other):
        await move(run, one, t_ns=200 * S)
        await move(run, other, t_ns=150 * S)

        assert seeks(other) == [150 * S]
        assert "02:30.0 of 02:30.0, its end" in run.text()


async def test_nothing_is_moved_while_another_view_is_open() -> None:
    """What nobody sees costs nothing; back in the view it goes on."""
    async with two() as (run, one, other):
        await run.press("f1")
        await move(run, one, t_ns=200 * S)
        assert seeks(other) == []
        await run.press("f3")

        assert seeks(other) == [200 * S]


async def test_many_backends_leave_room_for_the_figures() -> None:
    """The histories say how many of them are left out; zoomed, they are all there."""
    npu = make_backends()[2]
    many = make_snapshot(backends=tuple(npu._replace(name=f"npu-{n}") for n in range(12)))
    async with two(size=(80, 24), b=many._replace(state="paused")) as (run, one, _):
        await move(run, one, backends=many.backends)
        text = run.text()
        await run.press("shift+tab", "z")
        await run.frame()
        zoomed = run.text()

        assert "deadline misses" in text
        assert " 7 of 14 " in text
        assert "npu-11 100 %" not in text
        assert "npu-11 100 %" in zoomed


# --- keys of the view -----------------------------------------------------------------------------


async def test_tab_makes_b_the_first_session() -> None:
    """It goes on as A did: same instant, same speed, playing; A is held from now on."""
    async with two() as (run, one, other):
        await run.press("tab")
        await move(run, other, t_ns=T_NS + S, state="running")

        told = [each for each in other.sent if each["t"] != "rate"]
        assert told == [
            {"t": "speed", "speed": 1.0},
            {"t": "seek", "t_ns": T_NS},
            {"t": "resume"},
        ]
        assert {"t": "pause"} in one.sent
        assert seeks(one) == [T_NS + S]
        assert run.app.monitor.replay.request.path == OTHER
        assert beside(run).path == REPLAY.path


async def test_tab_changes_over_what_the_whole_files_say() -> None:
    """Figures, words, warnings, the divergence; twice is as before."""
    async with two() as (run, _, _other):
        await run.press("tab")
        text = run.text()
        swapped = beside(run).whole
        await run.press("tab")

        assert "A started asr#3 on npu, B started blur#12 on npu" in text
        assert "the seeds differ: 2 and 1" in text
        assert "A: its last 3 bytes" in text
        assert isinstance(swapped, WholeFiles)
        assert swapped.figures["violation_rate"] == WholeFigure(10.0, 20.0, b_is_better=False)
        assert beside(run).whole == WHOLE


async def test_a_paused_session_is_swapped_for_a_paused_one() -> None:
    """Swapping moves nothing."""
    async with two() as (run, one, other):
        await run.press("space")
        await move(run, one, state="paused")
        await run.press("tab")

        assert "resume" not in [each["t"] for each in other.sent]
        assert run.app.monitor.replay.paused


async def test_d_goes_to_the_first_divergence_and_stays_there() -> None:
    """The clock is paused there, and the second session follows it."""
    async with two() as (run, one, _):
        await run.press("d")

        assert one.sent == [{"t": "pause"}, {"t": "seek", "t_ns": 72_400_000_000}]
        assert (
            "first divergence: 01:12.4, event 48,213: A started blur#12 on npu, "
            "B started asr#3 on npu" in run.text()
        )


@pytest.mark.parametrize("found", ["the file is no session", "equal"])
async def test_without_a_divergence_d_says_why(comparing: type[Comparing], found: str) -> None:
    """Nothing is moved."""
    equal = WholeFiles({}, (), (), 12, S, None)
    comparing.found = equal if found == "equal" else found
    async with two() as (run, one, _):
        await run.press("d")

        assert one.sent == []
        assert run.toasts() == ["the journals do not part" if found == "equal" else found]


async def test_o_opens_the_dashboard_of_a() -> None:
    """After tab that is the former B."""
    async with two() as (run, _, _other):
        await run.press("tab", "o")

        assert run.app.current_mode == "dashboard"
        assert run.app.monitor.shown is not None
        assert run.app.monitor.shown.policy == "fcfs"


async def test_the_filter_and_the_arrows_move_through_the_figures() -> None:
    """As they do in every list."""
    async with two(size=(80, 24)) as (run, _, _other):
        table = run.view.query_one(PairTable)
        first = table.render_line(3).text
        await run.press("down")
        assert table.render_line(3).text != first
        await run.press("/", *"utili", "enter")
        text = run.text()

        assert "NPU utilization" in text
        assert "deadline misses" not in text
