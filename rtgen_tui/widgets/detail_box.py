"""The base of the boxes of a stream's detail."""

from emulator.serving.detail import DetailView
from emulator.snapshot import Snapshot
from rtgen_tui.widgets.frame import FramedWidget


class DetailBox(FramedWidget, can_focus=True):
    """Draws something of the newest jobs of one stream."""

    def __init__(self) -> None:
        super().__init__()
        self.view: DetailView | None = None

    def relevant(self, snapshot: Snapshot) -> object:
        return snapshot.run, [(each.name, each.kind) for each in snapshot.backends]

    def show_view(self, view: DetailView | None) -> None:
        """Draw what the core has told."""
        if view is not self.view:
            self.view = view
            self.rebuild()
