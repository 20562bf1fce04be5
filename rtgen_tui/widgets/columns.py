"""The columns of the stream table: what each shows, and which go first when it gets narrow."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from rich.style import Style

from emulator.snapshot import StreamView
from rtgen_tui.symbols import Symbols
from rtgen_tui.widgets.backends import backend_label
from rtgen_tui.widgets.charts import bar
from rtgen_tui.widgets.numbers import (
    NOTHING,
    duration,
    duration_parts,
    milliseconds,
    percent,
    rate,
    short,
)
from rtgen_tui.widgets.palette import Palette
from rtgen_tui.widgets.text import Piece

SLACK_CELLS: Final = 5
PLENTY: Final = 0.25
"""A stream whose p95 leaves less than this share of the deadline is near a miss."""


@dataclass(frozen=True, slots=True)
class Pen:
    """What a cell draws with: the row's colors, its background and the glyphs."""

    palette: Palette
    symbols: Symbols
    on: str
    """Name of the row's background, see ``Palette``."""
    kinds: dict[str, str]
    """Color variable of each backend by name."""

    def __call__(self, name: str = "text", *, bold: bool = False, amount: float = 1.0) -> Style:
        """A style of this row."""
        return self.palette(name, on=self.on, bold=bold, amount=amount)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``draw`` gives the text, without padding, and its style."""

    head: str
    width: int
    draw: Callable[[StreamView, Pen], Piece]
    right: bool = True
    """Whether numbers end at the right edge of the column."""


STATES: Final = {
    "ok": ("ok", "ok", "ok"),
    "late": ("late", "late", "late"),
    "miss": ("miss", "MISS", "miss"),
    "idle": ("idle", "idle", "muted"),
    "stopped": ("stopped", "stop", "muted"),
}
"""By state: the field of ``Symbols``, the word and the color."""

STATE_CELLS: Final = 2 + max(len(word) for _, word, _ in STATES.values())
"""The longest state, whichever are on screen."""


def state_piece(stream: StreamView, pen: Pen) -> Piece:
    """Glyph and word of a stream's state in its color."""
    known = STATES.get(stream.state)
    if known is None:
        return "?", pen("muted")
    glyph, word, color = known
    text = f"{getattr(pen.symbols, glyph)} {word}"
    return text, pen(color, bold=stream.state == "miss")


def lost_on(stream: StreamView) -> str:
    """The backend on which a stream that misses now lost its last missed job; else empty."""
    miss = stream.last_miss if stream.state in {"late", "miss"} else None
    return "" if miss is None else miss.backend


def _on(stream: StreamView, pen: Pen) -> Piece:
    """Where it misses counts more than where its last slice ran, which may be another stage's."""
    lost = lost_on(stream)
    if lost:
        return f"{pen.symbols.miss} {backend_label(lost, pen.symbols.unknown)}", pen("miss")
    if not stream.backend:
        return f"  {NOTHING}", pen("faint")
    label = backend_label(stream.backend, pen.symbols.unknown)
    return f"  {label}", pen(pen.kinds.get(stream.backend, "text"))


def _rate(stream: StreamView, pen: Pen) -> Piece:
    if stream.tokens_per_s is not None and stream.phase in {"prefill", "decode"}:
        return stream.phase, pen("muted")
    if stream.target_hz is None:
        quiet = stream.rate_hz <= 0
        return (NOTHING, pen("faint")) if quiet else (rate(stream.rate_hz), pen())
    return f"{rate(stream.rate_hz)}/{rate(stream.target_hz)}", pen()


def _p50(stream: StreamView, pen: Pen) -> Piece:
    return _figure(milliseconds(stream.p50_ms), pen)


def _p95(stream: StreamView, pen: Pen) -> Piece:
    over = _slack(stream)
    return _figure(
        milliseconds(stream.p95_ms), pen, "late" if over is not None and over < 0 else ""
    )


def _slack_bar(stream: StreamView, pen: Pen) -> Piece:
    left = _slack(stream)
    if left is None:
        return "", pen("faint")
    if left <= 0:
        return "over", pen("late")
    filled, _ = bar(left, SLACK_CELLS, pen.symbols)
    return filled, pen("ok", amount=0.6) if left >= PLENTY else pen("late")


def _slack(stream: StreamView) -> float | None:
    """Time left from p95 to the deadline, as a share of the deadline."""
    deadline, p95 = stream.deadline_ms, stream.p95_ms
    if deadline is None or p95 is None or not deadline > 0:
        return None
    return 1 - p95 / deadline


def _miss(stream: StreamView, pen: Pen) -> Piece:
    color = "miss" if stream.window_missed else ""
    return _figure(percent(stream.window_missed, stream.window_known), pen, color)


def _total(stream: StreamView, pen: Pen) -> Piece:
    if not stream.known:
        return NOTHING, pen("faint")
    return f"{short(stream.missed)}/{short(stream.known)}", pen(
        "text" if stream.missed else "muted"
    )


def _degraded(stream: StreamView, pen: Pen) -> Piece:
    if stream.degraded is None:
        return NOTHING, pen("faint")
    return short(stream.degraded), pen("late" if stream.degraded else "muted")


def _tokens(stream: StreamView, pen: Pen) -> Piece:
    return _figure(short(stream.tokens_per_s, 1), pen)


def _ttft(stream: StreamView, pen: Pen) -> Piece:
    return _figure(milliseconds(stream.ttft_p50_ms), pen)


