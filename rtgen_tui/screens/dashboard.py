"""The view that answers "who misses deadlines, and why" without a key press."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.css.scalar import Scalar
from textual.strip import Strip

from emulator.snapshot import Snapshot, StreamView
from rtgen_tui.actions import allowed, bindings, hint
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.view import INCIDENT_KEYS, ViewScreen
from rtgen_tui.widgets.backends import BackendMeters, BackendTile
from rtgen_tui.widgets.dialogue import DialoguePane
from rtgen_tui.widgets.frame import FramedWidget
from rtgen_tui.widgets.gantt import MiniGantt
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.miss import MissDetail
from rtgen_tui.widgets.numbers import percent, short
from rtgen_tui.widgets.policies import PolicyList
from rtgen_tui.widgets.policy_strip import PolicyStrip
from rtgen_tui.widgets.streams import SORT_KEYS, StreamTable
from rtgen_tui.widgets.text import Line

MANY = 5
"""Rows of a screen per backend below which some share a row, and some have no lane."""
FEW_LANES = 4
"""Backends that have a lane on every screen."""
LOW = 14
"""Rows of a screen below which backends share rows."""
TILE = 20
"""Columns of a tile that can still say what it shows; with less for each there are lines."""
PAGE = 8
"""Lines that page up and page down move by."""
TABLE_FRAME = 3
"""Rows of the stream table beside its streams: edges and head."""
POLICY_FRAME = 7
"""Rows of the policy list beside its policies: edges, a blank and the totals."""


class MissCount(LineWidget):
    """All that is left of the dashboard where there is room for a line."""

    def build(self, width: int, height: int) -> list[Strip]:
        snapshot = self.snapshot
        if snapshot is None:
            return []
        share = percent(snapshot.missed, snapshot.known)
        line = Line(width, self.base_style, self.symbols.ellipsis).skip(1)
        line.add("missed ", self.palette("muted"))
        line.add(
            short(snapshot.missed), self.palette("miss" if snapshot.missed else "ok", bold=True)
        )
        return [line.add(f" of {short(snapshot.known)}, {share} %").end()]


class DashboardScreen(ViewScreen):
    """Backends, streams, policies, the last 200 ms, events, and the selected stream."""

    VIEW = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]

    def __init__(self, monitor: Monitor, governor: FrameGovernor) -> None:
        super().__init__(monitor, governor)
        self._run = 0
        self._is_moved = False

    def compose_view(self) -> ComposeResult:
        yield MissCount()
        yield Horizontal(id="tiles")
        yield BackendMeters()
        yield PolicyStrip()
        with Horizontal(id="middle"):
            yield StreamTable()
            yield PolicyList()
        yield MiniGantt()
        with Horizontal(id="lower"):
            yield EventLog()
            with Vertical(id="selected"):
                yield MissDetail()
                yield DialoguePane()

    def on_mount(self) -> None:
        mode = self.monitor.mode
        self.table.hint = hint(mode, "sort", "add_stream", "stop_stream")
        policy_keys = hint(mode, "swap_policy", "pick_policy", "previous_policy")
        self.query_one(PolicyList).hint = policy_keys
        self.log_box.hint = hint(mode, *INCIDENT_KEYS)
        self.query_one(MissDetail).hint = hint(mode, "copy")
        for box in self.query(FramedWidget):
            # Only a box that can have the focus can be zoomed.
            box.can_focus = box.ZOOMS

    @property
    def table(self) -> StreamTable:
        """The streams."""
        return self.query_one(StreamTable)

    @property
    def log_box(self) -> EventLog:
        """The events."""
        return self.query_one(EventLog)

    @property
    def main_box(self) -> StreamTable:
        return self.table

    @property
    def selected_stream(self) -> StreamView | None:
        """The stream on which the cursor stands; None when the filter hides it."""
        chosen = self.table.selected
        return next((each for each in self.table.shown_streams if each.index == chosen), None)

    # --- drawing -----------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._match_lanes(len(self.query_one("#tiles").children))
        self.call_after_refresh(self.redraw)

    def prepare(self, snapshot: Snapshot) -> None:
        self._match_backends(len(snapshot.backends))
        self._match_meters(len(snapshot.backends))
        self._match_rows(snapshot)
        self.set_class(self._is_silent(snapshot), "-no-llm")
        self._match_cursor(snapshot)
        self.table.filter_text = self.monitor.filter_text
        self.log_box.filter_text = self.monitor.filter_text
        self.query_one(MissDetail).selected = self.table.selected
        self.query_one(DialoguePane).selected = self.table.selected
        what_if = self.monitor.what_if
        self.query_one(PolicyList).what_if = what_if
        strip = self.query_one(PolicyStrip)
        strip.what_if = what_if
        strip.set_class(what_if is not None, "-asked")

    def _match_backends(self, count: int) -> None:
        """As many tiles as the profile has backends."""
        tiles = self.query_one("#tiles")
        have = len(tiles.children)
        if have == count:
            return
        for tile in tiles.children[count:]:
            tile.remove()
        added = [BackendTile(number) for number in range(have, count)]
        for tile in added:
            tile.can_focus = True
        tiles.mount_all(added)
        self._match_lanes(count)
        self.call_after_refresh(self.redraw)

    def _match_lanes(self, count: int) -> None:
        """A lane per backend, as long as the events keep some room."""
        most = max(FEW_LANES, self.size.height // MANY)
        self.query_one(MiniGantt).lanes = min(count, most)

    def _match_meters(self, count: int) -> None:
        """A row per backend, or several to a row where the streams need the room."""
        meters = self.query_one(BackendMeters)
        width, height = self.size
        self.set_class(width < count * TILE, "-crowded")
        few = height < LOW or count > height // MANY
        wanted = Scalar.from_number(meters.rows_for(count, width, few=few))
        if meters.styles.inline.height != wanted:
            meters.styles.height = wanted

    def _match_rows(self, snapshot: Snapshot) -> None:
        """No empty rows in the table while the events could use them."""
        rows = len(snapshot.streams) + TABLE_FRAME
        if self.query_one(PolicyList).display:
            rows = max(rows, len(snapshot.policies) + POLICY_FRAME)
        middle = self.query_one("#middle")
        shares = self.query_one("#lower").display and not self.has_class("-layout-streams")
        wanted = Scalar.from_number(rows) if shares else None
        if middle.styles.inline.height != wanted:
            middle.styles.height = wanted

    def _is_silent(self, snapshot: Snapshot) -> bool:
        """Whether there are streams, none of them with a language model, and room is needed."""
        speaks = any(each.tokens_per_s is not None for each in snapshot.streams)
        return bool(snapshot.streams) and not speaks and not self.has_class("-layout-dialogue")

    def _match_cursor(self, snapshot: Snapshot) -> None:
        """A new run starts at the top; until somebody moves it, the cursor goes to who missed."""
        if snapshot.run != self._run:
            self._run, self._is_moved = snapshot.run, False
            self.table.selected = 0
        if not self._is_moved:
            missed = [each.index for each in snapshot.streams if each.last_miss is not None]
            if missed and self.table.selected not in missed:
                self.table.selected = missed[0]

    @on(StreamTable.Selected)
    def _show_selected(self) -> None:
        self._is_moved = True
        self.redraw()

    @on(PolicyList.Picked)
    @on(PolicyStrip.Picked)
    async def _swap(self, event: PolicyList.Picked | PolicyStrip.Picked) -> None:
        if allowed("swap_policy", self.monitor.mode):
            await self.monitor.live.swap(event.name)

    # --- actions -----------------------------------------------------------------------------

    def _moved_box(self) -> StreamTable | EventLog:
        """What the arrows move: the log while it has the focus, else the streams."""
        return self.log_box if self.log_box.has_focus else self.table

    def action_line_up(self) -> None:
        self._moved_box().move(-1)

    def action_line_down(self) -> None:
        self._moved_box().move(1)

    def action_page_up(self) -> None:
        self._moved_box().move(-PAGE)

    def action_page_down(self) -> None:
        self._moved_box().move(PAGE)

    def action_first_line(self) -> None:
        self._moved_box().to_start()

    def action_last_line(self) -> None:
        self._moved_box().to_end()

    def action_focus_streams(self) -> None:
        self.table.focus()

    def action_sort(self) -> None:
        """Sort by the next of the keys that the table knows."""
        place = SORT_KEYS.index(self.table.sort_key) + 1
        self.table.sort_by(SORT_KEYS[place % len(SORT_KEYS)])

    def action_copy(self) -> None:
        """Put the selected stream, and why it missed last, on the clipboard (OSC 52)."""
        stream = self.selected_stream
        if stream is None:
            self.notify("no stream is selected", timeout=2, markup=False)
            return
        text = self.query_one(MissDetail).explanation or self.table.described(stream)
        self.app.copy_to_clipboard(text)
        self.notify(text, title="Copied", markup=False)

    def select_stream(self, index: int) -> None:
        if index >= 0:
            self._is_moved = True
            self.table.selected = index
            self.redraw()
