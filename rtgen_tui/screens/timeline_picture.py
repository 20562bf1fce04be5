"""The picture of the timeline: what is asked for, when it is drawn, and what is chosen in it."""

import re
from time import monotonic
from typing import Final

from textual.app import ComposeResult
from textual.timer import Timer

from emulator.snapshot import LogLine, Snapshot
from emulator.timeline.piece import TO, Incident, Slice
from rtgen_tui.actions import hint
from rtgen_tui.journal_view import JobKey, JournalView
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.widgets.job_panel import JobPanel
from rtgen_tui.widgets.text import clean
from rtgen_tui.widgets.timeline_chart import TimelineChart

POLL_S: Final = 0.015
"""How soon an answer is looked for again."""
REDRAW_S: Final = 0.1
"""Between two pictures while a key is held down; the first one comes at once."""
HOLD_S: Final = 0.2
"""How long a picture that follows stands at least."""
HOLD_SHORT_S: Final = 0.5
"""The same where it spans so little that it would be a blur."""
_SHORT_NS: Final = 2_000_000_000
HOLD_JOB_S: Final = 3.0
"""How long the last miss stays in the panel while others come."""
_JOB: Final = re.compile(r"#(\d+)")
"""The number of a job in a line of the event log."""
_NOTHING: Final = "no job has missed a deadline so far; h and l choose a slice"


