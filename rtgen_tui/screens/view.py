"""What all views share: a frame clock, the filter row, the zoom, and the incidents of the log."""

from time import monotonic, process_time
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from emulator.snapshot import LogLine, Snapshot, StreamView
from rtgen_tui.actions import action, allowed, rebind
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.keybar import KeyBar
from rtgen_tui.screens.pace import BLURRED_HZ, FrameGovernor
from rtgen_tui.widgets.frame import FramedWidget
from rtgen_tui.widgets.header import HeaderBar
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.numbers import size
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from rtgen_tui.widgets.scrub import ScrubBar

DOUBLE = 2
"""Clicks of a double click."""
INCIDENT_KEYS = (
    "filter",
    *("next_incident", "previous_incident"),
    *("seek_next_incident", "seek_previous_incident"),
)
"""What a log says of its keys; the mode leaves some of them out."""
PROBLEM_S = 15
"""How long it is told what is wrong with a file."""


class ViewScreen(Screen[None]):
    """A view of the run. Its clock pulls the newest snapshot; nothing pushes into a screen."""

    VIEW: ClassVar[str]
    """Its id in the registry."""
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it
        (0, "-tiny-width"),
        (40, "-narrow"),
        (80, "-normal"),
        (110, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - same
        (0, "-tiny-height"),
        (10, "-short"),
        (20, "-medium"),
        (34, "-tall"),
    ]
    ALLOW_IN_MAXIMIZED_VIEW = "HeaderBar, ScrubBar, #problem, #filter, KeyBar"
    ESCAPE_TO_MINIMIZE = False

    def __init__(self, monitor: Monitor, governor: FrameGovernor) -> None:
        super().__init__()
        self.monitor = monitor
        self._bindings = rebind(self._bindings, self.VIEW)
        self.set_class(monitor.mode == "replay", "-replay")
        # Textual sets them when it is resized: by then all styles have been worked out without.
        both = (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS)
        for extent, steps in zip(self.app.size, both, strict=True):
            self.add_class(max(step for step in steps if step[0] <= extent)[1], update=False)
        self._governor = governor
        self._clock: Timer | None = None
        self._clock_hz = 0.0
        self._cpu_s = self._wall_s = 0.0
        self._on_screen: Snapshot | None = None

    # --- for the view to fill in -------------------------------------------------------------

    def compose_view(self) -> ComposeResult:
        """The boxes between the header and the keys."""
        raise NotImplementedError

    @property
    def main_box(self) -> Widget:
        """The box that has the focus when nothing else has."""
        raise NotImplementedError

    @property
    def selected_stream(self) -> StreamView | None:
        """The stream that the view points at, if it points at one."""
        return None

    @property
    def shown(self) -> Snapshot | None:
        """The snapshot to draw."""
        return self.monitor.shown

    def prepare(self, snapshot: Snapshot) -> None:
        """Bring the boxes in line with a snapshot and the user's choices, before they show it."""

    # --- drawing -----------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield HeaderBar()
        yield from self.compose_view()
        if self.monitor.mode == "replay":
            from rtgen_tui.widgets.scrub import ScrubBar

            yield ScrubBar()
        yield Static("", id="problem", markup=False)
        yield Input(id="filter", placeholder="show only what holds this text", compact=True)
        yield KeyBar(self.VIEW, self.monitor.mode)

    @on(events.ScreenResume)
    async def _wake(self, event: events.ScreenResume) -> None:
        if self._clock is None:
            # Its styles were worked out a moment ago, when it was mounted.
            event.refresh_styles = False
            await self.monitor.begun()
        self._cpu_s, self._wall_s = process_time(), monotonic()
        if self.focused is None:
            self.main_box.focus()
        await self.keep_pace()
        await self.tick()

    @on(events.ScreenSuspend)
    async def _doze(self) -> None:
        await self.keep_pace()

    def _wanted_hz(self) -> float:
        """Nothing for a hidden screen, little for one behind a dialog, or that stands still."""
        if not self.is_current:
            return 0.0
        hz = self._governor.hz
        moves = self.app.screen is self and self.monitor.frozen is None
        return hz if moves else min(hz, BLURRED_HZ)

    async def keep_pace(self) -> None:
        """Run the clock, and the core's snapshots, as often as is wanted now."""
        hz = self._wanted_hz()
        if hz == self._clock_hz:
            return
        if self._clock is not None:
            self._clock.stop()
        self._clock, self._clock_hz = None, hz
        if hz > 0:
            self._clock = self.set_interval(1 / hz, self.tick)
            await self.monitor.set_rate(hz)

    async def tick(self) -> None:
        """Draw one frame: what is new since the last one, and nothing else."""
        cpu_s, wall_s = process_time(), monotonic()
        self._governor.observe(cpu_s - self._cpu_s, wall_s - self._wall_s)
        self._cpu_s, self._wall_s = cpu_s, wall_s
        self._tell()
        if self.monitor.reconnect.is_due:
            self.monitor.reconnect.trying()
            self.run_worker(self.monitor.restart(), group="reconnect")
        if self.monitor.is_over:
            self.app.exit()
            return
        snapshot = self.shown
        with self.app.batch_update():
            self._show_state()
            if snapshot is not None and snapshot is not self._on_screen:
                self._on_screen = snapshot
                self.redraw()
                self._point_at(self.monitor.run.arrival(snapshot))
        await self.keep_pace()

    def _tell(self) -> None:
        """Have pop up what the core answered since the last frame."""
        for sentence in self.monitor.collect():
            self.notify(clean(sentence), severity="error", markup=False)
        for path in self.monitor.recordings.news():
            self.notify(clean(path), title="Session saved", markup=False)
        for sentence in self.monitor.untold_problems():
            text = clean(sentence)
            self.notify(text, title="File", severity="warning", timeout=PROBLEM_S, markup=False)

    def _point_at(self, line: LogLine | None) -> None:
        if line is not None and self.query_one(EventLog).point_at(line.seq):
            self.select_stream(line.stream)

    def redraw(self) -> None:
        """Let every box show the snapshot on screen; boxes skip rows that stayed the same."""
        snapshot = self._on_screen
        if snapshot is None:
            return
        with self.app.batch_update():
            self.prepare(snapshot)
            for box in self.query(LineWidget):
                box.show(snapshot)

    def _show_state(self) -> None:
        monitor = self.monitor
        header = self.query_one(HeaderBar)
        header.frozen = monitor.frozen is not None
        header.fps = self._clock_hz
        header.ui_percent = round(self._governor.busy * 100)
        header.connection = "no core" if monitor.problem else ""
        recording = monitor.recording
        header.recorded = "" if recording is None else size(recording.bytes)
        header.recording_fails = recording is not None and bool(recording.problem)
        self._show_tape(header)
        self.query_one(KeyBar).core_ended = bool(monitor.problem)
        problem, text = self.query_one("#problem", Static), self._problem_text()
        if text != problem.content:
            problem.update(text)
            problem.display = bool(text)

    def _show_tape(self, header: HeaderBar) -> None:
        tape, timeline = self.monitor.tape, self.monitor.timeline
        if tape is None:
            return
        from rtgen_tui.widgets.scrub import ScrubBar

        header.tape = tape
        bar = self.query_one(ScrubBar)
        bar.tape, bar.timeline = tape, timeline

    def _problem_text(self) -> str:
        """The one line that says why nothing moves; empty while something does."""
        monitor = self.monitor
        left_s = monitor.reconnect.left_s
        key = action("restart_core").key_text(monitor.mode)
        if monitor.problem and left_s is not None:
            again = f"trying again in {left_s:.0f} s, {key} tries now"
            return f"{clean(monitor.problem)} ({again})"
        if monitor.problem:
            return f"No core: {clean(monitor.problem)} ({key} starts a new one)"
        if monitor.recordings.problem:
            return f"Recording: {clean(monitor.recordings.problem)}"
        return clean(monitor.complaint) if monitor.latest is None else ""

    # --- actions -----------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Refuse what the mode does not have."""
        return allowed(action, self.monitor.mode) and super().check_action(action, parameters)

    async def on_scrub_bar_sought(self, event: "ScrubBar.Sought") -> None:
        """The mouse points at a time of the tape."""
        await self.monitor.replay.seek(event.t_ns)

    def action_zoom(self) -> None:
        """Make the focused box fill the screen, or undo it."""
        if self.maximized is not None:
            self.minimize()
        else:
            self.maximize(self.focused or self.main_box)

    def on_click(self, event: events.Click) -> None:
        """A double click zooms the box below it."""
        box = event.widget
        if event.chain == DOUBLE and isinstance(box, FramedWidget) and box.can_focus:
            box.focus()
            self.action_zoom()

    def action_back(self) -> None:
        """Leave the filter row and clear it, or leave the zoom."""
        field = self.query_one("#filter", Input)
        if self.maximized is not None and not field.has_focus:
            self.minimize()
        else:
            field.value = ""
            self._close_filter()

    def action_filter(self) -> None:
        """Open the filter row."""
        field = self.query_one("#filter", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#filter")
    def _apply_filter(self, event: Input.Changed) -> None:
        self.monitor.filter_text = event.value.strip()
        self.redraw()

    @on(Input.Submitted, "#filter")
    def _close_filter(self) -> None:
        field = self.query_one("#filter", Input)
        if field.display:
            field.display = False
            self.main_box.focus()

    def action_next_incident(self) -> None:
        """Go to the next incident in the log."""
        self._step_incident(1)

    def action_previous_incident(self) -> None:
        """Go to the incident before, at first to the newest."""
        self._step_incident(-1)

    def _step_incident(self, direction: int) -> None:
        line = self.query_one(EventLog).incident(direction)
        if line is None:
            where = "later" if direction > 0 else "earlier"
            self.notify(f"no {where} incident in the log", timeout=2, markup=False)
        else:
            self.select_stream(line.stream)

    def select_stream(self, index: int) -> None:
        """Select the stream that a log line is about; -1 is none."""
