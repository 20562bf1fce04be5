"""Two recorded runs side by side: their figures, and the first event at which they part."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from emulator.figures import Figures, Summary
from emulator.session.header import SessionHeader
from emulator.session.lockstep import Difference, Lockstep
from emulator.session.reader import SessionReader
from emulator.session.replayed import FinishedRun, read_run

Unit: TypeAlias = Literal["", "%", "ms", "/s", "periods"]
Side: TypeAlias = Literal["a", "b"]

_LOWER: Final = -1
_HIGHER: Final = 1
_NEITHER: Final = 0

_OVER_ALL: Final[Sequence[tuple[str, Unit, int, Callable[[Figures], float | None]]]] = (
    ("jobs", "", _NEITHER, lambda each: each.released),
    ("violation_rate", "%", _LOWER, lambda each: each.violation_rate),
    ("late", "", _LOWER, lambda each: each.late),
    ("dropped", "", _LOWER, lambda each: each.dropped),
    ("hopeless", "", _LOWER, lambda each: each.hopeless),
    ("backlog", "", _LOWER, lambda each: each.backlog),
    ("avoidable", "", _LOWER, lambda each: each.avoidable),
    ("longest_streak", "", _LOWER, lambda each: each.longest_miss_streak),
    ("frame_gap.p99", "ms", _LOWER, lambda each: each.frame_gap_p99_ms),
    ("jitter", "ms", _LOWER, lambda each: each.jitter_ms),
    ("longest_freeze", "ms", _LOWER, lambda each: each.longest_freeze_ms),
    ("ttft.p50", "ms", _LOWER, lambda each: each.ttft_p50_ms),
    ("ttft.p95", "ms", _LOWER, lambda each: each.ttft_p95_ms),
    ("tpot.p50", "ms", _LOWER, lambda each: each.tpot_p50_ms),
    ("tokens_per_s", "/s", _HIGHER, lambda each: each.tokens_per_s),
    ("target_attainment", "%", _HIGHER, lambda each: each.llm_target_attainment),
)
_BY_STREAM: Final[Sequence[tuple[str, Unit, int, Callable[[Figures], float | None]]]] = (
    ("violation_rate", "%", _LOWER, lambda each: each.violation_rate),
    ("response.p95", "ms", _LOWER, lambda each: each.response_p95_ms),
    ("ttft.p95", "ms", _LOWER, lambda each: each.ttft_p95_ms),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of both runs; shares are from 0 to 1."""

    figure: str
    """As a claim has it: ``captions.violation_rate``."""
    unit: Unit
    a: float | None
    b: float | None
    better: Side | None
    """None where they are equal, one is missing, or neither direction is better."""

    @property
    def difference(self) -> float | None:
        """B less A."""
        return None if self.a is None or self.b is None else self.b - self.a


@dataclass(frozen=True, slots=True)
class TwoSessions:
    """What came of both."""

    paths: tuple[Path, Path]
    headers: tuple[SessionHeader, SessionHeader]
    runs: tuple[FinishedRun, FinishedRun]
    warnings: tuple[str, ...]
    """In what else than the policy they differ, a sentence each."""
    figures: tuple[Compared, ...]
    equal_events: int
    """Before the journals part, or one of the recordings ends."""
    equal_until_ns: int
    divergence: Difference | None
    """Left is A, right is B."""


def compare_sessions(
    a: Path | str, b: Path | str, on_progress: Callable[[float], None] | None = None
) -> TwoSessions:
    """Read both and compare.

    Raises:
        SessionError: a file cannot be read, or its journal does not fit its header.
    """

    def half(begin: float) -> Callable[[float], None]:
        return lambda share: on_progress(begin + share / 2) if on_progress else None

    with SessionReader(a, scan=True) as one, SessionReader(b, scan=True) as other:
        runs = read_run(one, half(0.0)), read_run(other, half(0.5))
        steps = _in_step(one, other)
        return TwoSessions(
            paths=(one.path, other.path),
            headers=(one.header, other.header),
            runs=runs,
            warnings=tuple(_warnings(one.header, other.header, runs)),
            figures=tuple(_judged(one.header, other.header, runs)),
            equal_events=steps.equal,
            equal_until_ns=steps.t_ns,
            divergence=steps.difference,
        )