class TimelinePicture(ViewScreen):
    """A chart of the slices, and the job that is looked at."""

    def __init__(self, monitor: Monitor, governor: FrameGovernor) -> None:
        super().__init__(monitor, governor)
        self._journal = JournalView(monitor)
        self._run = 0
        self._poll: Timer | None = None
        self._asked_s = 0.0
        self._drawn_s = 0.0
        self._redraw: Timer | None = None
        self._job_s = 0.0
        self._arrives: JobKey | None = None
        """A job whose slice is to be chosen once it is known."""

    def compose_view(self) -> ComposeResult:
        yield TimelineChart()
        yield JobPanel()

    def on_mount(self) -> None:
        mode = self.monitor.mode
        self.chart.hint = hint(mode, "pan_back", "window_in", "window_out", "jump_on", "slice_on")
        self.panel.hint = hint(mode, "copy", "show_job")
        self.panel.nothing = _NOTHING

    @property
    def chart(self) -> TimelineChart:
        """The slices."""
        return self.query_one(TimelineChart)

    @property
    def panel(self) -> JobPanel:
        """The job."""
        return self.query_one(JobPanel)

    @property
    def main_box(self) -> TimelineChart:
        return self.chart

    # --- drawing -----------------------------------------------------------------------------

    async def tick(self) -> None:
        snapshot = self.shown
        if snapshot is not None and self.is_current:
            self._match_run(snapshot)
            await self._follow(snapshot)
        await super().tick()
        if self.is_current:
            self._take()

    def prepare(self, snapshot: Snapshot) -> None:
        if self.chart.filter_text != self.monitor.filter_text:
            self.chart.filter_text = self.monitor.filter_text
            self.chart.snapshot = snapshot
            self.chart.rebuild()

    def _point_at(self, line: LogLine | None) -> None:
        """There is no log in this view."""

    def _match_run(self, snapshot: Snapshot) -> None:
        if snapshot.run != self._run:
            self._run = snapshot.run
            self._journal.forget()
            self.chart.view = self.chart.queue = None
            self._choose(None)
            self.chart.viewport.follow()

    async def _follow(self, snapshot: Snapshot) -> None:
        """Move on with the run, when the picture has stood long enough."""
        chart, now_s = self.chart, monotonic()
        viewport, tape = chart.viewport, self.monitor.tape
        moved_ns = snapshot.t_ns - viewport.newest_ns
        if tape is not None and snapshot.state == "paused" and moved_ns:
            viewport.follow()  # who moves the tape wants to see where it is
        is_running = snapshot.state == "running"
        hold_s = self._hold_s(snapshot.speed)
        if moved_ns == 0 or (is_running and moved_ns > 0 and now_s < self._asked_s + hold_s):
            if chart.view is None:
                await self._want()
            return
        self._asked_s = now_s
        viewport.newest_ns = snapshot.t_ns
        viewport.limit_ns = snapshot.t_ns if tape is None else tape.t_end_ns
        story = self._journal.story
        if story is not None and story.record.outcome == "running" and self._journal.story_of:
            await self._journal.want_job(self._journal.story_of, again=True)
        if viewport.follows:
            chart.cursor_ns = chart.chosen = None
            await self._want()
            await self._show_newest_miss(snapshot, now_s)

    def _hold_s(self, speed: float) -> float:
        """How long a picture stands: until there is something to see, but not for ever."""
        viewport = self.chart.viewport
        if viewport.span_ns < _SHORT_NS * speed:
            return HOLD_SHORT_S
        return min(1.0, max(HOLD_S, viewport.column_ns / 2e9))

    async def _show_newest_miss(self, snapshot: Snapshot, now_s: float) -> None:
        """While nobody has chosen a job, that of the newest miss is told."""
        missed = [
            JobKey(each.index, each.last_miss.job, each.last_miss.t_ns)
            for each in snapshot.streams
            if each.last_miss is not None
        ]
        newest = max(missed, key=lambda each: each.near_ns, default=None)
        if newest is None or (now_s < self._job_s + HOLD_JOB_S and snapshot.state == "running"):
            return
        self._job_s = now_s
        self.chart.job = newest[:2]
        await self._journal.want_job(newest)

    async def _want(self) -> None:
        """Ask for what the chart shows, and look for the answer soon."""
        if self.chart.size.width:
            self.chart.fit_columns()
            await self._journal.want_window(self.chart.viewport)
            await self._journal.want_queue(self.chart.cursor_ns if self.chart.has_queue else None)
        self._look_soon()

    def _look_soon(self) -> None:
        self._take()
        if self._journal.is_waiting and self._poll is None:
            self._poll = self.set_interval(POLL_S, self._look)

    async def _look(self) -> None:
        self._take()
        if not self._journal.is_waiting and self._poll is not None:
            self._poll.stop()
            self._poll = None
            # The viewport may have moved on while the answer was on its way.
            await self._want()

    def _take(self) -> None:
        """Draw what the core has answered."""
        journal, chart, panel = self._journal, self.chart, self.panel
        if not journal.take():
            return
        ended, incident = journal.take_incident()
        if ended:
            self._arrive(incident)
        chart.view, chart.labels, chart.queue = journal.view, journal.labels, journal.queue
        self._choose_arrived()
        chart.rebuild()
        if panel.story is not journal.story or journal.problem:
            panel.story = journal.story
            panel.nothing = journal.problem or _NOTHING
            panel.rebuild()

    def on_resize(self) -> None:
        self.call_after_refresh(self._want)

    # --- choosing ----------------------------------------------------------------------------

    def _choose(self, each: Slice | None) -> None:
        """Put the cursor on a slice."""
        chart = self.chart
        chart.chosen, chart.note = each, ""
        chart.job = None if each is None else (each.stream, each.job)
        chart.cursor_ns = None if each is None else each.start_ns

    async def _look_at(self, each: Slice | None) -> None:
        """Put the cursor on a slice, have it in view, and ask for its job."""
        if each is None:
            self.chart.note = "zoom in to tell slices apart" if self._is_coarse else "no slice here"
            self.chart.rebuild()
            return
        self._choose(each)
        self.chart.viewport.show_at(each.start_ns)
        self.chart.rebuild()
        await self._journal.want_job(JobKey(each.stream, each.job, each.start_ns))
        await self._want()

    @property
    def _is_coarse(self) -> bool:
        view = self.chart.view
        return view is not None and view.slices is None

    @property
    def _here_ns(self) -> int:
        """The instant of the cursor, or where it would begin."""
        chart = self.chart
        if chart.cursor_ns is not None and chart.viewport.contains(chart.cursor_ns):
            return chart.cursor_ns
        viewport = chart.viewport
        return viewport.newest_ns if viewport.follows else viewport.from_ns + viewport.shown_ns // 2

    async def go_to(self, line: LogLine) -> None:
        """Go to the instant of a line of the event log, and to the job that it is about."""
        named = _JOB.search(line.text) if line.stream >= 0 else None
        job = int(named[1]) if named else -1
        snapshot = self.shown
        if snapshot is not None:
            self._match_run(snapshot)
            self.chart.viewport.newest_ns = snapshot.t_ns
        self._arrive(Incident(line.t_ns, line.kind, line.stream, job, clean(line.text)))

    def _arrive(self, incident: Incident | None) -> None:
        """Go to an incident that was searched for."""
        chart = self.chart
        if incident is None:
            self.notify("no further incident in what is known", timeout=2, markup=False)
            return
        self._choose(None)
        chart.cursor_ns = incident.t_ns
        chart.viewport.show_at(incident.t_ns)
        chart.note = f"{incident.kind}: {incident.text.replace(TO, ' to ')}"
        if incident.job >= 0:
            key = JobKey(incident.stream, incident.job, incident.t_ns)
            chart.job, self._arrives = key[:2], key
            self.call_later(self._journal.want_job, key)
        self.call_later(self._want)

    def _choose_arrived(self) -> None:
        """Choose the last slice of the job that was gone to, once it is known."""
        chart, key = self.chart, self._arrives
        if key is None or chart.view is None or not chart.viewport.contains(key.near_ns):
            return
        ran = [
            each
            for each in chart.view.slices or ()
            if (each.stream, each.job) == key[:2] and each.start_ns <= key.near_ns
        ]
        if ran:
            self._arrives = None
            self._choose(ran[-1])
            lanes = enumerate(chart.lanes)
            holding = [n for n, lane in lanes if lane.holds(ran[-1].backend, ran[-1].stream)]
            chart.lane = holding[0] if holding else chart.lane

    async def _shown_anew(self) -> None:
        """Draw the chart where it is now, but not for every key that is held down."""
        left_s = self._drawn_s + REDRAW_S - monotonic()
        if left_s > 0:
            if self._redraw is None:
                self._redraw = self.set_timer(left_s, self._draw)
            return
        await self._draw()

    async def _draw(self) -> None:
        self._redraw, self._drawn_s = None, monotonic()
        self.chart.rebuild()
        await self._want()
