"""The first difference between two runs, in words that a person can follow."""
# ruff: noqa: D102  # the properties are those of formats.md

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Protocol

from tests.reference.worked_examples import ExpectedJob

NS_PER_MS = 1_000_000
OpenSlice = tuple[str, int, int | None]


class StageLike(Protocol):
    """What formats.md promises of a stage."""

    @property
    def name(self) -> str: ...
    @property
    def ready_ns(self) -> int | None: ...
    @property
    def start_ns(self) -> int | None: ...
    @property
    def finish_ns(self) -> int | None: ...
    @property
    def first_token_ns(self) -> int | None: ...
    @property
    def slices(self) -> Iterable[OpenSlice]: ...


class JobLike(Protocol):
    """What formats.md promises of a job."""

    @property
    def stream(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def release_ns(self) -> int: ...
    @property
    def deadline_ns(self) -> int | None: ...
    @property
    def start_ns(self) -> int | None: ...
    @property
    def finish_ns(self) -> int | None: ...
    @property
    def outcome(self) -> str: ...
    @property
    def stages(self) -> Sequence[StageLike]: ...


Difference = tuple[int, str]


def first_difference(
    expected: Sequence[JobLike], actual: Sequence[JobLike], cut_ns: int | None = None
) -> str | None:
    """Where two runs part first in virtual time; None if they agree.

    With `cut_ns` slices that had not ended by then are compared by their start only.
    """
    names = [f"{job.stream} {job.index}" for job in expected]
    others = [f"{job.stream} {job.index}" for job in actual]
    if sorted(names) == sorted(others) and names != others:
        return f"the order of jobs differs: expected {names}, got {others}"
    by_name = dict(zip(others, actual, strict=True))
    found: list[Difference] = []
    for name, job in zip(names, expected, strict=True):
        if name not in by_name:
            found.append((job.release_ns, f"{name}, released at {_ms(job.release_ns)}: missing"))
        else:
            found += _job(name, job, by_name[name], cut_ns)
    extra = [job for name, job in zip(others, actual, strict=True) if name not in names]
    found += [(job.release_ns, f"{job.stream} {job.index}: not expected") for job in extra]
    return min(found)[1] if found else None


def example_difference(expected: Sequence[ExpectedJob], actual: Sequence[JobLike]) -> str | None:
    """How a run departs from a worked example; None if it does not."""
    names = [f"{job.stream} {job.index}" for job in expected]
    others = [f"{job.stream} {job.index}" for job in actual]
    if names != others:
        return f"expected the jobs {names}, got {others}"
    for name, wanted, job in zip(names, expected, actual, strict=True):
        if wanted.outcome != job.outcome:
            return f"{name}: expected {wanted.outcome}, got {job.outcome}"
        if wanted.outcome != "skipped" and wanted.finish_ns != job.finish_ns:
            return f"{name}: expected finish {_ms(wanted.finish_ns)}, got {_ms(job.finish_ns)}"
        for stage, other in zip(wanted.stages, job.stages, strict=True):
            slices = _slices(other, None)
            if stage.name != other.name or stage.slices != slices:
                return f"{name}, {other.name}: expected {_show(stage.slices)}, got {_show(slices)}"
            if stage.first_token_ns != other.first_token_ns:
                wanted_ms, got_ms = _ms(stage.first_token_ns), _ms(other.first_token_ns)
                return f"{name}, {other.name}: expected first token {wanted_ms}, got {got_ms}"
            if stage.skipped and other.start_ns is not None:
                return f"{name}, {other.name}: expected to be skipped"
    return None


def _job(name: str, wanted: JobLike, got: JobLike, cut_ns: int | None) -> Iterator[Difference]:
    known = [wanted.start_ns, got.start_ns, wanted.finish_ns, got.finish_ns]
    late = max([wanted.release_ns, *(time for time in known if time is not None)])
    for key in ("release_ns", "deadline_ns"):
        times = getattr(wanted, key), getattr(got, key)
        yield from _times(name, key, times, wanted.release_ns)
    yield from _times(name, "start_ns", (wanted.start_ns, got.start_ns), late)
    yield from _times(name, "finish_ns", (wanted.finish_ns, got.finish_ns), late)
    if wanted.outcome != got.outcome:
        yield late, f"{name}: outcome expected {wanted.outcome}, got {got.outcome}"
    if [stage.name for stage in wanted.stages] != [stage.name for stage in got.stages]:
        yield wanted.release_ns, f"{name}: the stages differ"
        return
    for stage, other in zip(wanted.stages, got.stages, strict=True):
        yield from _stage(f"{name}, stage {stage.name}", stage, other, cut_ns)


def _stage(
    name: str, wanted: StageLike, got: StageLike, cut_ns: int | None
) -> Iterator[Difference]:
    slices = list(zip_longest(_slices(wanted, cut_ns), _slices(got, cut_ns)))
    for number, (one, other) in enumerate(slices):
        if one != other:
            at = min(part[1] for part in (one, other) if part is not None)
            shown = f"expected {_show([one])}, got {_show([other])}"
            yield at, f"at {_ms(at)}: {name}, slice {number}: {shown}"
            break
    late = max([part[1] for pair in slices for part in pair if part is not None], default=0)
    for key in ("start_ns", "finish_ns", "first_token_ns"):
        yield from _times(name, key, (getattr(wanted, key), getattr(got, key)), late)
    if wanted.start_ns is not None:
        yield from _times(name, "ready_ns", (wanted.ready_ns, got.ready_ns), wanted.start_ns)


def _times(
    name: str, key: str, times: tuple[int | None, int | None], at: int
) -> Iterator[Difference]:
    if times[0] != times[1]:
        yield at, f"{name}: {key} expected {_ms(times[0])}, got {_ms(times[1])}"


def _slices(stage: StageLike, cut_ns: int | None) -> list[OpenSlice]:
    found: list[OpenSlice] = []
    for backend, start, end in stage.slices:
        is_open = cut_ns is not None and (end is None or end > cut_ns)
        found.append((backend, start, None if is_open else end))
    return found


def _show(slices: Sequence[OpenSlice | None]) -> str:
    shown = [f"{p[0]} {_ms(p[1])}-{_ms(p[2])}" if p is not None else "none" for p in slices]
    return ", ".join(shown) or "no slices"


def _ms(time: int | None) -> str:
    if time is None:
        return "none"
    whole, rest = divmod(time, NS_PER_MS)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") + " ms"
