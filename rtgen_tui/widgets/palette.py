"""Names for colors on one background, as cached Rich styles.

Widgets ask for ``palette("miss", bold=True)`` instead of building styles: a ``Style`` costs far
more than a dictionary look-up, and rows are compared with the rows before, where identical style
objects compare at once.
"""

from collections.abc import Mapping
from typing import Final

from rich.style import Style
from textual.color import Color, ColorParseError

from rtgen_tui.themes import STREAM_HUES, variable_defaults

_MIXED: Final = {"muted": 0.66, "faint": 0.52, "frame": 0.24, "grid": 0.20}
"""Text colors that a theme need not set: so much foreground in the background."""

_ALIAS: Final = {"text": "foreground", "accent": "primary"}

_FILL: Final = 0.36
"""How much of a color is in a block of it."""

_FILLS: Final = {"strong": 0.85, "weak": 0.12}
"""The same for blocks that stand out, and for those that recede."""

_INK: Final = 0.6
"""How much of the text color is in the ink on a block of a color."""

_BAND: Final = {"cursor": ("primary", 0.20), "bar": ("foreground", 0.06)}
"""Backgrounds that a theme need not set: so much of a color in the background."""

_DEFAULTS: Final = {
    "foreground": "#ccd1d9",
    "background": "#101318",
    "primary": "#7fb6ee",
    **variable_defaults(),
}


class Palette:
    """The styles of one theme over one background color.

    Args:
        variables: the theme's variables (``App.theme_variables``).
        background: what lies under the widget.
        no_color: the user asked for no color (NO_COLOR); blocks and the cursor are then drawn in
            reverse video.
    """

    def __init__(
        self, variables: Mapping[str, str], background: Color, *, no_color: bool = False
    ) -> None:
        self.no_color = no_color
        self._variables = variables
        self._background = background
        self._colors: dict[tuple[str, float], Color] = {}
        self._styles: dict[tuple[str, str, bool, float, bool], Style] = {}

    def __call__(
        self,
        name: str = "text",
        *,
        on: str = "",
        bold: bool = False,
        amount: float = 1.0,
        reverse: bool = False,
    ) -> Style:
        """The style of a named color.

        Args:
            name: ``text``, ``muted``, ``faint``, ``frame``, ``grid``, ``accent`` or a variable of
                the theme.
            on: a background by name (``cursor``, ``bar``, ``block:<name>``), empty for the widget's
                own.
            bold: whether it is bold.
            amount: how much of the color is left, the rest is background.
            reverse: swap foreground and background (with NO_COLOR too).
        """
        key = (name, on, bold, amount, reverse)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._make(name, on, bold=bold, amount=amount)
            if reverse:
                style = self._styles[key] = style + Style(reverse=True)
        return style

    def stream(self, index: int, *, on: str = "", bold: bool = False) -> Style:
        """The style of a stream's own color."""
        return self(stream_color(index), on=on, bold=bold)

    def block(self, name: str, *, bold: bool = False, ink: str = "") -> Style:
        """Text on a block filled with a calm tint of a color, as in the Gantt chart."""
        return self(ink or f"ink:{name}", on=f"block:{name}", bold=bold, reverse=self.no_color)

    def edge(self, left: str, right: str) -> Style:
        """The style of a cell that two fillings share; an empty name is the background."""
        key = (left, right, False, -1.0, False)
        style = self._styles.get(key)
        if style is None:
            # The terminal's own background is no color to write with, but can be written on.
            is_hollow = not left and self._background.ansi is not None
            ink, ground = (right, left) if is_hollow else (left, right)
            style = Style(
                color=self.fill(ink).rich_color,
                bgcolor=self.fill(ground).rich_color,
                reverse=True if is_hollow else None,
            )
            self._styles[key] = style
        return style

    def fill(self, name: str) -> Color:
        """The color that fills a block of this name, or the background for an empty name.

        ``strong:<name>`` stands out among blocks, ``weak:<name>`` recedes.
        """
        strength, _, color = name.rpartition(":")
        return self._mixed(color, _FILLS.get(strength, _FILL)) if name else self._background

    def _make(self, name: str, on: str, *, bold: bool, amount: float) -> Style:
        if self._background.ansi is not None and on and on != "bar":
            return self._reversed(on, bold=bold)
        color = self._mixed(name, amount)
        ansi = color.ansi is not None
        return Style(
            color=color.rich_color,
            bgcolor=self._band(on).rich_color,
            bold=bold or None,
            dim=True if ansi and (amount < 1 or name in _MIXED) else None,
            reverse=True if on == "cursor" and self.no_color else None,
        )

    def _reversed(self, on: str, *, bold: bool) -> Style:
        """A band in the terminal's palette: a color that can be read on its ground, reversed."""
        color = self.fill(on.removeprefix("block:")) if on != "cursor" else self._named("text")
        ground = self._background.rich_color
        return Style(color=color.rich_color, bgcolor=ground, bold=bold or None, reverse=True)

    def _band(self, on: str) -> Color:
        if on.startswith("block:"):
            return self.fill(on.removeprefix("block:"))
        if on in _BAND:
            name, amount = _BAND[on]
            return self._mixed(name, amount)
        return self._background

    def _mixed(self, name: str, amount: float) -> Color:
        """So much of a color over the background."""
        key = (name, amount)
        color = self._colors.get(key)
        if color is None:
            color = self._colors[key] = self._background.blend(self._named(name), amount, alpha=1.0)
        return color

    def _named(self, name: str) -> Color:
        if name.startswith("ink:"):
            color = name.rpartition(":")[2]
            if name.startswith("ink:strong:"):
                return self._named("background")
            return self._named(color).blend(self._named("text"), _INK)
        if name in _MIXED and name not in self._variables:
            return self._mixed("text", _MIXED[name])
        known = _ALIAS.get(name, name)
        for value in (self._variables.get(known, ""), _DEFAULTS.get(known, "")):
            try:
                return Color.parse(value)
            except ColorParseError:
                continue
        return Color.parse(_DEFAULTS["foreground"])


def stream_color(index: int) -> str:
    """The variable that holds the color of a stream."""
    return f"stream-{index % STREAM_HUES + 1}"
