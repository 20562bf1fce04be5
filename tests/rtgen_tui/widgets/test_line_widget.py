"""Claims that hold for all widgets: what they refresh, and when they draw at all."""

import pytest
from rich.segment import Segment
from textual.strip import Strip

from rtgen_tui.symbols import ASCII, BLOCK
from rtgen_tui.themes import THEMES
from rtgen_tui.widgets.backends import BackendTile
from rtgen_tui.widgets.header import HeaderBar
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.streams import StreamTable
from tests.rtgen_tui.snapshots_for_tests import make_snapshot, make_streams
from tests.rtgen_tui.widgets.stage import Refreshes, Stage, all_widgets, picture, staged


@pytest.mark.parametrize("number", range(len(all_widgets())))
async def test_a_second_identical_snapshot_refreshes_no_row(number: int) -> None:
    """Showing the same data again costs nothing on the screen."""
    widget = all_widgets()[number]

    async with staged(widget, 100, 12, make_snapshot()):
        with Refreshes(widget) as refreshes:
            widget.show(make_snapshot())

        assert refreshes.rows == set()


async def test_only_the_row_of_the_stream_that_changed_is_refreshed() -> None:
    """A new p50 of the third stream redraws its row and no other."""
    table = StreamTable()
    streams = make_streams()

    async with staged(table, 100, 12, make_snapshot()):
        changed = (*streams[:2], streams[2]._replace(p50_ms=1.9), *streams[3:])
        with Refreshes(table) as refreshes:
            table.show(make_snapshot(streams=changed))

        assert refreshes.rows == {4}


async def test_a_chart_is_redrawn_when_a_bucket_ends_not_when_time_passes() -> None:
    """A tile refreshes nothing between two samples."""
    tile = BackendTile(0)

    async with staged(tile, 40, 9, make_snapshot()):
        with Refreshes(tile) as refreshes:
            tile.show(make_snapshot(t_ns=make_snapshot().t_ns + 90_000_000))
        assert refreshes.rows == set()

        first, *rest = make_snapshot().backends
        moved = first._replace(history=(*first.history[1:], 1.0))
        with Refreshes(tile) as refreshes:
            tile.show(make_snapshot(backends=(moved, *rest)))
        assert refreshes.rows
        assert refreshes.rows <= set(range(1, 8))


async def test_a_new_theme_changes_the_colors_and_not_the_text() -> None:
    """The rows are built again with the styles of the new theme."""
    widget = StreamTable()

    async with staged(widget, 80, 12, make_snapshot()) as pilot:
        before, text = widget.render_line(3), picture(widget)
        pilot.app.theme = THEMES[1].name
        await pilot.pause()
        await pilot.pause()

        assert widget.render_line(3) != before
        assert picture(widget) == text


async def test_a_hidden_widget_builds_nothing_until_it_is_seen_again() -> None:
    """Snapshots for a hidden widget are kept; the newest is drawn when it comes back."""
    widget, other = CountingBar(), HeaderBar()

    async with Stage(widget, other).run_test(size=(20, 4)) as pilot:
        await pilot.pause()
        widget.display = False
        await pilot.pause()
        built = widget.built
        widget.show(make_snapshot(seed=7))
        assert widget.built == built

        widget.display = True
        await pilot.pause()
        assert picture(widget) == ["seed 7"]


class CountingBar(LineWidget):
    """Shows the seed and counts how often it was built."""

    DEFAULT_CSS = "CountingBar { height: 1; }"
    built = 0

    def build(self, width: int, height: int) -> list[Strip]:  # noqa: D102  # of the base class
        self.built += 1
        text = f"seed {self.snapshot.seed}" if self.snapshot is not None else ""
        return [Strip([Segment(text, self.base_style)])]


async def test_other_glyphs_are_taken_up_with_the_next_snapshot() -> None:
    """The app may change its set of symbols at any time."""
    widget = StreamTable()

    async with staged(widget, 80, 12, make_snapshot(), BLOCK) as pilot:
        assert isinstance(pilot.app, Stage)
        pilot.app.symbols = ASCII
        widget.show(make_snapshot())

        assert "".join(picture(widget)).isascii()
