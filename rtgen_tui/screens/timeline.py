"""The timeline: who ran where and when, at any scale, and why a job had to wait."""

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from rtgen_tui.actions import bindings
from rtgen_tui.screens.timeline_picture import TimelinePicture
from rtgen_tui.viewport import FIRST_NS
from rtgen_tui.widgets.timeline_chart import TimelineChart


class TimelineScreen(TimelinePicture):
    """The view with its keys."""

    VIEW = "timeline"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]
    DEFAULT_CSS = """
    TimelineScreen JobPanel { height: 9; }
    TimelineScreen.-tall JobPanel { height: 12; }
    TimelineScreen.-short JobPanel, TimelineScreen.-tiny-height JobPanel { display: none; }
    TimelineScreen.-maximized-view JobPanel.-maximized { display: block; }
    """

    async def _step_slice(self, direction: int) -> None:
        chart, here_ns = self.chart, self._here_ns
        slices = chart.slices_on(chart.lane)
        if chart.chosen is None or not chart.viewport.contains(chart.chosen.start_ns):
            await self._look_at(chart.slice_at(chart.lane, here_ns))
            return
        beside = [each for each in slices if (each.start_ns - here_ns) * direction > 0]
        await self._look_at((beside[0] if direction > 0 else beside[-1]) if beside else None)

    async def _step_lane(self, steps: int, *, wraps: bool = False) -> None:
        chart, here_ns = self.chart, self._here_ns
        if not chart.lanes:
            return
        lane, last = chart.lane + steps, len(chart.lanes) - 1
        chart.lane = lane % (last + 1) if wraps else min(max(lane, 0), last)
        await self._look_at(chart.slice_at(chart.lane, here_ns))

    @on(TimelineChart.Clicked)
    async def _clicked(self, event: TimelineChart.Clicked) -> None:
        self.chart.lane = event.lane
        await self._look_at(self.chart.slice_at(event.lane, event.t_ns))

    @on(TimelineChart.Wheel)
    async def _wheel(self, event: TimelineChart.Wheel) -> None:
        if event.pans:
            await self._pan(-event.direction)
        else:
            self.chart.viewport.zoom(event.direction, event.t_ns)
            await self._shown_anew()

    async def _pan(self, direction: int, *, far: bool = False) -> None:
        self.chart.viewport.pan(direction, far=far)
        await self._shown_anew()

    # --- actions -----------------------------------------------------------------------------

    async def action_pan_back(self) -> None:
        await self._pan(-1)

    async def action_pan_on(self) -> None:
        await self._pan(1)

    async def action_pan_far_back(self) -> None:
        await self._pan(-1, far=True)

    async def action_pan_far_on(self) -> None:
        await self._pan(1, far=True)

    async def action_window_in(self) -> None:
        self.chart.viewport.zoom(1, self.chart.cursor_ns)
        await self._shown_anew()

    async def action_window_out(self) -> None:
        self.chart.viewport.zoom(-1, self.chart.cursor_ns)
        await self._shown_anew()

    async def action_window_reset(self) -> None:
        self.chart.viewport.resize(FIRST_NS, self.chart.cursor_ns)
        await self._shown_anew()

    async def action_slice_back(self) -> None:
        await self._step_slice(-1)

    async def action_slice_on(self) -> None:
        await self._step_slice(1)

    async def action_next_lane(self) -> None:
        await self._step_lane(1, wraps=True)

    async def action_line_up(self) -> None:
        await self._step_lane(-1)

    async def action_line_down(self) -> None:
        await self._step_lane(1)

    def action_page_up(self) -> None:
        self.call_later(self._step_lane, -len(self.chart.lanes))

    def action_page_down(self) -> None:
        self.call_later(self._step_lane, len(self.chart.lanes))

    async def action_jump_on(self) -> None:
        await self._jump(1)

    async def action_jump_back(self) -> None:
        await self._jump(-1)

    async def _jump(self, direction: int) -> None:
        """Ask for the next incident from the cursor on."""
        chart = self.chart
        here_ns = chart.viewport.newest_ns + 1 if chart.viewport.follows else self._here_ns
        if chart.chosen is not None and chart.chosen.end_ns > 0:
            here_ns = chart.chosen.end_ns
        wanted = chart.wanted
        streams = None if wanted is None else sorted(wanted)
        await self._journal.want_incident(here_ns, direction, streams)
        self._look_soon()

    async def action_to_begin(self) -> None:
        view = self.chart.view
        viewport = self.chart.viewport
        viewport.pan(-1)
        viewport.right_ns = (view.begins_ns if view is not None else 0) + viewport.shown_ns - 1
        await self._shown_anew()

    async def action_follow_newest(self) -> None:
        self._arrives = None
        self._choose(None)
        self.chart.viewport.follow()
        self._job_s = 0.0
        await self._shown_anew()

    async def action_take_tape(self) -> None:
        """Go there with the tape."""
        await self.monitor.replay.seek(self._here_ns)

    async def action_lanes(self) -> None:
        self.chart.by_stream = not self.chart.by_stream
        await self._want()

    def action_show_job(self) -> None:
        """Make the job fill the screen, or undo it."""
        if self.maximized is not None:
            self.minimize()
        else:
            self.maximize(self.panel)

    def action_copy(self) -> None:
        """Put the job in words on the clipboard (OSC 52)."""
        text = self.panel.explanation
        if text:
            self.app.copy_to_clipboard(text)
            self.notify(text.partition("\n")[0], title="Copied", markup=False)
        else:
            self.notify("no job is chosen", timeout=2, markup=False)
