"""A run foretold: the engine in virtual time, on backends whose speed moves as it really did.

The engine starts slices as in a run for real, and is told when they end. How long one takes is
drawn from what such slices took in other runs, at the speed of the core at that moment:

    duration = gap that was told + table value x drawn residual x gauge ** elasticity
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emulator import draws
from emulator.collector import collector_off
from emulator.engine import Engine
from emulator.engine.running import RunningSlice
from emulator.ort.twin.observation import INFERENCE, PHASES, Observation, observed
from emulator.ort.twin.parts import dispatch_ns
from emulator.ort.twin.request import TwinRun
from emulator.ort.twin.speed import Readings, smoothed
from emulator.ort.twin.times import Kind, Times
from emulator.profile import Profile
from emulator.result import ResultBuilder

QUANTITY: Final = "twin"
"""Of the draws' addresses."""


def foretold(run: TwinRun, stand_in: StandIn, luck: int) -> Observation:
    """The run in virtual time; every ``luck`` has the same jobs and other durations.

    Args:
        run: its profile is what the policy is told, and what backends take that nobody stands in
            for.
        stand_in: made for the same profile.
        luck: of the draws.

    Raises:
        UserError: its profile does not fit its scenario.
    """
    names, seed = run.profile.backend_names, run.seed + luck
    engine = run.engine(stand_in.backends, noise_seed=seed)
    builder = ResultBuilder(run.profile, run.scenario)
    external = [index for index, name in enumerate(names) if name in stand_in.backends]
    ends_ns: dict[int, int] = {}
    with collector_off():
        while (t_ns := _next_ns(engine, ends_ns)) is not None:
            for backend in [each for each in external if ends_ns.get(each) == t_ns]:
                engine.complete(backend, ends_ns.pop(backend))
            engine.advance(t_ns)
            builder.feed(engine.drain())
            for backend in external:
                if backend not in ends_ns and (work := engine.running(backend)) is not None:
                    ends_ns[backend] = t_ns + stand_in.duration_ns(names[backend], work, seed)
    return observed(builder.result(max(engine.now_ns, run.duration_ns)))


def _next_ns(engine: Engine, ends_ns: Mapping[int, int]) -> int | None:
    instants = [*ends_ns.values()]
    if (event_ns := engine.next_event_ns) is not None:
        instants.append(event_ns)
    return min(instants, default=None)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The residuals (logarithms) of a kind of slice on a backend, and its elasticity."""

    residuals: Sequence[float]
    slope: float


class StandIn:
    """Stands in for real backends.

    Args:
        profile: its tables and gaps are those that `times` are over.
        times: what slices took in other runs.
        speeds: readings of the gauges by backend, in virtual time.
    """

    def __init__(self, profile: Profile, times: Times, speeds: Mapping[str, Readings]) -> None:
        self.backends = frozenset(
            backend for by_backend in times.groups.values() for backend in by_backend
        )
        """Those that `times` knows something of."""
        self._times = times
        self._dispatch_ns = dispatch_ns(profile)
        self._speeds = {
            backend: ([instant for instant, _ in readings], np.log(smoothed(readings)))
            for backend, readings in speeds.items()
            if readings
        }
        self._drawn: dict[tuple[str, str, str], _Drawn] = {}

    def duration_ns(self, backend: str, work: RunningSlice, seed: int) -> int:
        """How long the slice that has just started there takes."""
        phase = PHASES.get(work.phase, INFERENCE)
        gap_ns = self._dispatch_ns[backend]
        table_ns = work.expected_ns - gap_ns
        drawn = self._of(work.model, phase, backend)
        if not drawn.residuals:
            return work.expected_ns
        u = draws.uniform(
            seed, work.stream, work.job, work.stage, f"{QUANTITY} {phase}", work.number
        )
        log = drawn.residuals[int(u * len(drawn.residuals))]
        if drawn.slope:
            instants, levels = self._speeds[backend]
            log += drawn.slope * float(np.interp(work.start_ns, instants, levels))
        return max(1, round(gap_ns + table_ns * math.exp(log)))

    def _of(self, model: str, phase: str, backend: str) -> _Drawn:
        key = model, phase, backend
        if key not in self._drawn:
            self._drawn[key] = self._found((model, phase), backend)
        return self._drawn[key]

    def _found(self, kind: Kind, backend: str) -> _Drawn:
        if kind not in self._times.groups:
            return _Drawn((), 0.0)
        left, slope = self._times.residuals(kind, backend, at_speed=backend in self._speeds)
        return _Drawn(left.tolist(), slope)
