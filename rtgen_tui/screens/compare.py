"""Two recorded sessions on one clock: figures, histories, and where they part."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.css.scalar import Scalar
from textual.widget import Widget

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.actions import action, bindings, hint
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.table_view import TableScreen
from rtgen_tui.whole_files import Divergence, WholeFiles
from rtgen_tui.widgets.pair_charts import PairCharts
from rtgen_tui.widgets.pair_sides import PairSides
from rtgen_tui.widgets.pair_table import PairTable
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from rtgen_tui.beside import Beside

FRAME = 2
"""Rows of a box beside its contents."""
MOST_OF_SIDES = 0.3
"""Share of the screen that names and warnings may have."""
MOST_OF_CHARTS = 0.4
"""Share that the histories may have: a chip of a dozen backends leaves room for the figures."""


class CompareScreen(TableScreen):
    """The replay on screen as A, the session beside it as B."""

    VIEW = "compare"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]

    def __init__(self, monitor: Monitor, governor: FrameGovernor) -> None:
        super().__init__(monitor, governor)
        self._drawn: tuple[object, ...] = ()

    def compose_view(self) -> ComposeResult:
        yield PairSides()
        yield PairTable()
        yield PairCharts()

    def on_mount(self) -> None:
        mode = self.monitor.mode
        self.table.hint = hint(mode, "to_divergence", "swap_sides", "open_run", "compare")

    @property
    def table(self) -> PairTable:
        """The figures."""
        return self.query_one(PairTable)

    @property
    def main_box(self) -> Widget:
        return self.table

    @property
    def beside(self) -> "Beside | None":
        """The second session."""
        return self.monitor.beside

    # --- drawing -----------------------------------------------------------------------------

    @property
    def shown(self) -> Snapshot | None:
        """A at the newest instant at which B is known, too."""
        pair = self.beside.pair if self.beside is not None else None
        return pair.a if pair is not None else self.monitor.shown

    async def tick(self) -> None:
        if self.beside is not None and self.is_current:
            await self.beside.follow()
        await super().tick()
        beside = self.beside
        if beside is not None:
            drawn = (beside, beside.pair, beside.whole, beside.tape, self.monitor.tape)
            if drawn != self._drawn:
                self._drawn = drawn
                self.redraw()

    def on_resize(self) -> None:
        self.call_after_refresh(self.redraw)

    def watch_maximized(self) -> None:
        self.call_after_refresh(self.redraw)

    def prepare(self, snapshot: Snapshot) -> None:
        beside, sides, charts = self.beside, self.query_one(PairSides), self.query_one(PairCharts)
        if beside is None:
            return
        whole = beside.whole
        sides.tapes = (self.monitor.tape, beside.tape)
        sides.whole, sides.pair = whole, beside.pair
        self.table.filter_text = self.monitor.filter_text
        self.table.whole = whole if isinstance(whole, WholeFiles) else None
        self.table.pair = charts.pair = beside.pair
        _have_rows(sides, min(len(sides.rows(self.size.width)), self._most_rows))
        lines = 2 if self.has_class("-tall") else 1
        most = max(1 + FRAME, int(MOST_OF_CHARTS * self.size.height))
        rows = min(charts.series_count * lines + FRAME, most)
        # A height of its own would count for more than that of a zoomed box.
        _have_rows(charts, None if self.maximized is charts else rows)

    @property
    def _most_rows(self) -> int:
        return max(2, int(MOST_OF_SIDES * self.size.height))

    def _problem_text(self) -> str:
        text = super()._problem_text()
        if not text and self.beside is not None and self.beside.problem:
            key = action("compare").key_text("replay")
            return f"B: {clean(self.beside.problem)} ({key} opens another session)"
        return text

    def _point_at(self, line: LogLine | None) -> None:
        """There is no log in this view."""

    # --- actions -----------------------------------------------------------------------------

    async def action_swap_sides(self) -> None:
        """Make B the session on screen, and A the one beside it."""
        if self.beside is not None:
            await self.beside.change_over()
            await self.tick()

    async def action_to_divergence(self) -> None:
        """Pause, and go to the first event in which the journals differ."""
        parted = self._divergence()
        if isinstance(parted, str):
            self.notify(clean(parted), timeout=3, markup=False)
            return
        replay = self.monitor.replay
        if not replay.paused:
            await replay.pause()
        await replay.seek(parted.t_ns)

    def _divergence(self) -> Divergence | str:
        """Where it is, or why it is not known."""
        whole = self.beside.whole if self.beside is not None else ""
        if isinstance(whole, str):
            return whole or "the whole files are still being compared"
        return whole.divergence or "the journals do not part"

    async def action_open_run(self) -> None:
        """Open the dashboard of A."""
        await self.app.switch_mode("dashboard")

    def action_copy(self) -> None:
        """Put the first divergence on the clipboard (OSC 52)."""
        parted = self._divergence()
        text = parted if isinstance(parted, str) else f"A {parted.a}, B {parted.b}"
        self.app.copy_to_clipboard(clean(text))
        self.notify(clean(text), title="Copied", markup=False)


def _have_rows(box: Widget, rows: int | None) -> None:
    """Give a box a height, if it has another; None: that of the style sheet."""
    wanted = None if rows is None else Scalar.from_number(rows)
    if box.styles.inline.height != wanted:
        box.styles.height = wanted
