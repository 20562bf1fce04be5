"""When a stream releases its jobs, and by when they are due."""

import math
from dataclasses import dataclass
from fractions import Fraction

from tests.reference.loading import StreamSpec


@dataclass(slots=True)
class Stream:
    """A stream while it is simulated: `origin` is what phase and arrivals count from."""

    spec: StreamSpec
    origin: Fraction
    active: bool = True
    since_origin: int = 0
    jobs_released: int = 0

    def next_release(self, end: Fraction) -> Fraction | None:
        """The exact instant of the next release, None if there is none before `end`."""
        release = self.nominal(self.since_origin)
        if not self.active or release is None or release >= end:
            return None
        stop = self.spec.stop_ns
        return None if stop is not None and release >= stop else release

    def nominal(self, number: int) -> Fraction | None:
        """Release `number` since the origin, whether or not it will happen."""
        spec = self.spec
        if spec.period_ns is not None:
            return self.origin + spec.phase_ns + number * spec.period_ns
        if number < len(spec.arrivals_ns):
            return self.origin + spec.arrivals_ns[number]
        return None

    def job_deadline_ns(self, release: Fraction) -> int | None:
        """The job's own deadline: given, or the next nominal release."""
        if self.spec.deadline_ns is not None:
            return math.floor(release + self.spec.deadline_ns)
        following = self.nominal(self.since_origin + 1) if self.spec.implicit_deadline else None
        return math.floor(following) if following is not None else None
