"""Behind which slices a job waited, where, for how long, and why the policy had it so."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from emulator.policies.axes import Order
from emulator.timeline import reasons
from emulator.timeline.job import JobRecord, Releases, Wait
from emulator.timeline.piece import RUNS, TO, Incident, Piece, Slice
from emulator.timeline.pieces import Pieces

MAX_BLOCKERS: Final = 40
IDLE: Final = -1
"""Stands for the stream of a backend that ran nothing."""


class Blocker(NamedTuple):
    """Slices of one stage of one job that held the backend while ours waited for it."""

    backend: int
    stream: int
    """``IDLE``: nobody held it."""
    job: int
    stage: int
    slices: int
    held_ns: int
    """While ours waited."""
    reason: str
    label: str = ""
    """How such a slice is called."""


class Policies:
    """Which policy was active when.

    Args:
        incidents: in order; swaps among them.
        before: the policy before the first of them.
    """

    def __init__(self, incidents: Iterable[Incident], before: str) -> None:
        swaps = [each for each in incidents if each.kind == "policy"]
        self._times = [each.t_ns for each in swaps]
        self._names = [each.text.partition(TO)[2] for each in swaps]
        self._first = swaps[0].text.partition(TO)[0] if swaps else before

    def at(self, t_ns: int) -> str:
        """The one by which decisions of an instant were made: commands come before decisions."""
        place = bisect_left(self._times, t_ns + 1)
        return self._names[place - 1] if place else self._first


def policies_of(pieces: Pieces, from_ns: int, to_ns: int, fallback: str) -> Policies:
    """The policies of a stretch of a journal.

    Args:
        pieces: of the journal, refreshed.
        from_ns: its begin.
        to_ns: its end.
        fallback: the policy if the journal never swaps it.

    Raises:
        SessionError: it cannot be read.
    """
    numbers = [n for n, span in enumerate(pieces.spans) if span.swaps]
    before = [n for n in numbers if pieces.spans[n].t_begin_ns <= from_ns]
    after = [n for n in numbers if pieces.spans[n].t_begin_ns > from_ns]
    inside = [n for n in after if pieces.spans[n].t_begin_ns <= to_ns]
    chosen = [*before[-1:], *inside] or after[:1]
    found = [each for n in chosen for each in pieces.coarse(n).incidents]
    if pieces.tail is not None:
        found += pieces.tail.incidents
    return Policies(found, fallback)


def blockers(job: JobRecord, found: Sequence[Piece], policies: Policies) -> tuple[Blocker, ...]:
    """Who held the backends while a job waited, longest first; at most ``MAX_BLOCKERS``.

    Args:
        job: of the journal.
        found: all its pieces from the job's release to its end.
        policies: that were active meanwhile.
    """
    releases = {key: value for piece in found for key, value in piece.releases.items()}
    lanes = _lanes(found, job.end_ns)
    held: dict[tuple[int, int, int, int, str], tuple[int, int]] = {}
    for wait in job.waits:
        idle_ns = wait.to_ns - wait.from_ns
        for each, held_ns in _during(lanes.get(wait.backend, []), wait):
            idle_ns -= held_ns
            reason = _reason(job, wait, each, releases, policies)
            _add(held, (each.backend, each.stream, each.job, each.stage, reason), held_ns)
        if idle_ns > 0:
            reason = reasons.left_idle(policies.at(wait.from_ns))
            _add(held, (wait.backend, IDLE, -1, -1, reason), idle_ns)
    rows = [Blocker(*key[:4], slices, held_ns, key[4]) for key, (slices, held_ns) in held.items()]
    rows.sort(key=lambda each: (-each.held_ns, each.backend, each.stream, each.job))
    return tuple(rows[:MAX_BLOCKERS])


def _lanes(found: Iterable[Piece], now_ns: int) -> dict[int, list[Slice]]:
    """The slices of each backend by their start; what runs is taken to end now."""
    lanes: dict[int, list[Slice]] = {}
    running: dict[int, Slice] = {}
    for piece in found:
        for each in piece.slices:
            lanes.setdefault(each.backend, []).append(each)
            running.pop(each.backend, None)
        running.update((each.backend, each) for each in piece.running)
    for backend, each in running.items():
        lanes.setdefault(backend, []).append(each._replace(end_ns=max(now_ns, each.start_ns)))
    return {backend: _leading(lane) for backend, lane in lanes.items()}


def _leading(lane: Sequence[Slice]) -> list[Slice]:
    """By their start, of those that decoded together the one that led."""
    by_start: dict[int, Slice] = {}
    for each in lane:
        by_start.setdefault(each.start_ns, each)
    return sorted(by_start.values(), key=lambda each: each.start_ns)


def _during(lane: Sequence[Slice], wait: Wait) -> list[tuple[Slice, int]]:
    """Slices that ran while a stage waited, and for how long."""
    first = bisect_left(lane, wait.from_ns, key=lambda each: each.end_ns)
    found = []
    for each in lane[first:]:
        if each.start_ns >= wait.to_ns:
            break
        end_ns = wait.to_ns if each.end_ns == RUNS else min(each.end_ns, wait.to_ns)
        held_ns = end_ns - max(each.start_ns, wait.from_ns)
        if held_ns > 0:
            found.append((each, held_ns))
    return found


def _add(
    held: dict[tuple[int, int, int, int, str], tuple[int, int]],
    key: tuple[int, int, int, int, str],
    held_ns: int,
) -> None:
    slices, before_ns = held.get(key, (0, 0))
    held[key] = (slices + 1, before_ns + held_ns)


def _reason(job: JobRecord, wait: Wait, each: Slice, releases: Releases, policies: Policies) -> str:
    if (each.stream, each.job) == (job.stream, job.job):
        return reasons.SAME_JOB
    if each.start_ns < wait.from_ns:
        return reasons.RAN
    policy = policies.at(each.start_ns)
    axes = reasons.axes_of(policy)
    ahead_ns = None
    if axes is not None:
        ahead_ns = _ahead_ns(axes.order, job, releases.get((each.stream, each.job)))
    return reasons.ordered_first(policy, ahead_ns)


def _ahead_ns(order: Order, job: JobRecord, other: tuple[int, int | None] | None) -> int | None:
    """How much earlier the other job was, by what the policy orders by; None if that is unknown."""
    if other is None:
        return None
    release_ns, deadline_ns = other
    if order is Order.FCFS:
        return job.release_ns - release_ns
    if order is Order.EDF and deadline_ns is not None and job.deadline_ns is not None:
        return job.deadline_ns - deadline_ns
    return None
