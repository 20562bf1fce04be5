"""What two sessions are compared by: figures of both at one instant, and how they differ."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from emulator.snapshot import BackendView, Snapshot, StreamView
from rtgen_tui.beside import Pair
from rtgen_tui.whole_files import WholeFigure
from rtgen_tui.widgets.backends import backend_label
from rtgen_tui.widgets.numbers import NOTHING, short, span

Direction: TypeAlias = Literal[-1, 0, 1]
LOWER: Final = -1
NEITHER: Final = 0
HIGHER: Final = 1
"""Which of two values is the better one."""

_DECIMALS: Final = {"%": 2, "ms": 1, "/s": 1}


@dataclass(frozen=True, slots=True)
class PairRow:
    """One figure of both sessions."""

    name: str
    unit: str
    a: float | None
    b: float | None
    direction: Direction
    whole: str = ""
    """The same figure of whole files, by its name in ``WholeFiles.figures``; empty: none."""

    @property
    def verdict(self) -> bool | None:
        """Whether B is better; None where that cannot be said or what is shown is equal."""
        if not self.direction or self.a is None or self.b is None:
            return None
        if difference_text(self.a, self.b, self.unit) == "0":
            return None
        return (self.b - self.a) * self.direction > 0


def figure_text(value: float | None, unit: str) -> str:
    """A value in the decimals of its unit, without the unit."""
    return short(value, _DECIMALS.get(unit, 1))


def difference_text(a: float | None, b: float | None, unit: str) -> str:
    """B less A with its sign; ``0`` where nothing of it is left after rounding."""
    if a is None or b is None:
        return NOTHING
    text = figure_text(abs(b - a), unit)
    if not text.strip("0."):
        return "0"
    return f"{'+' if b > a else '-'}{text}"


def whole_verdict(figure: WholeFigure, unit: str) -> bool | None:
    """Whether B is better over the whole files, as ``PairRow.verdict``."""
    is_equal = difference_text(figure.a, figure.b, unit) == "0"
    return None if is_equal else figure.b_is_better


def pair_rows(pair: Pair) -> list[PairRow]:
    """All figures, those over all streams first."""
    return [*_overall(pair), *_backends(pair), *_streams(pair)]


def _overall(pair: Pair) -> Iterator[PairRow]:
    window = span(pair.a.window_s)
    yield _row(
        pair,
        "deadline misses",
        "%",
        LOWER,
        lambda each: _percent(each.missed, each.known),
        "violation_rate",
    )
    yield _row(
        pair,
        f"misses, last {window}",
        "%",
        LOWER,
        lambda each: _percent(each.window_missed, each.window_known),
    )
    yield _row(
        pair,
        "mean over streams",
        "%",
        LOWER,
        lambda each: 100 * each.violation_rate_mean,
        "violation_rate_mean",
    )
    if any(stream.tokens_per_s is not None for each in pair for stream in each.streams):
        yield _row(pair, "tokens/s", "/s", HIGHER, lambda each: each.tokens_per_s, "tokens_per_s")
    if any(backend.energy_j is not None for each in pair for backend in each.backends):
        yield _row(pair, "energy, all", "J", LOWER, _joules)


_OF_BACKEND: Final[Sequence[tuple[str, str, Callable[[BackendView], float | None], str]]] = (
    ("utilization", "%", lambda each: 100 * each.busy_total, "utilization"),
    ("power", "W", lambda each: each.power_w, ""),
    ("energy", "J", lambda each: each.energy_j, ""),
)


def _backends(pair: Pair) -> Iterator[PairRow]:
    """Of each backend how busy it was; power and energy where the effect ``energy`` gives any."""
    for name in dict.fromkeys(backend.name for each in pair for backend in each.backends):
        both = [next((b for b in each.backends if b.name == name), None) for each in pair]
        for what, unit, read, whole in _OF_BACKEND:
            a, b = (None if each is None else read(each) for each in both)
            if whole or (a, b) != (None, None):
                figure = f"{name}.{whole}" if whole else ""
                yield PairRow(f"{backend_label(name)} {what}", unit, a, b, NEITHER, figure)


_OF_STREAM: Final[Sequence[tuple[str, str, Callable[[StreamView], float | None], str]]] = (
    ("misses", "%", lambda each: _percent(each.missed, each.known), "violation_rate"),
    ("p95", "ms", lambda each: each.p95_ms, "response.p95"),
)
_OF_ANSWERS: Final[Sequence[tuple[str, str, Callable[[StreamView], float | None], str]]] = (
    ("TTFT p50", "ms", lambda each: each.ttft_p50_ms, ""),
    ("TPOT p50", "ms", lambda each: each.tpot_p50_ms, ""),
)


def _streams(pair: Pair) -> Iterator[PairRow]:
    """All streams of either; those with an LLM say how fast they answer."""
    for name in dict.fromkeys(stream.name for each in pair for stream in each.streams):
        both = [next((s for s in each.streams if s.name == name), None) for each in pair]
        talks = any(each is not None and each.tokens_per_s is not None for each in both)
        for what, unit, read, whole in (*_OF_STREAM, *(_OF_ANSWERS if talks else ())):
            a, b = (None if each is None else read(each) for each in both)
            figure = f"{name}.{whole}" if whole else ""
            yield PairRow(f"{name} {what}", unit, a, b, LOWER, figure)


def _row(
    pair: Pair,
    name: str,
    unit: str,
    direction: Direction,
    read: Callable[[Snapshot], float | None],
    whole: str = "",
) -> PairRow:
    return PairRow(name, unit, read(pair.a), read(pair.b), direction, whole)


def _joules(snapshot: Snapshot) -> float | None:
    """Of all backends; None unless it is known of each: a sum of some would look like all."""
    energy = [each.energy_j for each in snapshot.backends if each.energy_j is not None]
    return sum(energy) if len(energy) == len(snapshot.backends) else None


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None
