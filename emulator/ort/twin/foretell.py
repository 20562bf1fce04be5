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
from emulator.ort.twin.times import Times
from emulator.result import ResultBuilder
from emulator.schema.exact import floor_ns, s_to_ns

QUANTITY: Final = "twin"
"""Of the draws' addresses."""


def foretold(run: TwinRun, times: Times, speeds: Mapping[str, Readings], luck: int) -> Observation:
    """The run in virtual time; every ``luck`` has the same jobs and other durations.

    Args:
        run: its profile is what the policy is told. Backends of which `times` knows nothing take
            what their profile says.
        times: of other runs.
        speeds: readings of the gauges by backend, in virtual time.
        luck: of the draws.

    Raises:
        UserError: its profile does not fit its scenario.
    """
    names = run.profile.backend_names
    known = {backend for by_backend in times.groups.values() for backend in by_backend}
    engine = Engine(
        run.profile,
        run.scenario,
        run.policy,
        seed=run.seed,
        duration_ns=floor_ns(s_to_ns(run.duration_s)),
        external=frozenset(known),
        noise_seed=run.seed + luck,
    )
    stand_in = StandIn(run, times, speeds, run.seed + luck)
    builder = ResultBuilder(run.profile, run.scenario)
    external = [index for index, name in enumerate(names) if name in known]
    ends_ns: dict[int, int] = {}
    with collector_off():
        while (t_ns := _next_ns(engine, ends_ns)) is not None:
            for backend in [each for each in external if ends_ns.get(each) == t_ns]:
                engine.complete(backend, ends_ns.pop(backend))
            engine.advance(t_ns)
            builder.feed(engine.drain())
            for backend in external:
                if backend not in ends_ns and (work := engine.running(backend)) is not None:
                    ends_ns[backend] = t_ns + stand_in.duration_ns(names[backend], work)
    return observed(builder.result(max(engine.now_ns, floor_ns(s_to_ns(run.duration_s)))))


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
        run: whose profile tells tables and gaps, and whose seed is not used.
        times: what slices took in other runs.
        speeds: readings of the gauges by backend.
        seed: of the draws.
    """

    def __init__(
        self, run: TwinRun, times: Times, speeds: Mapping[str, Readings], seed: int
    ) -> None:
        self._times = times
        self._seed = seed
        self._dispatch_ns = dispatch_ns(run.profile)
        self._speeds = {
            backend: ([instant for instant, _ in readings], np.log(smoothed(readings)))
            for backend, readings in speeds.items()
            if readings
        }
        self._drawn: dict[tuple[str, str, str], _Drawn] = {}

    def duration_ns(self, backend: str, work: RunningSlice) -> int:
        """How long the slice that has just started there takes."""
        phase = PHASES.get(work.phase, INFERENCE)
        gap_ns = self._dispatch_ns[backend]
        table_ns = work.expected_ns - gap_ns
        drawn = self._of(work.model, phase, backend)
        if not drawn.residuals:
            return work.expected_ns
        u = draws.uniform(
            self._seed, work.stream, work.job, work.stage, f"{QUANTITY} {phase}", work.number
        )
        log = drawn.residuals[int(u * len(drawn.residuals))]
        if drawn.slope and backend in self._speeds:
            instants, levels = self._speeds[backend]
            log += drawn.slope * float(np.interp(work.start_ns, instants, levels))
        return max(1, round(gap_ns + table_ns * math.exp(log)))

    def _of(self, model: str, phase: str, backend: str) -> _Drawn:
        key = model, phase, backend
        if key not in self._drawn:
            self._drawn[key] = self._found(model, phase, backend)
        return self._drawn[key]

    def _found(self, model: str, phase: str, backend: str) -> _Drawn:
        if (model, phase) not in self._times.groups:
            return _Drawn((), 0.0)
        chosen, slope = self._times.of((model, phase), backend)
        if backend in self._speeds and any(len(each.gauged[0]) for each in chosen):
            residuals = np.concatenate([each.residuals(slope) for each in chosen])
            return _Drawn(residuals.tolist(), slope)
        return _Drawn(np.concatenate([each.times for each in chosen]).tolist(), 0.0)
