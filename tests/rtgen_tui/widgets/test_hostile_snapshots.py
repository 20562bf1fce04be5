"""Whatever a core sends, at whatever size: the picture stays within its cells and harmless."""

import unicodedata

import pytest
from rich.cells import cell_len

from emulator.snapshot import Snapshot
from rtgen_tui.symbols import SYMBOL_SETS
from tests.rtgen_tui.snapshots_for_tests import (
    HOSTILE_NAME,
    empty_snapshot,
    hostile_snapshot,
    make_snapshot,
)
from tests.rtgen_tui.widgets.stage import Stage, all_widgets, staged

SIZES = ((1, 1), (2, 2), (7, 3), (9, 4), (23, 5), (80, 3), (80, 24), (200, 50))
SNAPSHOTS = {
    "none": None,
    "usual": make_snapshot(),
    "empty": empty_snapshot(),
    "hostile": hostile_snapshot(),
}


@pytest.mark.parametrize("symbols", sorted(SYMBOL_SETS))
@pytest.mark.parametrize("kind", sorted(SNAPSHOTS))
async def test_every_row_fills_exactly_its_width(kind: str, symbols: str) -> None:
    """At any size, no row is too long, too short, or holds a character that moves the cursor."""
    widgets = all_widgets()
    snapshot: Snapshot | None = SNAPSHOTS[kind]

    async with Stage(*widgets, symbols=SYMBOL_SETS[symbols]).run_test(size=(100, 60)) as pilot:
        await pilot.pause()
        for widget in widgets:
            if snapshot is not None:
                widget.show(snapshot)
            for width, height in SIZES:
                rows = widget.build(width, height)
                assert len(rows) <= height
                for row in rows:
                    assert cell_len(row.text) == row.cell_length == width
                    assert all(unicodedata.category(each)[0] != "C" for each in row.text)


@pytest.mark.parametrize("kind", ["none", "hostile"])
async def test_a_terminal_of_one_cell_is_drawn(kind: str) -> None:
    """No size is refused, and growing from it works."""
    for widget in all_widgets():
        async with staged(widget, 1, 1, SNAPSHOTS[kind]) as pilot:
            assert cell_len(widget.render_line(0).text) == 1
            await pilot.resize_terminal(40, 10)
            await pilot.pause()
            assert cell_len(widget.render_line(0).text) == 40


@pytest.mark.parametrize("kind", ["usual", "hostile"])
async def test_the_ascii_set_draws_ascii_only(kind: str) -> None:
    """What the widgets add themselves is ASCII; names keep their letters."""
    snapshot = SNAPSHOTS[kind]
    foreign = {each for each in HOSTILE_NAME if not each.isascii()}

    for widget in all_widgets():
        async with staged(widget, 100, 12, snapshot, SYMBOL_SETS["ascii"]):
            text = "".join(widget.render_line(y).text for y in range(widget.size.height))
            # The arrow comes from the text of a log line.
            assert all(each.isascii() or each in foreign | {"→"} for each in text)


async def test_markup_in_names_is_text() -> None:
    """Square brackets of a name appear as they are."""
    for widget in all_widgets()[1:4]:
        async with staged(widget, 120, 12, hostile_snapshot()):
            assert "[red]" in "".join(widget.render_line(y).text for y in range(12))
