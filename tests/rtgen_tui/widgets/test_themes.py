"""Colors that can be read."""

import math
from itertools import combinations, pairwise

import pytest
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from rtgen_tui.themes import DEFAULT_THEME, OWN_COLORS, STREAM_HUES, THEMES, variable_defaults
from rtgen_tui.widgets.palette import Palette, stream_color

READABLE = 4.5
"""Contrast of text that WCAG 2 asks for at level AA."""
NAMES = ("text", "muted", "accent", "ok", "late", "miss", "cpu", "gpu", "npu")
STREAMS = tuple(stream_color(number) for number in range(STREAM_HUES))


def palette_of(theme: Theme, *, no_color: bool = False) -> Palette:
    """The palette over the background of a theme."""
    variables = {**theme.to_color_system().generate(), **theme.variables}
    return Palette(variables, Color.parse(variables["background"]), no_color=no_color)


def luminance(style: Style, *, background: bool = False) -> float:
    """Relative luminance as WCAG 2 defines it."""
    color = style.bgcolor if background else style.color
    assert color is not None
    channels = [each / 255 for each in color.get_truecolor()]
    red, green, blue = (
        each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(style: Style) -> float:
    """Contrast of a style's text on its own background."""
    low, high = sorted((luminance(style), luminance(style, background=True)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", OWN_COLORS, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", [*NAMES, *STREAMS])
def test_every_color_is_readable_as_text(theme: Theme, name: str) -> None:
    """On the background of its theme."""
    assert contrast(palette_of(theme)(name)) >= READABLE


@pytest.mark.parametrize("theme", OWN_COLORS, ids=lambda theme: theme.name)
def test_labels_on_blocks_and_the_cursor_are_readable(theme: Theme) -> None:
    """The Gantt chart writes on tinted blocks, the table on the cursor's band."""
    palette = palette_of(theme)

    assert all(contrast(palette.block(name)) >= READABLE for name in STREAMS)
    assert contrast(palette("text", on="cursor")) >= READABLE
    assert contrast(palette("muted", on="bar")) >= 4
    assert contrast(palette("faint")) >= 3


Matrix = tuple[tuple[float, float, float], ...]

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency" (2009), severity 1.0, on linear RGB.
VISION: dict[str, Matrix] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
# Ottosson, "A perceptual color space for image processing" (2020).
TO_CONES: Matrix = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_OKLAB: Matrix = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
TOLD_APART = 0.2
"""Distance in Oklab, where 1 lies between black and white and about 0.02 can just be seen."""


def _times(matrix: Matrix, vector: list[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def seen(color: str, vision: str) -> list[float]:
    """A color in Oklab, as eyes of this kind see it."""
    channels = [each / 255 for each in Color.parse(color).rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    shown = [min(1.0, max(0.0, each)) for each in _times(VISION[vision], linear)]
    return _times(TO_OKLAB, [math.cbrt(each) for each in _times(TO_CONES, shown)])


@pytest.mark.parametrize("vision", VISION)
def test_all_eyes_tell_the_status_colors_of_rtgen_okabe_apart(vision: str) -> None:
    """Met, late and missed differ clearly, beside the glyph and the word that each has."""
    theme = next(each for each in THEMES if each.name == "rtgen-okabe")
    colors = [seen(theme.variables[name], vision) for name in ("ok", "late", "miss")]

    assert min(math.dist(a, b) for a, b in combinations(colors, 2)) >= TOLD_APART


def test_the_simulated_eyes_are_those_of_the_literature() -> None:
    """Red and green of equal lightness lie close for deuteranopia, and far apart else."""
    red, green = "#b05050", "#6b7f2c"
    apart = {each: math.dist(seen(red, each), seen(green, each)) for each in VISION}

    assert apart["deuteranopia"] < 0.5 * apart["normal"]
    assert apart["tritanopia"] > 0.5 * apart["normal"]
    assert math.dist(seen("#ffffff", "tritanopia"), seen("#ffffff", "normal")) < 0.001


def test_bands_in_the_palette_of_the_terminal_are_reversed() -> None:
    """What can be read on the terminal's ground can be read when it is reversed."""
    theme = next(each for each in THEMES if each.ansi)
    palette = palette_of(theme)

    for style in (palette("text", on="cursor"), palette.block("cpu"), palette.edge("", "cpu")):
        assert style.reverse
        assert style.bgcolor == Color.parse("ansi_default").rich_color
    assert not palette("miss").reverse


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_streams_have_eight_different_colors(theme: Theme) -> None:
    """After eight they begin anew."""
    palette = palette_of(theme)

    assert len({palette(name).color for name in STREAMS}) == STREAM_HUES
    assert stream_color(0) == stream_color(STREAM_HUES)


def test_every_theme_sets_every_variable_of_ours() -> None:
    """And Textual's own themes get them by default."""
    ours = variable_defaults().keys()

    assert all(theme.variables.keys() >= ours for theme in THEMES)
    assert DEFAULT_THEME in {theme.name for theme in THEMES}


@pytest.mark.parametrize("name", sorted(BUILTIN_THEMES))
def test_a_palette_can_be_made_of_any_theme(name: str) -> None:
    """Also of those that use the terminal's own colors."""
    theme = BUILTIN_THEMES[name]
    variables = {**variable_defaults(), **theme.to_color_system().generate(), **theme.variables}

    palette = Palette(variables, Color.parse(variables["background"]))

    for each in (*NAMES, *STREAMS, "faint", "frame", "grid"):
        assert palette(each).color is not None
        assert palette(each, on="cursor").bgcolor is not None
    assert palette.block("stream-1").color is not None


def test_styles_are_made_once() -> None:
    """Rows are compared by identity of their styles first."""
    palette = palette_of(THEMES[0])

    assert palette("miss", bold=True) is palette("miss", bold=True)
    assert palette.block("cpu") is palette.block("cpu")
    assert palette.edge("cpu", "") is palette.edge("cpu", "")


def test_without_color_the_cursor_is_reversed() -> None:
    """NO_COLOR takes the band away."""
    assert palette_of(THEMES[0], no_color=True)("text", on="cursor").reverse
    assert not palette_of(THEMES[0])("text", on="cursor").reverse


def test_a_fading_color_gets_darker_step_by_step() -> None:
    """The rows of a chart."""
    palette = palette_of(THEMES[0])
    shades = [luminance(palette("npu", amount=amount)) for amount in (0.9, 0.7, 0.5)]

    assert all(upper > lower for upper, lower in pairwise(shades))


def test_themes_are_accepted_by_an_app() -> None:
    """Under their names."""
    app: App[None] = App()
    for theme in THEMES:
        app.register_theme(theme)
        app.theme = theme.name
    assert app.current_theme.name == "rtgen-terminal"
