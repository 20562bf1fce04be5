"""Colors that can be read."""

from itertools import pairwise

import pytest
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from rtgen_tui.themes import DEFAULT_THEME, STREAM_HUES, THEMES, variable_defaults
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


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("name", [*NAMES, *STREAMS])
def test_every_color_is_readable_as_text(theme: Theme, name: str) -> None:
    """On the background of its theme."""
    assert contrast(palette_of(theme)(name)) >= READABLE


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_labels_on_blocks_and_the_cursor_are_readable(theme: Theme) -> None:
    """The Gantt chart writes on tinted blocks, the table on the cursor's band."""
    palette = palette_of(theme)

    assert all(contrast(palette.block(name)) >= READABLE for name in STREAMS)
    assert contrast(palette("text", on="cursor")) >= READABLE
    assert contrast(palette("muted", on="bar")) >= 4
    assert contrast(palette("faint")) >= 3


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
    assert app.current_theme.name == "rtgen-contrast"
