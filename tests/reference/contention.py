"""Slices that slow each other down, from docs/engine.md alone.

Times are ns, work and speeds whole numbers of 2^-32, bandwidths kB/s.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from tests.reference import durations
from tests.reference.loading import Profile
from tests.reference.state import Stage, next_chunk, slice_cost

UNIT = 1 << 32
KB_S_PER_GB_S = 1_000_000


def kb_s(gb_s: Fraction) -> int:
    """A bandwidth in whole kB/s, at least 1."""
    return max(1, round(gb_s * KB_S_PER_GB_S))


def moved_bytes(profile: Profile, stage: Stage, backend: str, chunk: int | None) -> Fraction:
    """What the stage's next slice moves; of the whole inference for one of its slices."""
    traffic = profile.traffic[stage.spec.model, backend]
    if stage.phase == "vision":
        return traffic
    if stage.phase == "decode":
        context = stage.spec.cached + stage.prompt + stage.produced
    else:
        cached, _, end = next_chunk(stage, chunk)
        context = cached + end
    return traffic + context * profile.kv_bytes[stage.spec.model]


def expected_ns(profile: Profile, stage: Stage, backend: str, chunk: int | None) -> int:
    """The time over which that is spread."""
    if stage.phase == "vision":
        return durations.vision_rest(profile, stage.spec.model, backend, 0)
    return slice_cost(profile, stage, backend, chunk)


@dataclass(slots=True)
class Slice:
    """A slice that runs."""

    demand: int
    share: int
    interference: int
    left: int
    speed: int = UNIT


@dataclass(slots=True)
class Memory:
    """What runs, by backend, and the work left of it at `since_ns`."""

    profile: Profile
    slices: dict[str, Slice] = field(default_factory=dict)
    since_ns: int = 0

    def start(self, now: int, backend: str, stage: Stage, chunk: int | None, cost_ns: int) -> None:
        """The stage's next slice starts, to take so long alone; call before its state changes."""
        place = next(each for each in self.profile.backends if each.name == backend)
        whole = kb_s(self.profile.usable_gb_s or Fraction(1))
        cap = min(whole, kb_s(place.bandwidth_gb_s)) if place.bandwidth_gb_s else whole
        moved = moved_bytes(self.profile, stage, backend, chunk)
        time = expected_ns(self.profile, stage, backend, chunk)
        is_known = self.profile.usable_gb_s is not None
        demand = min(cap, round(moved / time * KB_S_PER_GB_S)) if is_known else 0
        self._count(now)
        self.slices[backend] = Slice(
            demand,
            round(Fraction(demand * UNIT, cap)),
            round(place.interference * UNIT),
            cost_ns * UNIT,
        )
        self._change_speeds()

    def end(self, now: int, backend: str) -> None:
        """The slice on that backend has ended."""
        self._count(now)
        del self.slices[backend]
        self._change_speeds()

    def end_ns(self, now: int, backend: str) -> int:
        """When the slice on that backend ends, as things are, if it is not due now."""
        found = self.slices[backend]
        return now + max(1, round(Fraction(found.left, found.speed)))

    def _count(self, now: int) -> None:
        for each in self.slices.values():
            each.left = max(0, each.left - (now - self.since_ns) * each.speed)
        self.since_ns = now

    def _change_speeds(self) -> None:
        whole = kb_s(self.profile.usable_gb_s or Fraction(1))
        together = sum(each.demand for each in self.slices.values())
        for backend, each in self.slices.items():
            others = sum(other.share for name, other in self.slices.items() if name != backend)
            pressure = Fraction(min(UNIT, others), UNIT)
            share = Fraction(each.share, UNIT)
            excess = Fraction(each.interference, UNIT) - 1
            slowdown = max(Fraction(1), share * together / whole, 1 + excess * share * pressure)
            # Both are rounded before they are compared.
            each.speed = min(max(1, round(UNIT / slowdown)), self._beside(backend))

    def _beside(self, backend: str) -> int:
        place = next(each for each in self.profile.backends if each.name == backend)
        factors = [place.slowdown[name] for name in self.slices if name in place.slowdown]
        return max(1, round(UNIT / prod(factors, start=Fraction(1))))
