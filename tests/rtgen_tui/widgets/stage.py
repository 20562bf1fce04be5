"""A stage for one widget: an app of a given size that shows nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self

from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from emulator.snapshot import Snapshot
from rtgen_tui.symbols import BLOCK, Symbols
from rtgen_tui.themes import DEFAULT_THEME, THEMES, variable_defaults
from rtgen_tui.widgets.backends import BackendMeters, BackendTile
from rtgen_tui.widgets.dialogue import DialoguePane
from rtgen_tui.widgets.gantt import MiniGantt
from rtgen_tui.widgets.header import HeaderBar
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.miss import MissDetail
from rtgen_tui.widgets.policies import PolicyList
from rtgen_tui.widgets.streams import StreamTable


class Stage(App[None]):
    """Shows widgets below each other, each filling its part of the screen."""

    def __init__(
        self, *widgets: LineWidget, symbols: Symbols = BLOCK, theme: str = DEFAULT_THEME
    ) -> None:
        super().__init__()
        self.symbols = symbols
        self._widgets = widgets
        self._first_theme = theme
        for each in THEMES:
            self.register_theme(each)

    def get_theme_variable_defaults(self) -> dict[str, str]:  # noqa: D102  # Textual's
        return variable_defaults()

    def compose(self) -> ComposeResult:  # noqa: D102  # Textual's
        yield from self._widgets

    def on_mount(self) -> None:  # noqa: D102  # Textual's
        self.theme = self._first_theme


@asynccontextmanager
async def staged(
    widget: LineWidget,
    width: int,
    height: int,
    snapshot: Snapshot | None = None,
    symbols: Symbols = BLOCK,
) -> AsyncIterator[Pilot[None]]:
    """The widget alone on a screen, with a snapshot already shown."""
    async with Stage(widget, symbols=symbols).run_test(size=(width, height)) as pilot:
        await pilot.pause()
        if snapshot is not None:
            widget.show(snapshot)
        yield pilot


def picture(widget: LineWidget) -> list[str]:
    """The text of all rows, without blanks at their ends."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def drawn(
    widget: LineWidget, width: int, height: int, snapshot: Snapshot, symbols: Symbols = BLOCK
) -> list[str]:
    """What a widget of this size draws of a snapshot."""
    async with staged(widget, width, height, snapshot, symbols):
        return picture(widget)


class Refreshes:
    """Counts the rows that a widget asks to draw again."""

    def __init__(self, widget: LineWidget) -> None:
        self.rows: set[int] = set()
        self._widget = widget
        self._width = widget.size.width

    def __enter__(self) -> Self:
        self._widget.refresh = self._refresh  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        del self._widget.refresh

    def _refresh(self, *regions: Region, **flags: object) -> None:
        assert regions, "a whole widget was refreshed"
        assert not flags.get("layout"), "a layout was requested"
        for region in regions:
            assert (region.x, region.width) == (0, self._width)
            self.rows.update(range(region.y, region.bottom))


def all_widgets() -> tuple[LineWidget, ...]:
    """One of each kind."""
    return (
        HeaderBar(),
        BackendTile(0),
        BackendMeters(),
        StreamTable(),
        PolicyList(),
        MiniGantt(),
        EventLog(),
        MissDetail(),
        DialoguePane(),
    )


WIDGET_COUNT: Final = len(all_widgets())
