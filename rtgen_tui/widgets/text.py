"""Text that fits: cell widths, cutting, and rows built from styled pieces.

Names come from files that anybody may have written. ``clean`` makes them harmless: no control
characters (an escape sequence would be executed by the terminal), no marks or joiners whose width
terminals disagree about. Markup is never parsed here.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Self

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Piece = tuple[str, Style]
"""Text that is clean already, and its style."""

MAX_TEXT: Final = 500
"""Characters of one text that are looked at: a row is never wider."""

_WORDS: Final = re.compile(r"\s+|\S+\s*")
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MARKS: Final = frozenset({"Mn", "Me"})
_FLAGS_AND_SKINS: Final = (range(0x1F1E6, 0x1F200), range(0x1F3FB, 0x1F400))


@lru_cache(maxsize=4096)
def clean(text: str, unknown: str = "·") -> str:
    """The text without anything that could move the cursor, change colors or break alignment.

    Args:
        text: anything.
        unknown: what stands for a character that was taken out.
    """
    text = text[:MAX_TEXT]
    if text.isascii() and text.isprintable():
        return text
    return "".join(_safe(each, unknown) for each in unicodedata.normalize("NFC", text))


def _safe(character: str, unknown: str) -> str:
    category = unicodedata.category(character)
    if category in _MARKS:
        return ""
    if category in _UNSAFE or any(ord(character) in each for each in _FLAGS_AND_SKINS):
        return unknown
    return " " if category == "Zs" else character


def cells(text: str) -> int:
    """The width of a clean text in cells."""
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(maxsize=4096)
def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in at most ``width`` cells; what was cut off is marked."""
    if cells(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, room = [], width - 1
    for character in text:
        size = cells(character)
        if size > room:
            break
        kept.append(character)
        room -= size
    return "".join(kept) + ellipsis


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """The text in exactly ``width`` cells, left or right aligned."""
    text = cut(text, width, ellipsis)
    space = " " * (width - cells(text))
    return space + text if right else text + space


class Line:
    """One row under construction: styled pieces from left to right, cut at the row's width.

    Args:
        width: cells of the finished row.
        base: the style of unused cells.
        ellipsis: the mark of a cut.
    """

    __slots__ = ("_base", "_ellipsis", "_segments", "_width", "used")

    def __init__(self, width: int, base: Style, ellipsis: str = "…") -> None:
        self._width = width
        self._base = base
        self._ellipsis = ellipsis
        self._segments: list[Segment] = []
        self.used = 0

    @property
    def room(self) -> int:
        """Cells that are left."""
        return self._width - self.used

    def add(self, text: str, style: Style | None = None) -> Self:
        """Appends a text, cut where the row ends."""
        size = cells(text)
        if size > self._width - self.used:
            text = cut(text, self._width - self.used, self._ellipsis)
            size = cells(text)
        if text:
            style = style or self._base
            if self._segments and self._segments[-1].style is style:
                text = self._segments.pop().text + text
            self._segments.append(Segment(text, style))
            self.used += size
        return self

    def add_all(self, pieces: "list[Piece]") -> Self:
        """Appends several pieces."""
        for text, style in pieces:
            self.add(text, style)
        return self

    def skip(self, count: int) -> Self:
        """Leaves cells empty."""
        return self.add(" " * max(0, min(count, self.room)))

    def end(self) -> Strip:
        """The finished row, filled up to its width."""
        self.skip(self.room)
        return Strip(self._segments, self._width)


def width_of(pieces: list[Piece]) -> int:
    """Cells of several pieces."""
    return sum(cells(text) for text, _ in pieces)


def wrap(phrases: list[list[Piece]], width: int, joint: Piece) -> list[list[Piece]]:
    """Breaks phrases into rows; one that fits into no row is broken between words.

    Args:
        phrases: each a list of pieces that belong together.
        width: cells of a row.
        joint: the piece between two phrases of one row.
    """
    rows: list[list[Piece]] = []
    row: list[Piece] = []
    for phrase in phrases:
        if row and width_of(row) + cells(joint[0]) + width_of(phrase) <= width:
            row = [*row, joint, *phrase]
            continue
        if row:
            rows.append(row)
        *full, row = _break(phrase, width)
        rows += full
    return [*rows, row] if row else rows


def _break(phrase: list[Piece], width: int) -> list[list[Piece]]:
    """One phrase in rows, at least one; a word that is too long is left for the row to cut."""
    if width_of(phrase) <= width:
        return [phrase]
    rows: list[list[Piece]] = [[]]
    used = 0
    for text, style in phrase:
        for word in _WORDS.findall(text):
            size = cells(word)
            if used and used + cells(word.rstrip()) > width:
                rows.append([])
                used = 0
            rows[-1].append((word, style))
            used += size
    return rows
