"""The base of all dashboard widgets: of prepared rows only those that changed are drawn again.

Textual renders a widget line by line (Line API). Drawing one dirty row costs about 0.1 ms,
comparing it costs a hundredth of that, so ``set_rows`` compares first. Sizes come from the layout
alone; showing new data never asks for a new layout.
"""

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from emulator.snapshot import Snapshot
from rtgen_tui.symbols import Symbols, plain, symbols_of
from rtgen_tui.widgets.palette import Palette
from rtgen_tui.widgets.text import clean, fit


class LineWidget(Widget):
    """Draws rows that subclasses build from a snapshot.

    Subclasses define ``build``, and call ``rebuild`` when more than the snapshot has changed.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS: ClassVar[str] = "LineWidget { width: 1fr; height: 1fr; }"

    snapshot: Snapshot | None = None
    """What is on screen."""

    _drawn: object = None
    _rows: Sequence[Strip] = ()
    _rows_size = Size(0, 0)
    """What the rows were built for."""
    _hidden = False
    _palette: Palette | None = None
    _palette_key: tuple[object, ...] = ()
    _palette_stale = True

    def show(self, snapshot: Snapshot) -> None:
        """Draws what differs from the snapshot before."""
        self.snapshot = snapshot
        drawn = (self.symbols.name, self.relevant(snapshot))
        if drawn != self._drawn:
            self._drawn = drawn
            self.rebuild()

    def relevant(self, snapshot: Snapshot) -> object:
        """What of a snapshot this widget draws; while it stays equal, nothing is built."""
        return snapshot

    def build(self, width: int, height: int) -> list[Strip]:
        """The rows for a size in cells, each ``width`` wide; fewer leave the rest blank."""
        raise NotImplementedError

    def rebuild(self) -> None:
        """Builds all rows again and refreshes those that differ, unless nobody can see them."""
        width, height = self.size
        if width > 0 and height > 0 and not self._hidden:
            self._rows_size = self.size
            self.set_rows(self.build(width, height))

    def set_rows(self, rows: Sequence[Strip]) -> None:
        """Replaces the rows and refreshes each run of rows that differ from those before."""
        before, self._rows = self._rows, rows
        count = min(self.size.height, max(len(before), len(self._rows)))
        dirty = [y for y in range(count) if _differs(_at(before, y), _at(self._rows, y))]
        if dirty:
            self.refresh(*_runs(dirty, self.size.width))

    def render_line(self, y: int) -> Strip:
        """One row, as Textual asks for it: of a new size before it tells of that by an event."""
        width = self.size.width
        if self._rows_size != self.size:
            self._rows_size = self.size
            self._rows = self.build(*self.size)
        if 0 <= y < len(self._rows):
            return self._rows[y].adjust_cell_length(width, self.base_style)
        return Strip.blank(width, self.base_style)

    @property
    def palette(self) -> Palette:
        """The styles of the active theme over this widget's background."""
        if self._palette is None or self._palette_stale:
            app = self.app
            background = self.background_colors[1]
            key = (dict(app.theme_variables), background, app.no_color)
            if self._palette is None or key != self._palette_key:
                self._palette = Palette(app.theme_variables, background, no_color=app.no_color)
                self._palette_key = key
            self._palette_stale = False
        return self._palette

    @property
    def base_style(self) -> Style:
        """The style of empty cells."""
        return self.palette("text")

    @property
    def symbols(self) -> Symbols:
        """The glyphs that the app has chosen."""
        return symbols_of(self.app)

    def clean(self, text: str) -> str:
        """A text from outside without anything that could harm the terminal or the alignment."""
        text = clean(text, self.symbols.unknown)
        return plain(text) if self.symbols.name == "ascii" else text

    def fit(self, text: str, width: int, *, right: bool = False) -> str:
        """A clean text in exactly so many cells."""
        return fit(text, width, right=right, ellipsis=self.symbols.ellipsis)

    def notify_style_update(self) -> None:
        """Takes up the colors of a new theme."""
        super().notify_style_update()
        self._palette_stale = True
        if self.is_mounted:
            self.call_later(self.rebuild)

    def on_resize(self) -> None:
        if self._rows_size != self.size:
            self.rebuild()

    def on_hide(self) -> None:
        self._hidden = True

    def on_show(self) -> None:
        self._hidden = False
        self.rebuild()


def _at(rows: Sequence[Strip], y: int) -> Strip | None:
    return rows[y] if y < len(rows) else None


def _differs(before: Strip | None, now: Strip | None) -> bool:
    return before is not now and before != now


def _runs(dirty: list[int], width: int) -> list[Region]:
    """Neighboring rows as one region each."""
    regions: list[Region] = []
    first = last = dirty[0]
    for y in [*dirty[1:], -1]:
        if y == last + 1:
            last = y
            continue
        regions.append(Region(0, first, width, last - first + 1))
        first = last = y
    return regions
