"""How the releases of a stream that is not periodic arise."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from emulator.schema.exact import Number, PositiveSeconds, s_to_ns
from emulator.schema.tables import OneOf, Rewritten, Table, fault, one_of

MAX_RATE_HZ = 10**6
MAX_GAP_S = 10**6

RateHz = Annotated[Fraction, Number(Fraction(1, MAX_GAP_S), MAX_RATE_HZ)]
"""Releases per second, 1e-6 to 1e6."""


class Poisson(Table):
    """Independent gaps, exponentially distributed; exactly one of rate and mean gap is given."""

    home: ClassVar[str] = "belongs to a Poisson arrival"

    process: Literal["poisson"]
    rate_hz: RateHz | None = None
    mean_interval_s: Annotated[Fraction, Number(Fraction(1, MAX_RATE_HZ), MAX_GAP_S)] | None = None

    def check(self) -> None:
        """One of rate and mean gap is given."""
        if (self.rate_hz is None) == (self.mean_interval_s is None):
            raise fault("give exactly one of rate_hz and mean_interval_s")

    @property
    def mean_interval_ns(self) -> Fraction:
        """The exact mean gap between releases."""
        if self.mean_interval_s is not None:
            return s_to_ns(self.mean_interval_s)
        return s_to_ns(1 / (self.rate_hz or Fraction(1)))


class ClosedLoop(Table):
    """The next job is released a think time after the last one ended; the first at the start."""

    home: ClassVar[str] = "belongs to a closed-loop arrival"

    process: Literal["closed-loop"]
    think_s: PositiveSeconds

    @property
    def think_ns(self) -> Fraction:
        """The exact think time."""
        return s_to_ns(self.think_s)


PROCESSES = ("poisson", "closed-loop", "trace")


def _known_process(value: object) -> object:
    return one_of(value, "process", PROCESSES) if isinstance(value, Mapping) else value


Arrival = Annotated[Poisson | ClosedLoop, OneOf("process"), Rewritten(_known_process)]
"""A trace is read before: what remains is drawn or follows from the run."""
