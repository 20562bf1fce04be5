"""The lanes of a timeline: slices as blocks, or as filled columns where there are too many."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from emulator.journal import DECODE, PREFILL
from emulator.timeline.piece import RUNS, Slice
from emulator.timeline.window import WindowView
from rtgen_tui.viewport import Viewport
from rtgen_tui.widgets.lanes import EIGHTHS, Bar, Brush, draw_rows, side_by_side
from rtgen_tui.widgets.numbers import duration
from rtgen_tui.widgets.palette import stream_color
from rtgen_tui.widgets.text import Piece

ANY: Final = -1
"""Stands for every stream."""


class Lane(NamedTuple):
    """One backend, or one stream on it."""

    backend: int
    stream: int
    """``ANY`` for a lane of the whole backend."""

    def holds(self, backend: int, stream: int) -> bool:
        """Whether a slice belongs here."""
        return backend == self.backend and self.stream in {ANY, stream}


@dataclass(frozen=True, slots=True)
class Look:
    """What is to be seen of all that is known."""

    viewport: Viewport
    view: WindowView
    name: Callable[[Slice], str]
    """How a slice is called."""
    job: tuple[int, int] | None
    """Stream and number of the job whose slices stand out."""
    wanted: frozenset[int] | None
    """Streams that pass the filter; None: all."""
    swaps: Sequence[int]
    """Columns with a swap."""

    def strength(self, each: Slice) -> str:
        """How a slice is filled."""
        if (each.stream, each.job) == self.job:
            return "strong"
        return "" if self.wanted is None or each.stream in self.wanted else "weak"


def lanes_of(view: WindowView, backends: int, *, by_stream: bool) -> list[Lane]:
    """The lanes, top down: every backend, and below it the streams that are seen on it."""
    whole = [Lane(backend, ANY) for backend in range(backends)]
    if not by_stream:
        return whole
    seen = {Lane(each.backend, each.stream) for each in view.slices or ()}
    seen |= {Lane(backend, stream) for _, backend, stream, _ in view.shares}
    return sorted([*whole, *seen])


def lane_rows(lane: Lane, height: int, look: Look, brush: Brush) -> list[list[Piece]]:
    """The rows of one lane."""
    if look.view.slices is None:
        return _filled(lane, height, look, brush)
    return _blocks(lane, look.view.slices, height, look, brush)


def _blocks(
    lane: Lane, slices: Iterable[Slice], height: int, look: Look, brush: Brush
) -> list[list[Piece]]:
    viewport = look.viewport
    late = {
        (each.stream, each.job, each.t_ns) for each in look.view.incidents if each.kind == "miss"
    }
    shown = [
        each
        for each in slices
        if lane.holds(each.backend, each.stream)
        and each.start_ns < viewport.to_ns
        and (each.end_ns == RUNS or each.end_ns > viewport.from_ns)
    ]
    texts: tuple[Callable[[Slice], tuple[str, ...]], ...] = (
        lambda each: (look.name(each),),
        _numbers,
        _lengths,
    )
    bars = []
    for each in shown:
        start, end = _eighth(each.start_ns, viewport), _eighth(_end_ns(each, look), viewport)
        is_late = (each.stream, each.job, each.end_ns) in late
        bars.append(Bar(start, end, each.stream, "", is_late, look.strength(each)))
    bars = side_by_side(bars)
    rooms = [
        (min(bar.end, viewport.columns * EIGHTHS) - max(bar.start, 0)) // EIGHTHS - 1
        for bar in bars
    ]
    labels = [
        [
            _fitting(forms(each), room) if room > 0 else ""
            for each, room in zip(shown, rooms, strict=True)
        ]
        for forms in texts[:height]
    ]
    labels += [[""] * len(bars)] * (height - len(labels))
    return draw_rows(bars, labels, viewport.columns, look.swaps, brush)


def _end_ns(each: Slice, look: Look) -> int:
    """A slice that runs is drawn up to what is known."""
    return max(look.view.ends_ns, each.start_ns) if each.end_ns == RUNS else each.end_ns


def _eighth(t_ns: int, viewport: Viewport) -> int:
    return (t_ns - viewport.from_ns) * EIGHTHS // viewport.column_ns


def _fitting(forms: Sequence[str], room: int) -> str:
    """The first form that fits; a single one is left to be cut."""
    if room <= 0:
        return ""
    if len(forms) == 1:
        return forms[0]
    return next((each for each in forms if len(each) <= room), "")


def _numbers(each: Slice) -> tuple[str, ...]:
    job = f"#{each.job}"
    if each.phase == DECODE:
        token = f"token {each.number + 1}"
        return f"{job} {token}", token, job, ""
    if each.phase == PREFILL:
        return f"{job} prefill", "prefill", job, ""
    return job, ""


def _lengths(each: Slice) -> tuple[str, ...]:
    if each.end_ns == RUNS:
        return "runs", ""
    text = duration((each.end_ns - each.start_ns) / 1e6)
    return text, text.partition(" ")[0], ""


def _filled(lane: Lane, height: int, look: Look, brush: Brush) -> list[list[Piece]]:
    """How busy the lane was in each column, by stream from the bottom up."""
    viewport, window = look.viewport, look.view.window
    columns: dict[int, dict[int, int]] = {}
    for column, backend, stream, held_ns in look.view.shares:
        if lane.holds(backend, stream):
            at = (window.from_ns + column * window.column_ns - viewport.from_ns) // (
                viewport.column_ns
            )
            columns.setdefault(at, {})[stream] = held_ns
    steps = height * EIGHTHS
    stacks = [
        _stack(columns.get(column, {}), viewport.column_ns, steps)
        for column in range(viewport.columns)
    ]
    draw = _solid_cell if brush.solid else _plain_cell
    rows: list[list[Piece]] = []
    for row in reversed(range(height)):
        cells = [draw(stack, row, look, brush) for stack in stacks]
        rows.append(_with_swaps(_joined(cells), look.swaps, brush))
    return rows


def _stack(shares: Mapping[int, int], column_ns: int, steps: int) -> list[int]:
    """The stream that fills each step, from the bottom up; streams keep their order."""
    stack: list[int] = []
    passed_ns = 0
    for stream in sorted(shares):
        passed_ns += shares[stream]
        upto = min(steps, -(-passed_ns * steps // column_ns))
        stack += [stream] * (upto - len(stack))
    return stack


def _solid_cell(stack: Sequence[int], row: int, look: Look, brush: Brush) -> Piece:
    """One cell of a column: at most two fillings."""
    part = stack[row * EIGHTHS : (row + 1) * EIGHTHS]
    if not part:
        return " ", brush.palette("text")
    lower = part[0]
    below = next((n for n, each in enumerate(part) if each != lower), len(part))
    if below == EIGHTHS:
        return " ", brush.palette.block(_color(lower, look))
    upper = _color(part[below], look) if below < len(part) else ""
    return brush.symbols.levels[below], brush.palette.edge(_color(lower, look), upper)


def _plain_cell(stack: Sequence[int], row: int, _look: Look, brush: Brush) -> Piece:
    """The same without colors: how much of the cell is filled."""
    filled = min(EIGHTHS, max(0, len(stack) - row * EIGHTHS))
    return brush.symbols.levels[filled], brush.palette("text")


def _color(stream: int, look: Look) -> str:
    name = stream_color(stream)
    if look.wanted is not None and stream not in look.wanted:
        return f"weak:{name}"
    return f"strong:{name}" if look.job is not None and look.job[0] == stream else name


def _with_swaps(pieces: list[Piece], swaps: Sequence[int], brush: Brush) -> list[Piece]:
    """Policy swaps over a row."""
    if not swaps:
        return pieces
    cells = [(glyph, style) for text, style in pieces for glyph in text]
    for column in swaps:
        if 0 <= column < len(cells):
            cells[column] = (brush.symbols.swap, brush.palette("accent", bold=True))
    return _joined(cells)


def _joined(cells: Iterable[Piece]) -> list[Piece]:
    """Neighbors of one style as one piece."""
    joined: list[Piece] = []
    for text, style in cells:
        if joined and joined[-1][1] is style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
