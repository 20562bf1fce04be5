"""An endless source of jobs with one purpose, as a scenario writes it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from emulator.names import shown
from emulator.schema.arrival import Arrival, ClosedLoop, RateHz
from emulator.schema.exact import (
    MAX_MS,
    NonNegativeMs,
    NonNegativeSeconds,
    Number,
    PositiveSeconds,
    Whole,
    ms_to_ns,
    s_to_ns,
)
from emulator.schema.stage import Stage
from emulator.schema.stage_graph import check_graph, topological_order
from emulator.schema.stream_forms import LINK_KEYS, ONE_STAGE_KEYS, with_stages, with_trace
from emulator.schema.tables import Entries, Name, Table, Text, fault

MAX_STAGES = 256
MAX_ARRIVALS = 1_000_000
MAX_UNIT = 10**30
"""Largest common denominator of explicit instants, so that arithmetic with them stays cheap."""
RELEASE_KEYS = ("rate_hz", "period_ms", "arrival", "arrivals_ms")

Instants = Annotated[tuple[NonNegativeMs, ...], Entries(1, MAX_ARRIVALS)]
PeriodMs = Annotated[Fraction, Number(Fraction(1, 1000), MAX_MS)]
PhaseMs = Annotated[Fraction | Literal["random"], Number(0, MAX_MS, word="random")]
Firm = Annotated[tuple[Annotated[int, Whole(1, 1_000)], ...], Entries(1, 2)]
DeadlineMs = Annotated[Fraction | Literal["none"], Number(0, MAX_MS, above=True, word="none")]


class Stream(Table):
    """Jobs of one or more stages, how they are released, and when they are late.

    `deadline_ms` counts from the release; None is the next release of a periodic stream and no
    deadline otherwise, "none" is no deadline. `stages` is never empty: the keys of a one-stage
    stream are moved into a stage with the stream's name. A trace file becomes `arrivals_ms`.
    `arrivals_ms` and `deadlines_ms` count from `start_s`, and so does the phase. `firm` is [m, k]:
    of any k jobs in a row m have to be met, the admission `skip` gives up the others. `hopeless`
    says why a target cannot be met, where that is known; `text` names a dialogue to show.
    """

    home: ClassVar[str] = "is a key of a stream ([[streams]])"
    homes: ClassVar[Mapping[str, str]] = {
        "Stage": "is a key of the stream: write it before [[streams.stages]]"
    }

    name: Name
    title: Text | None = None
    description: Text | None = None
    source: Text | None = None
    note: Text | None = None
    text: Text | None = None
    hopeless: Text | None = None

    rate_hz: RateHz | None = None
    period_ms: PeriodMs | None = None
    arrival: Arrival | None = None
    arrivals_ms: Instants | None = None
    phase_ms: PhaseMs = Fraction(0)
    jitter_ms: NonNegativeMs = Fraction(0)
    start_s: NonNegativeSeconds = Fraction(0)
    stop_s: PositiveSeconds | None = None

    deadline_ms: DeadlineMs | None = None
    deadlines_ms: Instants | None = None
    late: Literal["keep", "drop"] = "keep"
    firm: Firm | None = None
    stages: Annotated[tuple[Stage, ...], Entries(1, MAX_STAGES)]

    @property
    def is_periodic(self) -> bool:
        """Whether releases come at a fixed period (before jitter)."""
        return self.rate_hz is not None or self.period_ms is not None

    @property
    def period(self) -> Fraction | None:
        """The exact period in nanoseconds, None for a stream that is not periodic."""
        if self.rate_hz is not None:
            return s_to_ns(1 / self.rate_hz)
        return None if self.period_ms is None else ms_to_ns(self.period_ms)

    @property
    def topological_order(self) -> tuple[int, ...]:
        """Positions in `stages` such that predecessors come first, otherwise as written."""
        return topological_order(self.stages)

    @classmethod
    def file_keys(cls) -> tuple[str, ...]:
        """The keys of a stream and those that a one-stage stream writes on itself."""
        return (*super().file_keys(), *ONE_STAGE_KEYS, *LINK_KEYS)

    @classmethod
    def prepared(cls, data: object, folder: Path) -> object:
        """A stream with stages, and with the arrivals of its trace."""
        return with_trace(with_stages(cls.check_keys(data)), folder)

    def check(self) -> None:
        """Jobs are released in one way, lists agree and the stages make a graph."""
        self._check_release()
        self._check_lists()
        self._check_firm()
        check_graph(self.stages)

    def _check_release(self) -> None:
        given = [key for key in RELEASE_KEYS if getattr(self, key) is not None]
        if not given:
            raise fault(f"give one of {', '.join(RELEASE_KEYS)}, so that jobs are released")
        if len(given) > 1:
            raise fault(f"give only one of {' and '.join(given)}", given[1])
        has_phase = self.is_periodic or isinstance(self.arrival, ClosedLoop)
        if self.phase_ms != 0 and not has_phase:
            what = "only a periodic or closed-loop stream has a phase, others have start_s"
            raise fault(what, "phase_ms")
        if self.phase_ms == "random" and not self.is_periodic:
            raise fault("only a periodic stream has a random phase", "phase_ms")
        if self.stop_s is not None and self.stop_s <= self.start_s:
            raise fault(f"expected a time after start_s, not {shown(self.stop_s)}", "stop_s")

    def _check_lists(self) -> None:
        arrivals, deadlines = self.arrivals_ms or (), self.deadlines_ms
        for earlier, later in pairwise(arrivals):
            if later < earlier:
                what = f"expected times in order, but {shown(later)} follows {shown(earlier)}"
                raise fault(what, "arrivals_ms")
        _check_unit(arrivals, "arrivals_ms")
        if deadlines is None:
            return
        if self.deadline_ms is not None:
            raise fault("give deadline_ms or deadlines_ms, not both", "deadlines_ms")
        if len(arrivals) != len(deadlines):
            what = f"expected one for each of the {len(arrivals)} arrivals_ms, not {len(deadlines)}"
            raise fault(what, "deadlines_ms")
        for arrival, deadline in zip(arrivals, deadlines, strict=True):
            if deadline < arrival:
                what = f"deadline {shown(deadline)} is before its arrival {shown(arrival)}"
                raise fault(what, "deadlines_ms")
        _check_unit(deadlines, "deadlines_ms")

    def _check_firm(self) -> None:
        if self.firm is not None and (len(self.firm) == 1 or self.firm[0] > self.firm[1]):
            given = ", ".join(map(str, self.firm))
            what = f"expected [m, k], m of any k jobs in a row, not [{given}]"
            raise fault(what, "firm")


def _check_unit(instants: tuple[Fraction, ...], key: str) -> None:
    unit = 1
    for instant in instants:
        unit = math.lcm(unit, instant.denominator)
        if unit > MAX_UNIT:
            raise fault("expected times with few decimals, or fractions of one denominator", key)
