"""The detail of a stream: what its newest jobs took, where, and why the worst of them missed."""

from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.timer import Timer

from emulator.snapshot import LogLine, Snapshot, StreamView
from rtgen_tui.actions import bindings, hint
from rtgen_tui.detail_journal import DetailJournal
from rtgen_tui.journal_view import JobKey
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.widgets.detail_box import DetailBox
from rtgen_tui.widgets.detail_jobs import JobStrip
from rtgen_tui.widgets.detail_responses import ResponseBox
from rtgen_tui.widgets.detail_stages import StageBox
from rtgen_tui.widgets.detail_title import StreamTitle
from rtgen_tui.widgets.detail_tokens import TokenBox
from rtgen_tui.widgets.job_panel import JobPanel

if TYPE_CHECKING:
    from emulator.serving.detail import DetailView
    from rtgen_tui.app import RtgenApp

ASK_S: Final = 0.25
"""Wall time between two questions: the core answers at most four a second."""
POLL_S: Final = 0.015
"""How soon an answer is looked for again."""
PAGE: Final = 8
"""Streams that page up and page down move by."""
_NO_MISS: Final = "none of these jobs missed its deadline"
_NO_DEADLINE: Final = "these jobs have no deadline to miss"


class DetailScreen(ViewScreen):
    """Lies over the dashboard, and begins with the stream that is selected there."""

    VIEW = "detail"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]
    DEFAULT_CSS = """
    DetailScreen JobStrip { height: 5; }
    DetailScreen.-wide JobStrip { height: 4; }
    DetailScreen #times { height: 1fr; min-height: 3; }
    DetailScreen StageBox, DetailScreen TokenBox, DetailScreen JobPanel { display: none; }
    DetailScreen.-normal StageBox, DetailScreen.-wide StageBox { display: block; }
    DetailScreen.-narrow.-medium StageBox, DetailScreen.-narrow.-tall StageBox { display: block; }
    DetailScreen.-narrow #times { layout: vertical; }
    DetailScreen.-normal.-medium JobPanel, DetailScreen.-wide.-medium JobPanel {
        display: block; height: 7;
    }
    DetailScreen.-tall JobPanel { display: block; height: 11; }
    DetailScreen.-tall.-talks TokenBox { display: block; height: 7; }
    DetailScreen.-short JobStrip, DetailScreen.-narrow JobStrip { height: 4; }
    DetailScreen.-short JobStrip { height: 3; }
    DetailScreen.-tiny-height JobStrip { height: 1fr; }
    DetailScreen.-tiny-height #times { display: none; }
    """

    def __init__(self, monitor: Monitor, governor: FrameGovernor) -> None:
        super().__init__(monitor, governor)
        self._journal = DetailJournal(monitor)
        self._of = self._rtgen.selected_stream
        self._asked: tuple[int, str, int] | None = None
        """Run, stream and instant of the last question."""
        self._asked_s = 0.0
        self._poll: Timer | None = None

    def compose_view(self) -> ComposeResult:
        yield StreamTitle()
        yield JobStrip()
        with Horizontal(id="times"):
            yield ResponseBox()
            yield StageBox()
        yield TokenBox()
        yield JobPanel()

    def on_mount(self) -> None:
        self.panel.hint = hint(self.monitor.mode, "open_job", "copy")
        self.main_box.hint = hint(self.monitor.mode, "edit_stream", "stop_stream", "back")

    @property
    def panel(self) -> JobPanel:
        """The worst miss."""
        return self.query_one(JobPanel)

    @property
    def main_box(self) -> JobStrip:
        return self.query_one(JobStrip)

    @property
    def selected_stream(self) -> StreamView | None:
        snapshot = self.shown
        streams = snapshot.streams if snapshot is not None else ()
        return next((each for each in streams if each.name == self._of), None)

    @property
    def _rtgen(self) -> "RtgenApp":
        from rtgen_tui.app import RtgenApp

        assert isinstance(self.app, RtgenApp)  # noqa: S101  # no other application has this screen
        return self.app

    # --- drawing -----------------------------------------------------------------------------

    async def tick(self) -> None:
        snapshot = self.shown
        if snapshot is not None and self.is_current:
            await self._want(snapshot)
        await super().tick()
        if self.is_current:
            self._take()

    def prepare(self, snapshot: Snapshot) -> None:
        stream = self.selected_stream
        self.query_one(StreamTitle).stream = stream
        self.set_class(stream is not None and stream.tokens_per_s is not None, "-talks")

    def _point_at(self, line: LogLine | None) -> None:
        """There is no log in this view."""

    async def _want(self, snapshot: Snapshot) -> None:
        """Ask for what is known now, unless that was asked for, or a moment ago."""
        stream = self.selected_stream
        wanted = (snapshot.run, self._of, snapshot.t_ns)
        if stream is None or wanted == self._asked:
            return
        is_other = self._asked is None or wanted[:2] != self._asked[:2]
        if is_other:
            self._journal.forget()
            self._fill()
        elif monotonic() < self._asked_s + ASK_S and snapshot.state == "running":
            return
        self._asked, self._asked_s = wanted, monotonic()
        await self._journal.want_detail(stream.index, snapshot.t_ns)
        self._look_soon()

    def _look_soon(self) -> None:
        self._take()
        if self._journal.is_waiting and self._poll is None:
            self._poll = self.set_interval(POLL_S, self._look)

    def _look(self) -> None:
        self._take()
        if not self._journal.is_waiting and self._poll is not None:
            self._poll.stop()
            self._poll = None

    def _take(self) -> None:
        """Draw what the core has answered."""
        if self._journal.take():
            self._fill()
            self.call_later(self._want_worst)

    def _fill(self) -> None:
        journal, panel = self._journal, self.panel
        for box in self.query(DetailBox):
            box.show_view(journal.detail)
        if journal.detail is not None and journal.detail.worst is None:
            journal.story = journal.story_of = None
        nothing = journal.problem or _nothing(journal.detail)
        if panel.story is not journal.story or panel.nothing != nothing:
            panel.story, panel.nothing = journal.story, nothing
            panel.rebuild()

    async def _want_worst(self) -> None:
        """Ask for the worst miss, unless it is what is shown."""
        view = self._journal.detail
        if view is not None and view.worst is not None and self.panel.display:
            await self._journal.want_job(JobKey(view.stream, *view.worst))
            self._look_soon()

    # --- actions -----------------------------------------------------------------------------

    async def _choose(self, steps: int) -> None:
        """Show the stream so many further down the list of the run."""
        snapshot = self.shown
        names = [each.name for each in snapshot.streams] if snapshot is not None else []
        if self._of in names:
            place = min(max(names.index(self._of) + steps, 0), len(names) - 1)
            self._of = names[place]
            self.redraw()
            await self.tick()

    async def action_line_up(self) -> None:
        await self._choose(-1)

    async def action_line_down(self) -> None:
        await self._choose(1)

    def action_page_up(self) -> None:
        self.call_later(self._choose, -PAGE)

    def action_page_down(self) -> None:
        self.call_later(self._choose, PAGE)

    async def action_first_line(self) -> None:
        await self._choose(-(10**9))

    async def action_last_line(self) -> None:
        await self._choose(10**9)

    def action_back(self) -> None:
        """Leave the zoom or the filter row, else the detail."""
        if self.maximized is not None or self.query_one("#filter").display:
            super().action_back()
        else:
            self.dismiss()

    async def action_open_job(self) -> None:
        """Open the timeline at the worst miss."""
        from rtgen_tui.screens.timeline import TimelineScreen

        view = self._journal.detail
        if view is None or view.worst is None:
            self.notify(_NO_MISS, timeout=2, markup=False)
            return
        job, t_ns = view.worst
        line = LogLine(0, t_ns, "miss", view.stream, f"{view.name} #{job}")
        await self.app.switch_mode("timeline")
        screen = self.app.screen
        if isinstance(screen, TimelineScreen):
            await screen.go_to(line)

    def action_copy(self) -> None:
        """Put the worst miss in words on the clipboard (OSC 52)."""
        text = self.panel.explanation
        if text:
            self.app.copy_to_clipboard(text)
        self.notify(text.partition("\n")[0] or _NO_MISS, title="Copied" if text else "")


def _nothing(detail: "DetailView | None") -> str:
    """What is said where no miss is to be explained."""
    if detail is None:
        return ""
    has_deadline = any(each.allowed_ns is not None for each in detail.jobs) or not detail.jobs
    return _NO_MISS if has_deadline else _NO_DEADLINE
