"""The event log on the whole screen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from emulator.snapshot import Snapshot
from rtgen_tui.actions import bindings, hint
from rtgen_tui.screens.view import INCIDENT_KEYS, ViewScreen
from rtgen_tui.widgets.log import EventLog


class EventsScreen(ViewScreen):
    """Every event that the screen has seen, filtered by the text of the filter row."""

    VIEW = "events"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]

    def compose_view(self) -> ComposeResult:
        yield EventLog()

    def on_mount(self) -> None:
        self.main_box.hint = hint(self.monitor.mode, *INCIDENT_KEYS, "last_line")

    @property
    def main_box(self) -> EventLog:
        return self.query_one(EventLog)

    def prepare(self, snapshot: Snapshot) -> None:
        self.main_box.filter_text = self.monitor.filter_text

    def action_line_up(self) -> None:
        self.main_box.move(-1)

    def action_line_down(self) -> None:
        self.main_box.move(1)

    def action_page_up(self) -> None:
        self.main_box.page(-1)

    def action_page_down(self) -> None:
        self.main_box.page(1)

    def action_first_line(self) -> None:
        self.main_box.to_start()

    def action_last_line(self) -> None:
        self.main_box.to_end()

    def action_copy(self) -> None:
        """Put the line that is pointed at on the clipboard (OSC 52)."""
        chosen = [line for line in self.main_box.lines if line.seq == self.main_box.marked]
        if chosen:
            self.app.copy_to_clipboard(chosen[0].text)
            self.notify(chosen[0].text, title="Copied", markup=False)
        else:
            self.notify("n and N point at a line to copy", timeout=2, markup=False)
