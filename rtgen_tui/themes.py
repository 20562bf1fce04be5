"""Five color themes and the variables that the widgets draw with.

Calm is the aim: one dark and one light theme of even lightness (the hues of the streams were taken
around the OKLCH circle at one lightness and chroma, so that none shouts), one for color-blind eyes
and one with the most contrast; the fifth takes the terminal's own palette. Status never depends on
color alone: a glyph and a word stand beside it.
"""

from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

STREAM_HUES: Final = 8
"""How many colors streams take turns in."""

DEFAULT_THEME: Final = "rtgen-dark"


def _streams(*colors: str) -> dict[str, str]:
    return {f"stream-{number}": color for number, color in enumerate(colors, 1)}


_DARK: Final = Theme(
    name="rtgen-dark",
    primary="#7fb6ee",
    secondary="#5dd2bd",
    accent="#85bcf5",
    warning="#e8be62",
    error="#ed7473",
    success="#82cb92",
    foreground="#ccd1d9",
    background="#101318",
    surface="#14181e",
    panel="#1b2028",
    dark=True,
    variables={
        "cpu": "#76b5e9",
        "gpu": "#b99ee9",
        "npu": "#5dd2bd",
        "ok": "#82cb92",
        "late": "#e8be62",
        "miss": "#ed7473",
        **_streams(
            *("#7fb6ee", "#7bc495", "#d6a866", "#ce9cd9", "#57c5c5", "#e99a86", "#b5b76a"),
            "#aaa8ee",
        ),
    },
)

_LIGHT: Final = Theme(
    name="rtgen-light",
    primary="#2266a4",
    secondary="#007b6b",
    accent="#2266a4",
    warning="#9a6500",
    error="#be222a",
    success="#137738",
    foreground="#232933",
    background="#fbfaf7",
    surface="#f6f4f0",
    panel="#eceae5",
    dark=False,
    variables={
        "cpu": "#0068a7",
        "gpu": "#6b46a0",
        "npu": "#007b6b",
        "ok": "#137738",
        "late": "#9a6500",
        "miss": "#be222a",
        **_streams(
            *("#2266a4", "#0b7643", "#8a5700", "#814a8d", "#007778", "#9b4630", "#686800"),
            "#5d57a4",
        ),
    },
)

# Okabe and Ito, "Color Universal Design" (https://jfly.uni-koeln.de/color/): eight colors that
# people with protan, deutan and tritan vision tell apart. On this dark ground gray stands for their
# black, and their blue is lighter.
_OKABE: Final = Theme(
    name="rtgen-okabe",
    primary="#56b4e9",
    secondary="#009e73",
    accent="#56b4e9",
    warning="#e69f00",
    error="#d55e00",
    success="#009e73",
    foreground="#d8d8d8",
    background="#111316",
    surface="#15181c",
    panel="#1d2126",
    dark=True,
    variables={
        "cpu": "#56b4e9",
        "gpu": "#cc79a7",
        "npu": "#009e73",
        "ok": "#56b4e9",
        "late": "#f0e442",
        "miss": "#d55e00",
        **_streams(
            *("#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#b8b8b8", "#d55e00"),
            "#5a8fd6",
        ),
    },
)

_CONTRAST: Final = Theme(
    name="rtgen-contrast",
    primary="#66ccff",
    secondary="#33ffcc",
    accent="#ffff66",
    warning="#ffd700",
    error="#ff6b6b",
    success="#5cff7a",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables={
        "cpu": "#66ccff",
        "gpu": "#e0a0ff",
        "npu": "#33ffcc",
        "ok": "#5cff7a",
        "late": "#ffd700",
        "miss": "#ff6b6b",
        "frame": "#9a9a9a",
        "muted": "#d0d0d0",
        "faint": "#8a8a8a",
        **_streams(
            *("#66ccff", "#5cff7a", "#ffd700", "#e0a0ff", "#33ffcc", "#ffa07a", "#e6ff66"),
            "#b3b3ff",
        ),
    },
)

# The user's terminal decides what these names look like, dark or light.
_TERMINAL: Final = Theme(
    name="rtgen-terminal",
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_blue",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    ansi=True,
    variables={
        **BUILTIN_THEMES["ansi-dark"].variables,
        "cpu": "ansi_blue",
        "gpu": "ansi_magenta",
        "npu": "ansi_cyan",
        "ok": "ansi_green",
        "late": "ansi_yellow",
        "miss": "ansi_red",
        **_streams(
            *("ansi_blue", "ansi_green", "ansi_yellow", "ansi_magenta", "ansi_cyan"),
            *("ansi_bright_red", "ansi_bright_green", "ansi_bright_blue"),
        ),
    },
)

OWN_COLORS: Final = (_DARK, _LIGHT, _OKABE, _CONTRAST)
"""Those whose colors are ours to answer for."""

THEMES: Final = (*OWN_COLORS, _TERMINAL)
"""In the order in which a user steps through them."""


def variable_defaults() -> dict[str, str]:
    """Our variables, for themes that do not set them (``App.get_theme_variable_defaults``)."""
    return dict(_DARK.variables)
