"""When a screen under test has come to rest: once nothing is left to do, not after a while.

Textual's own answer is to sleep for 20 ms, over and over until the processor was hardly used
meanwhile: that is 40 ms a key at least, and it takes a pause of other programs for rest.
"""

import asyncio
from collections.abc import Callable
from operator import attrgetter
from time import monotonic
from typing import Final, ParamSpec, TypeVar

import pytest
from textual._context import active_app
from textual.app import App
from textual.screen import Screen

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE_S: Final = 30.0
"""Far more than is needed, on a busy machine too; for what never comes to rest."""
LOOK_S: Final = 0.001
"""How often is looked whether a thread or a timer of Textual's has ended."""

wants_update: Callable[[Screen[object]], asyncio.Event] = attrgetter("_update_timer._active")
"""Is set while a screen has something to draw; mypy takes the timer for None."""


class Settling:
    """Waits until a screen is at rest, and knows what is under way in threads."""

    def __init__(self) -> None:
        self._to_thread = asyncio.to_thread
        self._in_threads = 0

    async def to_thread(self, call: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
        """Stands for `asyncio.to_thread`."""
        self._in_threads += 1
        try:
            return await self._to_thread(call, *args, **more)
        finally:
            self._in_threads -= 1

    async def wait_for_idle(self, min_sleep: float = 0, max_sleep: float = PATIENCE_S) -> None:
        """Stands for Textual's function of this name."""
        app, end_s = active_app.get(), monotonic() + max_sleep
        while monotonic() < end_s:
            await asyncio.sleep(0)
            if asyncio.get_running_loop()._ready:  # type: ignore[attr-defined]
                continue
            if self._in_threads or is_delayed(app):
                await asyncio.sleep(LOOK_S)
            elif not update(app):
                return


def is_delayed(app: App[object]) -> bool:
    """Whether Textual waits with a new size, or with the first picture of another mode."""
    return app._resize_timer is not None or (app._batch_count > 0 and not app._exit)


def update(app: App[object]) -> bool:
    """Do what Textual would do with the next tick of its 60 Hz; false if there is nothing."""
    waiting = [each for each in app.screen_stack if wants_update(each).is_set()]
    for screen in waiting:
        screen._on_timer_update()
    return bool(waiting)


def settle_at_once(patch: pytest.MonkeyPatch) -> None:
    """Have a pause, a key and the change to another mode take no longer than what is done."""
    settling, delay_update = Settling(), App.delay_update

    def delay_shortly(self: App[object], delay: float = LOOK_S) -> None:
        delay_update(self, min(delay, LOOK_S))

    patch.setattr("asyncio.to_thread", settling.to_thread)
    patch.setattr("textual.app.wait_for_idle", settling.wait_for_idle)
    patch.setattr("textual.pilot.wait_for_idle", settling.wait_for_idle)
    patch.setattr(App, "delay_update", delay_shortly)
