"""The row below the lanes of a timeline: which jobs wait at the cursor."""

from collections.abc import Callable
from typing import Final

from emulator.timeline.queue import MAX_QUEUED, Queued
from rtgen_tui.journal_view import QueueStory
from rtgen_tui.symbols import Symbols
from rtgen_tui.widgets.numbers import duration
from rtgen_tui.widgets.palette import Palette
from rtgen_tui.widgets.text import Piece, cut

_MS: Final = 1e6


def queue_row(
    queue: QueueStory, name: Callable[[int], str], label: int, symbols: Symbols, palette: Palette
) -> list[Piece]:
    """``queue  3 wait  super-res #412 5.2 ms left``, the earliest deadline first.

    Args:
        queue: who waits.
        name: of a stream.
        label: cells of what stands before the lanes.
        symbols: the glyphs.
        palette: the colors.
    """
    count = len(queue.jobs)
    told = f"{count}{'+' if count == MAX_QUEUED else ''} wait" if count else "nobody waits"
    row: list[Piece] = [
        (cut("queue", label, symbols.ellipsis).ljust(label + 1), palette("muted")),
        (told, palette("text", bold=True)),
    ]
    for each in queue.jobs:
        row += [
            (f" {symbols.dot} " if len(row) > 2 else "  ", palette("faint")),  # noqa: PLR2004  # the first
            (name(each.stream), palette.stream(each.stream)),
            (f" #{each.job}", palette("text")),
            _left(each, queue.t_ns, palette),
        ]
    return row


def _left(each: Queued, t_ns: int, palette: Palette) -> Piece:
    """Time to its deadline."""
    if each.deadline_ns is None:
        return "", palette("muted")
    left_ns = each.deadline_ns - t_ns
    if left_ns < 0:
        return f" {duration(-left_ns / _MS)} over", palette("miss")
    return f" {duration(left_ns / _MS)} left", palette("muted")
