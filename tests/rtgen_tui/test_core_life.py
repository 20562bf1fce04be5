"""A core that dies, never starts or is real, and how often the screen is drawn."""

import pytest
from textual.events import AppBlur, AppFocus
from textual.widgets import Input, OptionList

from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.screens.dashboard import DashboardScreen
from rtgen_tui.screens.pace import BLURRED_HZ
from rtgen_tui.screens.picker import Picker
from rtgen_tui.session import FakeCore, RunRequest
from rtgen_tui.widgets.log import EventLog
from tests.rtgen_tui.screens_for_tests import NEVER_HZ, REQUEST, Running, running
from tests.rtgen_tui.snapshots_for_tests import (
    make_snapshot,
)

# --- the core's life ------------------------------------------------------------------------------


async def test_a_dead_core_leaves_the_screen_and_one_line_with_the_reason() -> None:
    """Nothing crashes, and the figures stay."""
    async with running() as run:
        run.core.die("ended by signal 9")
        await run.frame()

        assert "No core: ended by signal 9" in run.text()
        assert "enter start again" in run.text()
        assert "no core" in run.text().splitlines()[0]
        assert "bg-blur" in run.text()


async def test_enter_starts_a_new_core_with_the_same_run() -> None:
    """And the line is gone."""
    async with running() as run:
        run.core.die("crashed")
        await run.frame()
        await run.press("enter")
        await run.frame(make_snapshot(t_ns=1_000_000_000))

        assert len(run.cores) == 2
        assert run.core.sent[0] == REQUEST.command()
        assert "No core" not in run.text()
        assert "00:00:01.0" in run.text()


async def test_enter_starts_nothing_while_the_core_lives() -> None:
    """One core is enough."""
    async with running() as run:
        await run.press("enter")

        assert len(run.cores) == 1
        assert all(each["t"] != "start" for each in run.core.sent)


async def test_a_core_that_never_started_is_reported_the_same_way() -> None:
    """There is no picture yet, but there is the reason, and enter tries again."""
    async with running(refuses_to_start="python is missing") as run:
        assert "No core: python is missing" in run.text()
        await run.press("enter")
        await run.frame(make_snapshot())

        assert "bg-blur" in run.text()


async def test_a_run_that_is_refused_says_why_until_there_is_a_picture() -> None:
    """A toast would be gone in seconds, and the screen would be empty without a word."""
    app = RtgenApp(FakeCore, REQUEST, NEVER_HZ)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        core = app.monitor._core
        assert isinstance(core, FakeCore)
        run = Running(app, pilot, [core])
        core.refuse("profile 'ryzn' does not exist")
        await run.frame()
        assert "profile 'ryzn' does not exist" in run.text().splitlines()[-2]
        await run.frame(make_snapshot())

        assert "ryzn" not in run.text().splitlines()[-2]


async def test_the_real_engine_drives_the_screen() -> None:
    """From the requested run to rows on screen, and from a key to a swap in the log."""
    core = InProcessCore()
    request = RunRequest("ryzen-ai-9-hx-370", "video-call", "edf")
    app = RtgenApp(lambda: core, request, NEVER_HZ)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        run = Running(app, pilot, [])
        core.tick(500_000_000)
        await run.press("1")
        core.tick(1_000_000_000)
        await run.frame()

        assert "eye-contact" in run.text()
        assert "LIVE 00:00:0" in run.text()
        assert "1 fcfs" in run.text().splitlines()[0]
        assert "policy" in [line.kind for line in run.view.query_one(EventLog).lines]


# --- pace -----------------------------------------------------------------------------------------


async def test_a_hidden_view_stops_its_clock() -> None:
    """Only the view on screen costs anything."""
    async with running() as run:
        dashboard, ticking = run.view, []
        for key in ("f1", "f4", "f1"):
            await run.press(key)
            ticking.append(dashboard._clock is not None)

        assert ticking == [True, False, True]


async def test_a_blurred_terminal_slows_screen_and_core() -> None:
    """Twice a second, until somebody looks again."""
    async with running() as run:
        run.app._governor._affordable_hz = 10.0
        rates = []
        for event in (AppFocus(), AppBlur(), AppFocus()):
            run.app.post_message(event)
            await run.pilot.pause()
            rates.append(run.core.sent[-1])

        assert rates == [
            {"t": "rate", "hz": 10.0},
            {"t": "rate", "hz": BLURRED_HZ},
            {"t": "rate", "hz": 10.0},
        ]


async def test_a_view_behind_a_dialog_goes_on_slowly() -> None:
    """A monitor that stands still because help is open would lie."""
    async with running() as run:
        run.app._governor._affordable_hz = 10.0
        await run.press("?")
        behind = run.view._clock_hz
        await run.press("escape")

        assert (behind, run.view._clock_hz) == (BLURRED_HZ, 10.0)


# --- colors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("variable", "expected"), [("1", True), (None, None)])
def test_no_color_asks_textual_for_the_terminals_own_colors(
    variable: str | None, expected: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it NO_COLOR would still give greys, which are colors."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if variable:
        monkeypatch.setenv("NO_COLOR", variable)

    assert RtgenApp(FakeCore, REQUEST).ansi_color is expected


async def test_lists_of_choices_are_bounded_by_the_screen() -> None:
    """A picker at 40x10 keeps its input and at least one choice in view."""
    async with running(size=(40, 10)) as run:
        await run.press("p")
        dialog = run.app.screen
        assert isinstance(dialog, Picker)

        assert dialog.query_one(Input).region.height == 1
        assert dialog.query_one(OptionList).region.height >= 1
        assert isinstance(run.view, DashboardScreen)