def _in_step(one: SessionReader, other: SessionReader) -> Lockstep:
    """Both journals up to their first difference; a chunk of each in memory."""
    steps = Lockstep()
    left, right = one.numbered(), other.numbered()
    while steps.difference is None:
        part = next(left, None)
        if part is None:
            return steps
        steps.add_left(*part)
        while steps.left_waits and steps.difference is None:
            part = next(right, None)
            if part is None:
                return steps
            steps.add_right(*part)
    return steps


def _warnings(
    one: SessionHeader, other: SessionHeader, runs: tuple[FinishedRun, FinishedRun]
) -> Iterator[str]:
    if one.scenario != other.scenario:
        yield _differ("scenarios", *(run.scenario.name for run in runs))
    if one.profile != other.profile:
        yield _differ("profiles", *(run.profile.name for run in runs))
    if one.seed != other.seed:
        yield _differ("seeds", str(one.seed), str(other.seed))
    if one.noise != other.noise:
        yield "one was run without noise"
    if one.effects != other.effects:
        yield _differ("effects", one.effects or "none", other.effects or "none")
    if one.begins_event != other.begins_event:
        yield "one was begun later in its run than the other"
    lengths = [run.covered_ns for run in runs]
    if one.duration_ns != other.duration_ns or (one.duration_ns is None and len({*lengths}) > 1):
        yield _differ("lengths", *(f"{length / 1e9:.3f} s" for length in lengths))
    for side, run in zip("AB", runs, strict=True):
        for words in (*run.problems, *run.notes):
            yield f"{side}: {words}"


def _differ(what: str, a: str, b: str) -> str:
    if a == b:
        return f"the {what} differ, though both are called {a}"
    return f"the {what} differ: {a} and {b}"


def _judged(
    one: SessionHeader, other: SessionHeader, runs: tuple[FinishedRun, FinishedRun]
) -> Iterator[Compared]:
    """The figures; of counts neither is better where other or 1 % more jobs were counted."""
    lengths = sorted(run.covered_ns for run in runs)
    same_jobs = one.scenario == other.scenario and lengths[1] - lengths[0] <= lengths[1] // 100
    for each in _figures(runs[0].result.summary, runs[1].result.summary):
        yield each if same_jobs or each.unit else replace(each, better=None)


def _figures(a: Summary, b: Summary) -> Iterator[Compared]:
    for name, unit, direction, read in _OVER_ALL:
        yield _compared(name, unit, direction, read(a.overall), read(b.overall))
    yield _compared(
        "violation_rate_mean",
        "%",
        _LOWER,
        a.violation_rate_mean_over_streams,
        b.violation_rate_mean_over_streams,
    )
    for stream in dict.fromkeys((*a.streams, *b.streams)):
        for name, unit, direction, read in _BY_STREAM:
            values = _read(a.streams, stream, read), _read(b.streams, stream, read)
            if values != (None, None):
                yield _compared(f"{stream}.{name}", unit, direction, *values)
    for backend in dict.fromkeys((*a.utilization, *b.utilization)):
        shares = a.utilization.get(backend), b.utilization.get(backend)
        yield _compared(f"{backend}.utilization", "%", _NEITHER, *shares)


def _read(
    streams: Mapping[str, Figures], name: str, read: Callable[[Figures], float | None]
) -> float | None:
    return read(streams[name]) if name in streams else None


def _compared(name: str, unit: Unit, direction: int, a: float | None, b: float | None) -> Compared:
    better: Side | None = None
    if direction and a is not None and b is not None and a != b:
        better = "b" if (b - a) * direction > 0 else "a"
    return Compared(name, unit, a, b, better)
