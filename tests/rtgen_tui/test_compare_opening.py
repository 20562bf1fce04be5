"""How a second session comes beside the first and goes, and how both are drawn."""

from pathlib import Path

import pytest

from rtgen_tui.screens.compare import CompareScreen
from rtgen_tui.screens.picker import Picker
from tests.rtgen_tui.pairs_for_tests import OTHER, Comparing, beside, seeks, two
from tests.rtgen_tui.screens_for_tests import REPLAY, S, replaying
from tests.rtgen_tui.snapshots_for_tests import T_NS, hostile_snapshot, make_snapshot

DATA = Path(__file__).parents[1] / "data" / "session" / "compare"


@pytest.fixture(autouse=True)
def comparing(monkeypatch: pytest.MonkeyPatch) -> type[Comparing]:
    """No process is started."""
    fake = type("Fake", (Comparing,), {"made": []})
    monkeypatch.setattr("rtgen_tui.beside.Comparison", fake)
    return fake


# --- opening --------------------------------------------------------------------------------------


async def test_c_asks_for_a_session_and_opens_it() -> None:
    """A typed path is taken, and one that does not exist gets a sentence."""
    async with replaying() as run:
        await run.press("c")
        assert isinstance(run.app.screen, Picker)
        await run.type(str(DATA / "nothing.rtgen"))
        assert "nothing.rtgen" in run.text()
        assert isinstance(run.app.screen, Picker)
        await run.type(str(DATA / "edf.rtgen"))

        assert isinstance(run.app.screen, CompareScreen)
        assert beside(run).path == str(DATA / "edf.rtgen")


async def test_the_view_key_asks_when_there_is_nothing_to_compare_with() -> None:
    """And stepping through the views passes it by."""
    async with replaying() as run:
        await run.press("v", "v")
        assert run.app.current_mode == "events"
        await run.press("f3")

        assert isinstance(run.app.screen, Picker)


async def test_a_second_choice_replaces_the_first() -> None:
    """Its core and its comparison end."""
    async with two() as (run, _, other):
        first = beside(run)
        await run.app.start_comparison(str(DATA / "edf.rtgen"))
        await run.app.workers.wait_for_complete()

        assert other.closed
        assert beside(run) is not first
        assert len(run.cores) == 3


async def test_both_cores_end_with_the_application(comparing: type[Comparing]) -> None:
    """So does the comparison of the whole files."""
    async with two() as (run, _, _other):
        await run.press("q")

    assert [core.closed for core in run.cores] == [True, True]
    assert [each.stopped for each in comparing.made] == [True]
    assert comparing.made[0].paths == (REPLAY.path, OTHER)


async def test_a_session_that_cannot_be_opened_says_so() -> None:
    """In the line above the keys; the first one can still be moved."""
    async with replaying() as run:
        await run.app.start_comparison(OTHER)
        await run.app.workers.wait_for_complete()
        run.cores[1].refuse("tuesday.rtgen is no session")
        await run.frame()
        await run.press("tab", "right")

        assert "B: tuesday.rtgen is no session (c opens another session)" in run.text()
        assert seeks(run.cores[0]) == [T_NS + 5 * S]
        assert run.toasts() == ["both sessions must be there to be swapped"]


async def test_a_core_that_dies_leaves_the_last_picture() -> None:
    """With why."""
    async with two() as (run, _, other):
        other.die("it ran out of memory")
        await run.frame()

        assert "B: it ran out of memory" in run.text()
        assert "deadline misses" in run.text()


# --- drawing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 20), (40, 10), (12, 3)])
async def test_every_size_is_drawn_and_can_be_left(size: tuple[int, int]) -> None:
    """No terminal is too small, and no name or number breaks it."""
    hostile = hostile_snapshot()._replace(t_ns=T_NS)
    async with two(size=size, b=hostile) as (run, _, _other):
        assert beside(run).pair is not None
        assert "\x1b" not in run.text()
        await run.press("z", "escape", "q")

        assert not run.app.is_running


async def test_words_say_what_colors_say() -> None:
    """Better and worse are of B, with a glyph."""
    async with two() as (run, _, _other):
        row = next(each for each in run.text().splitlines() if "deadline misses" in each)

        assert "▲ worse" in row
        assert row.rstrip(" │").endswith("20.00    10.00    -10.00 ● better")


async def test_different_runs_are_warned_about_before_the_files_are_read(
    comparing: type[Comparing],
) -> None:
    """The headers are enough for seed, scenario and profile."""
    comparing.found = ""
    async with two(b=make_snapshot(seed=7, profile="other-chip")) as (run, _, _other):
        text = run.text()

        assert "▲ the seeds differ: 42 and 7" in text
        assert "▲ the profiles differ: ryzen-ai-9-hx-370 and other-chip" in text
        assert "comparing the whole files" in text
