"""The application: it owns the monitor, the theme, and every action that is not of one view."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import SystemCommand, get_system_commands_provider
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.screen import Screen

from emulator.snapshot import Snapshot
from rtgen_tui.actions import VIEWS, action, allowed, use_keys
from rtgen_tui.app_actions import LiveActions, ReplayActions
from rtgen_tui.app_looks import DEFAULT_LOOKS, LookActions, Looks
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.dashboard import DashboardScreen
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.session import Core, CoreFactory, ReplayRequest, RunRequest
from rtgen_tui.terminal import driver_on_stdout, exit_on_signals, watch_terminal
from rtgen_tui.themes import THEMES, variable_defaults
from rtgen_tui.view_screens import screen_class

if TYPE_CHECKING:
    from rtgen_tui.behind import Behind
    from rtgen_tui.dialogs import Dialogs


HURRY_S = 0.12
"""How long after a command new snapshots are drawn as they come, past the frame clock."""
LOOK_S = 0.005
BETWEEN = "between"
"""The mode of an empty screen, while those of a run make way for those of another."""


def _action_commands() -> type[Provider]:
    from rtgen_tui.screens.palette import ActionCommands

    return ActionCommands


def _named_commands() -> type[Provider]:
    from rtgen_tui.screens.palette import NamedCommands

    return NamedCommands


class RtgenApp(LiveActions, ReplayActions, LookActions):
    """The terminal application, a client of one core.

    Args:
        core_factory: makes a core that has not started; called again when the user restarts.
        request: the run to start with, or the session to replay.
        fps: pictures per second, as long as they are cheap enough.
        looks: theme, symbols, layout and keys.
        running: a core that runs the request already.
        begun: ends when that core has something to show.
        beside: a second session, to compare the replay with; empty for none.
    """

    TITLE = "rtgen"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    DEFAULT_MODE = VIEWS[0].id
    COMMANDS: ClassVar = {get_system_commands_provider, _action_commands, _named_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, "quit_now", show=False, priority=True) for key in action("quit_now").keys),
        # Not ours to choose: what a shell does with any program.
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]

    def __init__(
        self,
        core_factory: CoreFactory,
        request: RunRequest | ReplayRequest,
        fps: float = 10.0,
        *,
        looks: Looks = DEFAULT_LOOKS,
        running: Core | None = None,
        begun: "asyncio.Task[None] | None" = None,
        beside: str = "",
    ) -> None:
        # Without ansi_color, Textual answers NO_COLOR with greys, which are colors too.
        no_color = "NO_COLOR" in os.environ
        super().__init__(driver_on_stdout(), ansi_color=True if no_color else None)
        if no_color:
            from rtgen_tui.no_color import colorless

            self._filters = colorless(self._filters)
        self.symbols, self.board_layout = looks.symbols, looks.layout
        self.remembers = looks.remembers
        use_keys(looks.keys)
        self.mounted = asyncio.Event()
        """The first screen is there."""
        self.monitor = Monitor(core_factory, request, running, begun)
        self._core_factory = core_factory
        self._beside = beside
        self._governor = FrameGovernor(fps)
        for each in THEMES:
            self.register_theme(each)
        # Not yet on screen: setting it the usual way would have the style sheet parsed once more.
        self.set_reactive(RtgenApp.theme, looks.theme)
        self._refresh_truecolor_filter(self.ansi_theme)
        self._css_variables = self.get_css_variables()
        self.stylesheet.set_variables(self._css_variables)
        for view in VIEWS:
            self.add_mode(view.id, self._screen_factory(view.id))

    def _screen_factory(self, view: str) -> Callable[[], Screen[None]]:
        def made() -> ViewScreen:
            screen = screen_class(view)(self.monitor, self._governor)
            self.dress(screen)
            return screen

        return made

    @property
    def summary(self) -> Snapshot | None:
        """The last snapshot, for what the command line prints after the screen is gone."""
        return self.monitor.latest

    @cached_property
    def dialogs(self) -> "Dialogs":
        """What asks the user; loaded when it is first wanted, for the sake of the first frame."""
        from rtgen_tui.dialogs import Dialogs

        return Dialogs(self)

    @property
    def selected_stream(self) -> str:
        """The name of the stream that the dashboard points at; empty where nothing is."""
        chosen = self.screen.selected_stream if isinstance(self.screen, ViewScreen) else None
        return "" if chosen is None else chosen.name

    async def draw_now(self) -> None:
        """Draw a frame without waiting for the frame clock."""
        if isinstance(self.screen, ViewScreen):
            await self.screen.tick()

    def hurry(self) -> None:
        """Show the effect of a command as soon as the core tells of it."""
        self.run_worker(self._draw_answers(), group="hurry", exclusive=True)

    async def _draw_answers(self) -> None:
        shown = None
        for _ in range(round(HURRY_S / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            if self.monitor.latest is not shown:
                shown = self.monitor.latest
                await self.draw_now()

    def refresh_css(self, animate: bool = True) -> None:
        """Have the style sheet parsed again, if its colors are not those it was parsed with."""
        variables = self.get_css_variables()
        if variables != self._css_variables:
            self._css_variables = variables
            super().refresh_css(animate)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Textual's commands that the registry does not have."""
        offered = super().get_system_commands(screen)
        return (each for each in offered if each.title == "Theme")

    # --- life --------------------------------------------------------------------------------

    async def on_mount(self) -> None:
        self.mounted.set()
        if not self.is_headless:
            exit_on_signals(asyncio.get_running_loop(), self._leave)
            self.monitor.on_sent = self.hurry
        if not self.is_headless and sys.__stdin__ is not None:
            watch_terminal(sys.__stdin__.fileno(), self.monitor.close)
        self.start_run(self.monitor.start())
        if self._beside:
            await self.start_comparison(self._beside)

    async def on_unmount(self) -> None:
        if "behind" in self.__dict__:
            await self.behind.close()
        await self.monitor.close()

    def _leave(self, exit_code: int) -> None:
        self.exit(return_code=exit_code)

    async def on_app_blur(self, event: events.AppBlur) -> None:
        await self._look_away(away=True)

    async def on_app_focus(self, event: events.AppFocus) -> None:
        await self._look_away(away=False)

    async def _look_away(self, *, away: bool) -> None:
        self._governor.blurred = away
        if isinstance(self.screen, ViewScreen):
            await self.screen.keep_pace()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what the mode does not have; a new core is started only when there is none."""
        if action == "restart_core":
            return bool(self.monitor.problem)
        return allowed(action, self.monitor.mode) and super().check_action(action, parameters)

    # --- runs --------------------------------------------------------------------------------

    def action_restart_core(self) -> None:
        self.start_run(self.monitor.restart())

    def start_run(self, starting: Coroutine[object, object, None]) -> None:
        """Start a core beside the keys: quitting must not wait for one that says nothing."""
        self.run_worker(starting, exclusive=True, group="core")

    async def start_comparison(self, path: str) -> None:
        """Replay a second session beside the one on screen, and open the view of both."""
        from rtgen_tui.beside import Beside

        before, beside = self.monitor.beside, Beside(self.monitor, self._core_factory, path)
        self.monitor.beside = beside
        self.run_worker(beside.start(), group="beside")
        self.run_worker(beside.compare_whole(), group="whole")
        if before is not None:
            await before.close()
        await self.switch_mode("compare")

    @cached_property
    def behind(self) -> "Behind":
        """The live run behind a replay; loaded when it is first wanted."""
        from rtgen_tui.behind import Behind

        return Behind(self.monitor, self._core_factory)

    async def open_session(self, path: str) -> None:
        """Replay a session; a live run goes on behind it."""
        await self._change_run(self.behind.open(path))

    async def back_to_live(self) -> None:
        """Show the live run behind the replay again."""
        await self._change_run(self.behind.come_back())

    async def _change_run(self, changing: Coroutine[object, object, None]) -> None:
        """Show another run on fresh screens, because those of a mode fit no other."""
        from rtgen_tui.session import CoreError

        try:
            await changing
        except (CoreError, OSError) as error:
            self.monitor.complain(str(error))
            return
        self.add_mode(BETWEEN, Screen)
        await self.switch_mode(BETWEEN)
        for view in VIEWS:
            await self.remove_mode(view.id)
            self.add_mode(view.id, self._screen_factory(view.id))
        await self.switch_mode(DashboardScreen.VIEW)
        await self.remove_mode(BETWEEN)

    async def action_step(self) -> None:
        await self.monitor.run.step()

    async def action_slower(self) -> None:
        await self.monitor.run.slower()

    async def action_faster(self) -> None:
        await self.monitor.run.faster()

    async def action_normal_speed(self) -> None:
        await self.monitor.run.set_speed(1.0)

    # --- screen ------------------------------------------------------------------------------

    def action_open_detail(self) -> None:
        if self.selected_stream:
            self.push_screen(self._screen_factory("detail")())

    async def action_show_dashboard(self) -> None:
        await self.switch_mode("dashboard")

    async def action_show_timeline(self) -> None:
        await self.switch_mode("timeline")

    async def action_show_events(self) -> None:
        await self.switch_mode("events")

    async def action_show_sessions(self) -> None:
        await self.switch_mode("sessions")

    async def action_next_view(self) -> None:
        await self._step_view(1)

    async def action_previous_view(self) -> None:
        await self._step_view(-1)

    async def _step_view(self, steps: int) -> None:
        views = [view.id for view in VIEWS if view.id != "compare" or self.monitor.beside]
        await self.switch_mode(views[(views.index(self.current_mode) + steps) % len(views)])

    def action_show_failure(self) -> None:
        self.dialogs.failure()

    def action_help(self) -> None:
        self.dialogs.help()

    def action_export(self) -> None:
        self.dialogs.export()

    async def action_quit(self) -> None:
        self.exit()

    def action_quit_now(self) -> None:
        self.exit()
