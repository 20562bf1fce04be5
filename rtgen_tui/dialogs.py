"""What asks the user something, and what is done with the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from textual.screen import Screen

from rtgen_tui.instants import EXAMPLES, instant_ns
from rtgen_tui.screens import choices
from rtgen_tui.screens.help import HelpScreen
from rtgen_tui.screens.picker import Picker
from rtgen_tui.screens.prompt import Prompt
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.widgets.numbers import clock
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from rtgen_tui.app import RtgenApp

Result = TypeVar("Result")


class Dialogs:
    """Opens pickers and prompts on the application, and hands answers to its monitor."""

    # Lists of files are read in a thread: a profile takes 60 to 80 ms to check, and frames go on.

    def __init__(self, app: "RtgenApp") -> None:
        self._app = app
        self._monitor = app.monitor

    def pick_policy(self) -> None:
        """Swap to a policy of the list, or to a point of the four axes."""

        async def swap(policy: str) -> None:
            await self._monitor.live.swap(policy)

        offered = choices.policies(self._monitor.latest)
        hint = "filter, or order/placement/admission/granularity, or FILE.py:CLASS"
        picker = Picker("Swap policy", offered, hint=hint, check=choices.wrong_policy)
        self._ask(picker, swap)

    async def add_stream(self) -> None:
        """Add streams of any scenario to the run, or start stopped ones again."""
        offered = await asyncio.to_thread(choices.streams, self._monitor.latest)
        self._ask(Picker("Add streams", offered), self._monitor.send)

    async def new_stream(self) -> None:
        """Add a stream of the user's own."""
        await self._edit("")

    async def edit_stream(self, name: str) -> None:
        """Change a stream while it runs."""
        await self._edit(name)

    async def _edit(self, name: str) -> None:
        from rtgen_tui.run_inputs import asked_inputs
        from rtgen_tui.screens.stream_form import StreamForm

        inputs = await asked_inputs(self._monitor)
        if inputs is not None:
            self._ask(StreamForm(inputs, name), self._monitor.send)

    async def save_scenario(self) -> None:
        """Write the streams as they are now to a scenario file."""
        from rtgen_tui.run_inputs import asked_inputs
        from rtgen_tui.scenario_file import ScenarioSaver

        inputs, snapshot = await asked_inputs(self._monitor), self._monitor.latest
        if inputs is None or snapshot is None:
            return

        saver = ScenarioSaver(inputs, snapshot)

        async def told(_: str) -> None:
            self._app.notify(clean(str(saver.path)), title="Scenario saved", markup=False)

        hint = f"enter: {clean(str(saver.path))}"
        self._ask(Prompt("Save the streams as a scenario", hint=hint, check=saver.save), told)

    async def pick_scenario(self) -> None:
        """Run another scenario, or add it to this run."""

        async def take(pick: choices.ScenarioPick) -> None:
            if pick.add:
                await self._monitor.send({"t": "add-scenario", "scenario": pick.name})
            else:
                self._app.start_run(self._monitor.new_run(scenario=pick.name))

        self._ask(Picker("Scenario", await asyncio.to_thread(choices.scenarios)), take)

    async def pick_profile(self) -> None:
        """A new run on another chip."""

        async def start(profile: str) -> None:
            self._app.start_run(self._monitor.new_run(profile=profile))

        offered = await asyncio.to_thread(choices.profiles)
        self._ask(Picker("New run on another profile", offered), start)

    def ask_seed(self) -> None:
        """A new run with other draws."""

        async def start(seed: str) -> None:
            self._app.start_run(self._monitor.new_run(seed=int(seed)))

        now = f"now {self._monitor.live.request.seed}"
        self._ask(Prompt("New run with seed", hint=now, check=_not_a_seed), start)

    def mark(self) -> None:
        """Put a marker with a text into the journal."""

        async def mark(text: str) -> None:
            await self._monitor.send({"t": "marker", "text": text})

        self._ask(Prompt("Marker", hint="what happens now"), mark)

    def go_to_time(self) -> None:
        """Go to a time of the session."""

        async def go(text: str) -> None:
            await self._monitor.replay.seek(instant_ns(text))

        tape = self._monitor.tape
        until = f", up to {clock(tape.t_end_ns, hours=False)}" if tape is not None else ""
        self._ask(Prompt("Go to time", hint=f"{EXAMPLES}{until}", check=_not_an_instant), go)

    async def pick_session(self) -> None:
        """Compare the session with another one."""
        from rtgen_tui.screens.session_choices import not_a_session, sessions

        here = self._monitor.replay.request.path
        offered = await asyncio.to_thread(sessions, here)
        hint = "type to filter, or a path"
        picker = Picker("Compare with", offered, hint=hint, check=not_a_session)
        self._ask(picker, self._app.start_comparison)

    def failure(self) -> None:
        """Why a policy failed."""
        from rtgen_tui.screens.failure import NOTHING, FailureScreen, failure
        from rtgen_tui.widgets.log import EventLog

        logs = self._app.screen.query(EventLog)
        line = failure(self._monitor.shown, logs.first().marked if logs else -1)
        if line is None:
            self._app.notify(NOTHING, timeout=2, markup=False)
        else:
            self._app.push_screen(FailureScreen(line))

    def export(self) -> None:
        """Write the table on screen to a file, or what is known of the run to a session."""
        from rtgen_tui.screens.export_choices import exports

        async def take(chosen: Callable[[], Awaitable[object]]) -> None:
            await chosen()

        self._ask(Picker("Export", exports(self._app)), take)

    @property
    def _view(self) -> str:
        """The view that a dialog lies over."""
        shown = [each for each in self._app.screen_stack if isinstance(each, ViewScreen)]
        return shown[-1].VIEW if shown else self._app.current_mode

    def help(self) -> None:
        """All keys of the view."""
        self._app.push_screen(HelpScreen(self._view, self._monitor.mode))

    def _ask(
        self, dialog: Screen[Result | None], then: Callable[[Result], Awaitable[object]]
    ) -> None:
        """Open a dialog; its answer, if there is one, is handed on."""

        async def answered(result: Result | None) -> None:
            if result is not None:
                await then(result)

        self._app.push_screen(dialog, answered)


def _not_an_instant(text: str) -> str:
    """What is wrong with a time; nothing if it is one."""
    try:
        instant_ns(text)
    except ValueError as error:
        return str(error)
    return ""


def _not_a_seed(text: str) -> str:
    """What is wrong with a seed; nothing if it is a whole number of at most 63 bits."""
    is_number = text.isascii() and text.isdigit()
    if is_number and int(text) < 2**63:
        return ""
    return "a seed is a whole number from 0 to 9223372036854775807"
