"""A box with figures in its edges.

The frame is drawn as rows like the rest, not by CSS: a CSS border title is parsed as markup (names
would be), redraws the whole widget at each change and has room for one text. So framed widgets must
not be given a ``border`` in a style sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style
from textual.reactive import var
from textual.strip import Strip

from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.text import Line, Piece, cells, cut, width_of

Row = list[Piece]

_Frame = tuple[int, int, str, Style]
"""Width, height, glyphs and style of a frame."""
_Key = tuple[_Frame, tuple[Row, Row | None]]
"""What a framed row is made of: equal keys give equal strips."""


@dataclass(slots=True)
class Box:
    """What stands in a frame: rows of its inner width, and phrases in its four corners."""

    rows: list[Row]
    title: Row = field(default_factory=list)
    value: Row = field(default_factory=list)
    """In the upper edge, right; the last to go when it gets narrow."""
    foot: Row = field(default_factory=list)
    foot_value: Row = field(default_factory=list)
    """In the lower edge, right; takes the place of the hint."""


class FramedWidget(LineWidget):
    """A widget in a box; subclasses define ``box``. Below 8 x 3 cells the frame is left out."""

    MIN_WIDTH = 8
    MIN_HEIGHT = 3
    ZOOMS = True
    """Whether it gains anything from the whole screen."""

    _made: Sequence[tuple[_Key, Strip]] = ()

    hint: var[str] = var("", init=False)
    """Keys that work here, written into the lower edge."""

    def box(self, width: int, height: int) -> Box:
        """The contents for an inner size in cells."""
        raise NotImplementedError

    def build(self, width: int, height: int) -> list[Strip]:
        """The framed rows."""
        if not self.is_framed(width, height):
            rows = self.box(width, height).rows[:height]
            mark = self.symbols.ellipsis
            return [Line(width, self.base_style, mark).add_all(row).end() for row in rows]
        box = self.box(width - 4, height - 2)
        blank: list[Row] = [[]] * (height - 2 - len(box.rows))
        hint: Row = [(self.clean(self.hint), self.palette("muted"))] if self.hint else []
        contents = [
            (box.title, box.value),
            *((row, None) for row in box.rows[: height - 2]),
            *((row, None) for row in blank),
            (box.foot, box.foot_value or hint),
        ]
        frame = (width, height, self.symbols.frame, self._edge_style())
        made: list[tuple[_Key, Strip]] = []
        for y, content in enumerate(contents):
            key = (frame, content)
            old = self._made[y] if y < len(self._made) else None
            made.append(old if old is not None and old[0] == key else (key, self._strip(y, key)))
        self._made = made
        return [strip for _, strip in made]

    def _strip(self, y: int, key: _Key) -> Strip:
        """One framed row: an edge at the top and the bottom, contents between."""
        (width, height, corners, style), (left, right) = key
        if y in {0, height - 1}:
            first = 0 if y == 0 else 2
            return self._edge(width, corners[first], corners[first + 1], left, right or [])
        side = corners[5]
        line = Line(width - 4, self.base_style, self.symbols.ellipsis).add_all(left)
        return Strip([Segment(f"{side} ", style), *line.end(), Segment(f" {side}", style)], width)

    def is_framed(self, width: int, height: int) -> bool:
        """Whether there is room for a frame."""
        return width >= self.MIN_WIDTH and height >= self.MIN_HEIGHT

    def body_row(self, y: int) -> int:
        """The row of the contents at a row of the widget, as a mouse event gives it."""
        return y - 1 if self.is_framed(*self.size) else y

    def watch_hint(self) -> None:
        self.rebuild()

    def on_focus(self) -> None:
        self.rebuild()

    def on_blur(self) -> None:
        self.rebuild()

    def _edge_style(self) -> Style:
        return self.palette("accent", amount=0.6) if self.has_focus else self.palette("frame")

    def _edge(self, width: int, first: str, last: str, left: Row, right: Row) -> Strip:
        """``╭─ left ── right ─╮``; the left phrase is cut, then left out, before the right one."""
        rule = self.symbols.frame[4]
        style = self._edge_style()
        room = width - 4
        right_size = width_of(right) + 2 if right else 0
        if right_size > room:
            right, right_size = [], 0
        line = Line(width, style, self.symbols.ellipsis)
        line.add(first + rule)
        left_size = width_of(left)
        left_room = room - right_size - 2
        if left and left_room >= min(left_size, 3):
            line.add(" ", style)
            self._add_cut(line, left, left_room)
            line.add(" ", style)
        line.add(rule * (width - 2 - right_size - line.used))
        if right:
            line.add(" ").add_all(right).add(" ")
        return line.add(rule * (width - 1 - line.used) + last).end()

    def _add_cut(self, line: Line, pieces: Row, room: int) -> None:
        for text, style in pieces:
            shown = cut(text, room, self.symbols.ellipsis)
            line.add(shown, style)
            room -= cells(shown)
            if shown != text:
                return
