"""Counts of a run that has ended, straight from its journal.

A search asks hundreds of runs for one share of misses; making the records of all jobs to count
them would take half as long again as running them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Final

from emulator import journal as kinds
from emulator.claims.values import Value
from emulator.engine import Engine
from emulator.errors import PolicyError
from emulator.metrics.events import Unread
from emulator.metrics.facts import StreamReader
from emulator.schema.exact import floor_ns, s_to_ns
from emulator.sweep import Case
from emulator.virtual import run_virtual

_CAUSES: Final = frozenset(("hopeless", "backlog", "avoidable"))


class Tally:
    """How the jobs of each stream ended, of a run without commands in which all of them did."""

    def __init__(self, names: Sequence[str], judged: Sequence[bool]) -> None:
        self._names = tuple(names)
        self._judged = list(judged)
        """Whether the jobs of the stream have a deadline: one of a stage, or the job's own."""
        self._ends: list[Counter[str]] = [Counter() for _ in names]
        """By outcome; misses by cause as well."""

    def feed(self, events: Sequence[Unread]) -> None:
        """Takes the next events.

        Raises:
            PolicyError: the policy broke, so that this is no run of it any more.
        """
        for event in events:
            kind = event[0]
            if kind == kinds.RELEASED:
                _, _, stream, _, deadline_ns, *_ = event
                if deadline_ns is not None:
                    self._judged[stream] = True
            elif kind == kinds.COMPLETED:
                _, _, stream, _, outcome, cause, *_ = event
                self._end(stream, outcome, cause)
            elif kind == kinds.DROPPED:
                _, _, stream, _, _, cause, *_ = event
                self._end(stream, "dropped", cause)
            elif kind == kinds.POLICY_FAILED:
                raise PolicyError(f"policy {event[2]} failed: {event[3]}", key="policy")

    def _end(self, stream: int, outcome: str, cause: str) -> None:
        ends = self._ends[stream]
        ends[outcome] += 1
        if cause and outcome != "met":
            ends[cause] += 1

    def value(self, metric: str, stream: str = "") -> Value:
        """A figure of ``TALLIED``, of one stream or of the run; equal to that of a full summary."""
        if metric == "violation_rate_mean":
            rates = [rate for name in self._names if (rate := self.value("violation_rate", name))]
            known = [name for name in self._names if self.value("known", name)]
            return Fraction(sum(rates), len(known)) if known else None
        chosen = [each for each, name in enumerate(self._names) if stream in ("", name)]
        return TALLIED[metric](self._totals(chosen))

    def _totals(self, streams: Sequence[int]) -> Counter[str]:
        totals: Counter[str] = Counter()
        for each in streams:
            ends = self._ends[each]
            missed = ends["late"] + ends["dropped"]
            totals["jobs"] += ends["met"] + missed + ends["skipped"]
            if self._judged[each]:
                totals["known"] += ends["met"] + missed
                totals["missed"] += missed
                for cause in _CAUSES:
                    totals[cause] += ends[cause]
            for outcome in ("met", "late", "dropped", "skipped"):
                totals[outcome] += ends[outcome]
        return totals


def _count(name: str) -> Callable[[Counter[str]], Value]:
    return lambda totals: totals[name]


TALLIED: Final[Mapping[str, Callable[[Counter[str]], Value]]] = {
    "violation_rate": lambda totals: (
        Fraction(totals["missed"], totals["known"]) if totals["known"] else None
    ),
    "violation_rate_mean": lambda _: None,
    "completed": lambda totals: totals["met"] + totals["late"],
    "running": lambda _: 0,
    "overdue": lambda _: 0,
    **{
        name: _count(name)
        for name in ("jobs", "met", "late", "dropped", "skipped", "known", "missed", *_CAUSES)
    },
}
"""The metrics of claims that can be counted so."""


def tallied(case: Case) -> Tally | None:
    """The counts of a run; None if some of its jobs never end, so that they cannot say it all.

    Raises:
        UserError: an unknown policy, one that broke, or a scenario that does not fit the profile.
    """
    engine = Engine(
        case.profile,
        case.scenario,
        case.policy,
        seed=case.seed,
        noise=case.noise,
        effects=case.effects,
        duration_ns=floor_ns(s_to_ns(case.duration_s)),
    )
    reader = StreamReader(case.profile, case.scenario)
    names = [stream.name for stream in case.scenario.streams]
    tally = Tally(names, [reader.facts(name, None).has_limits for name in names])
    run_virtual(engine, tally.feed)
    return None if engine.open_jobs else tally
