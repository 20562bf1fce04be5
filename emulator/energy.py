"""What a run cost in energy: busy time times power, from slice intervals.

Power is the profile's: ``active_w`` of the model on the backend, else of the backend, while a slice
runs; ``idle_w`` of the backend, where the profile has it, while none does. Whole microwatts times
whole nanoseconds are summed, so that the order of the slices does not matter.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from emulator.power import microwatts, powers_uw
from emulator.profile import Profile
from emulator.result import RunResult
from emulator.shared_time import held

_UNITS_PER_J: Final = 10**15
"""Microwatts times nanoseconds in a joule."""
_UNITS_PER_MJ: Final = 10**12


@dataclass(frozen=True, slots=True)
class StreamEnergy:
    """What one stream cost; None where the profile does not give the power, or nothing came."""

    energy_j: float | None
    """Of all its slices, also those of jobs that came to nothing."""
    mj_per_job: float | None
    """The same over its completed jobs."""
    mj_per_token: float | None
    """Of the slices of its language models, over the tokens they produced."""


@dataclass(frozen=True, slots=True)
class Energy:
    """What a run cost. Times count from the start of the run to its end."""

    energy_j: float | None
    """Of all backends; None unless the power of every slice is known."""
    mean_w: float | None
    mj_per_token: float | None
    backends: Mapping[str, float | None]
    """J by backend, in profile order."""
    streams: Mapping[str, StreamEnergy]

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        return asdict(self)


class _Sum:
    """Energy in uW ns; unknown as soon as a part of it is."""

    __slots__ = ("known", "total")

    def __init__(self) -> None:
        self.total = 0
        self.known = True

    def add(self, power_uw: int | None, span_ns: int) -> None:
        if power_uw is None:
            self.known = self.known and not span_ns
        else:
            self.total += power_uw * span_ns

    def over(self, unit: int, count: int = 1) -> float | None:
        return self.total / unit / count if self.known and count else None


def energy_of(result: RunResult, profile: Profile) -> Energy | None:
    """The energy of a run; None for a profile without any power."""
    power = powers_uw(profile)
    if all(each is None for each in power.values()):
        return None
    backends = {name: _Sum() for name in profile.backend_names}
    busy_ns = dict.fromkeys(profile.backend_names, 0)
    streams = {name: (_Sum(), _Sum()) for name in result.summary.streams}
    for job in result.jobs:
        whole, tokens = streams[job.stream]
        for stage in job.stages:
            for name, span_ns in held(stage, result.end_ns):
                power_uw = power[stage.model, name]
                busy_ns[name] += span_ns
                backends[name].add(power_uw, span_ns)
                whole.add(power_uw, span_ns)
                if stage.output_tokens is not None:
                    tokens.add(power_uw, span_ns)
    for backend in profile.backends:
        if backend.idle_w is not None:
            idle_ns = max(0, result.end_ns - busy_ns[backend.name])
            backends[backend.name].add(microwatts(backend.idle_w), idle_ns)
    return _energy(result, backends, streams)


def _energy(
    result: RunResult,
    backends: Mapping[str, _Sum],
    streams: Mapping[str, tuple[_Sum, _Sum]],
) -> Energy:
    figures = result.summary.streams
    every, tokens = _together(backends.values()), _together(each[1] for each in streams.values())
    whole_j = every.over(_UNITS_PER_J)
    return Energy(
        energy_j=whole_j,
        mean_w=None if whole_j is None or not result.end_ns else whole_j * 1e9 / result.end_ns,
        mj_per_token=tokens.over(_UNITS_PER_MJ, result.summary.overall.output_tokens),
        backends={name: each.over(_UNITS_PER_J) for name, each in backends.items()},
        streams={
            name: StreamEnergy(
                whole.over(_UNITS_PER_J),
                whole.over(_UNITS_PER_MJ, figures[name].completed),
                of_tokens.over(_UNITS_PER_MJ, figures[name].output_tokens),
            )
            for name, (whole, of_tokens) in streams.items()
        },
    )


def _together(parts: Iterable[_Sum]) -> _Sum:
    whole = _Sum()
    for each in parts:
        whole.total += each.total
        whole.known = whole.known and each.known
    return whole