def _gap(stream: StreamView, pen: Pen) -> Piece:
    if stream.frame_gap_p99_ms is None:
        return NOTHING, pen("faint")
    return duration(stream.frame_gap_p99_ms), pen()


def _freeze(stream: StreamView, pen: Pen) -> Piece:
    ms = freeze_ms(stream)
    if ms is None:
        return NOTHING, pen("faint")
    # Milliseconds without a decimal, so that the unit fits too.
    return (f"{short(ms)} ms" if duration_parts(ms)[1] == "ms" else duration(ms)), pen()


def freeze_ms(stream: StreamView) -> float | None:
    """The longest freeze; None of a stream without a rate, because its pauses are no freezes."""
    return None if stream.target_hz is None else stream.longest_freeze_ms


def _targets(stream: StreamView, pen: Pen) -> Piece:
    met, known = stream.llm_targets_met, stream.llm_targets_known
    if not known:
        return NOTHING, pen("faint")
    return f"{short(met)}/{short(known)}", pen("text" if met < known else "muted")


def _figure(text: str, pen: Pen, color: str = "") -> Piece:
    if text == NOTHING:
        return text, pen("faint")
    return text, pen(color or "text")


STATE: Final = Column("state", STATE_CELLS, state_piece, right=False)
ON: Final = Column("on", 5, _on, right=False)
RATE: Final = Column("Hz/target", 10, _rate)
P50: Final = Column("p50 ms", 6, _p50)
P95: Final = Column("p95 ms", 6, _p95)
SLACK: Final = Column("slack", SLACK_CELLS, _slack_bar, right=False)
MISS: Final = Column("miss %", 6, _miss)
TOTAL: Final = Column("missed/of", 11, _total)
DEGRADED: Final = Column("degr.", 5, _degraded)
TOKENS: Final = Column("tok/s", 5, _tokens)
TTFT: Final = Column("TTFT ms", 7, _ttft)
GAP: Final = Column("gap p99", 7, _gap)
FREEZE: Final = Column("freeze", 6, _freeze)
TARGETS: Final = Column("targets", 7, _targets)

ALL: Final = (
    *(STATE, ON, RATE, P50, P95, SLACK, GAP, MISS, TOTAL, DEGRADED, FREEZE),
    *(TOKENS, TTFT, TARGETS),
)
"""In the order on screen; the number and the name of the stream stand before them."""

WIDE_TERMINAL: Final = 160
"""Narrower ones leave out the following, however much room the table has."""
WIDE_ONLY: Final = frozenset((GAP.head, FREEZE.head, TARGETS.head))
SINCE_START: Final = (TOTAL.head, DEGRADED.head, FREEZE.head, TARGETS.head)
"""Of these figures the window is the run."""

DROPPED_FIRST: Final = (
    *("targets", "freeze", "gap p99"),
    *("TTFT ms", "missed/of", "slack", "p50 ms"),
    *("degr.", "on", "tok/s", "Hz/target", "p95 ms"),
)
"""Heads of the columns in the order in which they go when it gets narrow. The name, the state and
the misses stay."""

OF_LLM: Final = frozenset((TOKENS.head, TTFT.head, TARGETS.head))
"""Columns that are empty where no stream has a language model."""

SHORT_NAME: Final = 14
"""Columns go before names are cut to less than this."""

_MAX_NAME: Final = 24
_MAX_ON: Final = 11
_SPARE: Final = 6
"""Cells that the name column may take beyond what names need, so that the last column ends at the
edge."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a row is divided: the mark, the number, the name, then columns behind gaps; in cells."""

    number: int
    name: int
    gap: int
    columns: tuple[Column, ...]

    @property
    def width(self) -> int:
        """Cells that a row takes."""
        return 2 + self.number + self.name + _taken(self.columns, self.gap)


def lay_out(
    width: int, number: int, name: int, on: int, *, wide: bool, absent: frozenset[str] = frozenset()
) -> Layout:
    """Chooses the columns that fit.

    Args:
        width: cells of a row.
        number: cells of the longest number of a stream.
        name: cells of the longest name of a stream.
        on: cells of the longest name of a backend.
        wide: whether the terminal is a ``WIDE_TERMINAL``.
        absent: heads of columns that say nothing of any stream.
    """
    left_out = absent if wide else absent | WIDE_ONLY
    columns: tuple[Column, ...] = (
        STATE,
        replace(ON, width=max(ON.width, min(2 + on, _MAX_ON))),
        *(column for column in ALL[2:] if column.head not in left_out),
    )
    name = min(name, _MAX_NAME)
    room = width - number - 2
    for head in DROPPED_FIRST:
        if min(name, SHORT_NAME) + _taken(columns, 1) <= room:
            break
        columns = tuple(column for column in columns if column.head != head)
    gap = next((n for n in (3, 2) if name + _taken(columns, n) <= room), 1)
    spare = max(0, room - _taken(columns, gap) - name)
    if gap == 1:
        # Two left-aligned columns stand beside each other; the first gets some air.
        columns = (replace(STATE, width=STATE.width + min(2, spare)), *columns[1:])
    name = max(1, min(name + _SPARE, room - _taken(columns, gap)))
    return Layout(number, name, gap, columns)


def _taken(columns: tuple[Column, ...], gap: int) -> int:
    return sum(column.width + gap for column in columns)
