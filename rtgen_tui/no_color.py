"""No color at all: what NO_COLOR asks for.

Textual's own filter asks for the terminal's default colors in each piece of text, which are color
codes too: they undo what a terminal was told before, and cost 6 bytes each time.
"""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter, NoColor


class Colorless(LineFilter):
    """Takes all colors away, and leaves bold, dim and reverse video."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments of a line without their colors; ``background`` is that of the line."""
        return [
            Segment(text, None if style is None else style.without_color, control)
            for text, style, control in segments
        ]


def colorless(filters: list[LineFilter]) -> list[LineFilter]:
    """Filters of an application, with ours in place of Textual's."""
    return [Colorless() if isinstance(each, NoColor) else each for each in filters]
