"""The first frame: with the run in it, laid out for the size that the terminal has."""

import asyncio

import pytest

from rtgen_tui import monitor as monitor_module
from rtgen_tui.app import RtgenApp
from rtgen_tui.monitor import Monitor
from rtgen_tui.session import FakeCore
from rtgen_tui.widgets.lines import LineWidget
from tests.rtgen_tui.screens_for_tests import NEVER_HZ, REQUEST, screen_text


async def test_a_screen_waits_for_the_run_that_begins_beside_it() -> None:
    """Whoever waits goes on when it has begun, and nobody waits again."""
    begin = asyncio.Event()

    async def begins() -> None:
        await begin.wait()

    monitor = Monitor(FakeCore, REQUEST, begun=asyncio.create_task(begins()))
    waiting = asyncio.create_task(monitor.begun())
    await asyncio.sleep(0)
    assert not waiting.done()
    begin.set()
    await waiting
    assert monitor._begun is None
    await monitor.begun()


async def test_a_run_that_does_not_begin_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A core that says nothing leaves an empty screen, which can be quit."""
    monkeypatch.setattr(monitor_module, "FIRST_FRAME_S", 0)
    never = asyncio.create_task(asyncio.Event().wait())
    monitor = Monitor(FakeCore, REQUEST, begun=never)  # type: ignore[arg-type]
    await monitor.begun()
    assert not never.done()
    never.cancel()


@pytest.mark.parametrize(
    ("size", "classes"),
    [
        ((120, 40), {"-wide", "-tall"}),
        ((80, 24), {"-normal", "-medium"}),
        ((39, 9), {"-tiny-width", "-tiny-height"}),
    ],
)
async def test_a_screen_is_laid_out_once(size: tuple[int, int], classes: set[str]) -> None:
    """What depends on the terminal's size is known before the first layout, not after it."""
    app = RtgenApp(FakeCore, REQUEST, NEVER_HZ)
    async with app.run_test(size=size):
        screen = app._screen_factory("dashboard")()
        assert classes == {each for each in screen.classes if each.startswith("-")}
        assert classes <= app.screen.classes


async def test_a_box_is_drawn_before_it_is_told_of_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Textual paints, then sends events: no empty box may be seen in between."""
    monkeypatch.setattr(LineWidget, "on_resize", lambda _: None)
    monkeypatch.setattr(LineWidget, "on_show", lambda _: None)
    app = RtgenApp(FakeCore, REQUEST, NEVER_HZ)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = screen_text(app)
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        after = screen_text(app)
    assert "Streams" in before
    assert {len(line) for line in before.splitlines() if "Streams" in line} == {120}
    assert {len(line) for line in after.splitlines() if "Streams" in line} == {100}
