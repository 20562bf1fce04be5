"""Why a policy failed: its error and the last lines of its own traceback."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.symbols import keys_in
from rtgen_tui.widgets.numbers import clock
from rtgen_tui.widgets.text import clean

SHARE: Final = 0.9
"""How much of a screen a dialog may take, as the style sheet has it."""
EDGES: Final = 2
MOST: Final = 30
"""Lines at most."""
NOTHING: Final = "No policy has failed in this run."


class FailureScreen(ModalScreen[None]):
    """Shows the whole text of one line of the log."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,enter,q,E", "leave", "Leave"),
        ("y", "copy", "Copy"),
        ("up,k", "scroll(-1)", "Up"),
        ("down,j", "scroll(1)", "Down"),
    ]

    def __init__(self, line: LogLine) -> None:
        super().__init__()
        self._line = line

    def on_resize(self) -> None:
        """No line lies below the edge."""
        room = int(self.size.height * SHARE) - EDGES
        self.query_one(VerticalScroll).styles.max_height = max(1, min(MOST, room))

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog failure") as box:
            box.border_title = Content(f"Error at {clock(self._line.t_ns, 3, hours=False)}")
            box.border_subtitle = Content(keys_in(self.app, "↑↓ scroll  y copy  esc leave"))
            with VerticalScroll(can_focus=False):
                yield Static(Content("\n".join(map(clean, self._line.text.splitlines()))))

    def action_leave(self) -> None:
        """Close."""
        self.dismiss()

    def action_copy(self) -> None:
        """Put the text on the clipboard (OSC 52)."""
        self.app.copy_to_clipboard(self._line.text)
        self.notify("copied", timeout=2, markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by this many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def failure(snapshot: Snapshot | None, marked: int) -> LogLine | None:
    """The error line that is pointed at, else the newest one that tells more than a sentence."""
    lines = snapshot.log if snapshot is not None else ()
    errors = [line for line in lines if line.kind == "error"]
    pointed_at = next((line for line in errors if line.seq == marked), None)
    traced = [line for line in errors if "\n" in line.text]
    return pointed_at or next(reversed(traced or errors), None)
