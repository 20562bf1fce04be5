"""What is where on the screen, at every size."""

import os
import re
from pathlib import Path

import pytest

from rtgen_tui.actions import VIEWS
from rtgen_tui.widgets.backends import BackendTile
from rtgen_tui.widgets.dialogue import DialoguePane
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.miss import MissDetail
from tests.rtgen_tui.screens_for_tests import running
from tests.rtgen_tui.snapshots_for_tests import (
    empty_snapshot,
    hostile_snapshot,
    make_backends,
    make_snapshot,
)

GOLDENS = Path(__file__).parent / "goldens"
SIZES = [(120, 40), (80, 24), (60, 20), (40, 10)]
SMALL_SIZES = [(200, 60), (80, 40), (120, 20), (30, 8), (12, 3), (1, 1)]


ELSEWHERE = {"timeline", "sessions"}
"""Views that show what no snapshot holds; they have goldens of their own."""
LIVE_VIEWS = [each.id for each in VIEWS if "live" in each.modes and each.id not in ELSEWHERE]


@pytest.mark.parametrize("view", LIVE_VIEWS)
@pytest.mark.parametrize(("width", "height"), SIZES)
async def test_screens_look_as_they_did(view: str, width: int, height: int) -> None:
    """Every view at every layout equals its golden; UPDATE_GOLDENS=1 writes them anew."""
    golden = GOLDENS / f"{view}-{width}x{height}.txt"
    async with running(size=(width, height)) as run:
        await run.press(next(each.key for each in VIEWS if each.id == view))
        await run.frame()
        text = run.text()
    if "UPDATE_GOLDENS" in os.environ:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")

    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES + SMALL_SIZES)
async def test_every_size_is_drawn_and_can_be_left(size: tuple[int, int]) -> None:
    """No terminal is too small to draw in, or to quit."""
    async with running(size=size) as run:
        assert run.text()
        await run.press("q")

        assert not run.app.is_running


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (40, 10), (12, 3)])
@pytest.mark.parametrize("snapshot", [empty_snapshot(), hostile_snapshot()], ids=["empty", "bad"])
async def test_nothing_in_a_snapshot_breaks_the_screen(snapshot: object, size: object) -> None:
    """Neither an empty run nor hostile names and absurd numbers."""
    async with running(snapshot, size=size) as run:  # type: ignore[arg-type]
        await run.press("j", "n", "f4", "?", "escape", "p")

        assert "\x1b" not in run.text()
        assert run.app.is_running


async def test_a_resize_changes_the_layout() -> None:
    """Tiles where there is room for them, meters where there is not."""
    async with running(size=(120, 40)) as run:
        assert run.view.query_one(BackendTile).region
        await run.pilot.resize_terminal(80, 24)
        await run.pilot.pause()

        assert not run.view.query_one(BackendTile).region


async def test_tiles_follow_the_profile() -> None:
    """A run on a chip with another number of backends has as many tiles."""
    async with running() as run:
        more = make_snapshot(run=2, backends=(*make_backends(), *make_backends()))
        await run.frame(more)
        assert len(run.view.query(BackendTile)) == 6
        await run.frame(make_snapshot(run=3, backends=make_backends()[:2]))

        assert len(run.view.query(BackendTile)) == 2


async def test_many_backends_have_lines_instead_of_tiles() -> None:
    """A dozen tiles of ten columns could not say what they show; with four there are tiles."""
    dozen = tuple(
        backend._replace(name=f"backend-{number}", busy_last_second=number / 100)
        for number, backend in enumerate(make_backends() * 4)
    )
    async with running(size=(120, 40)) as run:
        await run.frame(make_snapshot(run=2, backends=dozen))
        await run.pilot.pause()
        await run.frame(make_snapshot(run=2, backends=dozen, t_ns=10**9))
        text = run.text()

        assert not run.view.query_one("#tiles").region
        for number in range(12):
            assert re.search(rf"backend-{number} +{number} %", text), number
        assert run.view.query_one(EventLog).region.height > 5


async def test_without_a_language_model_there_is_no_answer() -> None:
    """Its box leaves the room to why the selected stream missed."""
    silent = tuple(each._replace(tokens_per_s=None) for each in make_snapshot().streams)
    async with running(size=(120, 40)) as run:
        assert run.view.query_one(DialoguePane).region
        before = run.view.query_one(MissDetail).region.height
        await run.frame(make_snapshot(run=2, streams=silent))
        await run.pilot.pause()

        assert not run.view.query_one(DialoguePane).region
        assert run.view.query_one(MissDetail).region.height > before


async def test_a_frame_without_news_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a new snapshot reaches the boxes."""
    async with running() as run:
        shown: list[object] = []
        monkeypatch.setattr(run.table, "show", shown.append)
        await run.frame()
        assert shown == []
        await run.frame(make_snapshot(t_ns=135_000_000_000))

        assert len(shown) == 1
