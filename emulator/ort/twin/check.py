"""The whole of a twin check, and what its result file holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median

from emulator.ort.host import Host, is_quiet
from emulator.ort.twin.cells import Cell, cells, is_same_order
from emulator.ort.twin.observation import Observation, observed
from emulator.ort.twin.parts import Parts, Service, parts, services
from emulator.ort.twin.request import TwinRun
from emulator.simulation import simulate

RunForReal = Callable[[TwinRun], Observation]


@dataclass(frozen=True, slots=True)
class Twin:
    """A policy, predicted once and run for real a number of times under the same seed."""

    run: TwinRun
    predicted: Observation
    real: tuple[Observation, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Figure by figure."""
        return cells(self.predicted, self.real)

    @property
    def services(self) -> tuple[Service, ...]:
        """What the slices took against the profile."""
        return services(self.run.profile, self.real)

    @property
    def parts(self) -> tuple[Parts, ...]:
        """Which part is off, by stream."""
        return parts(self.run.profile, self.predicted, self.real, self.services)

    @property
    def disturbed(self) -> int:
        """Real runs during which others took more than a tenth of a core."""
        return sum(not is_quiet(each.foreign_cores) for each in self.real)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types, with all response times."""
        return {
            "policy": self.run.policy,
            "violation_rate": {
                "predicted": self.predicted.violation_rate,
                "real": [each.violation_rate for each in self.real],
            },
            "foreign_cores": [each.foreign_cores for each in self.real],
            "backends_down": [list(each.down) for each in self.real],
            "cells": [each.to_dict() for each in self.cells],
            "services": [each.to_dict() for each in self.services],
            "parts": [each.to_dict() for each in self.parts],
            "responses_ms": {
                stream: {
                    "predicted": self.predicted.responses_ms(stream),
                    "real": [each.responses_ms(stream) for each in self.real],
                }
                for stream in self.predicted.figures
            },
        }


def predict(run: TwinRun) -> Observation:
    """The run in virtual time. Raises UserError: its profile does not fit its scenario."""
    result = simulate(
        run.profile,
        run.scenario,
        run.policy,
        duration_s=str(run.duration_s),
        seed=run.seed,
        journal=False,
    )
    return observed(result)


def twins(
    run: TwinRun,
    policies: Sequence[str],
    runs: int,
    run_for_real: RunForReal,
    progress: Callable[[str], None],
) -> tuple[Twin, ...]:
    """Predicts and runs every policy; policies take turns, so that a busy minute hits all of them.

    Raises:
        UserError: a run cannot be.
    """
    each_policy = [replace(run, policy=name) for name in policies]
    predictions = [predict(each) for each in each_policy]
    real: list[list[Observation]] = [[] for _ in policies]
    for number in range(runs):
        for position, each in enumerate(each_policy):
            progress(f"{each.policy} for real, {number + 1} of {runs}")
            real[position].append(run_for_real(each))
    return tuple(
        Twin(each, predicted, tuple(seen))
        for each, predicted, seen in zip(each_policy, predictions, real, strict=True)
    )


def order_holds(found: Sequence[Twin]) -> bool | None:
    """Whether violation rates rank the policies alike, predicted and real; None without rates."""
    pairs = [
        (each.predicted.violation_rate, [run.violation_rate for run in each.real]) for each in found
    ]
    predicted = [rate for rate, _ in pairs if rate is not None]
    real = [median(known) for _, rates in pairs if (known := [r for r in rates if r is not None])]
    if len(predicted) < len(found) or len(real) < len(found):
        return None
    return is_same_order(predicted, real)


def record(found: Sequence[Twin], here: Host, how: str) -> dict[str, object]:
    """What the result file holds: machine, load of others, versions, and all figures."""
    run = found[0].run
    return {
        "format": 1,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": here.to_dict(),
        "scenario": run.scenario.name,
        "seed": run.seed,
        "duration_s": float(run.duration_s),
        "runs": len(found[0].real),
        "profile_from": how,
        "profile": run.profile.to_dict(),
        "same_order": order_holds(found),
        "policies": [each.to_dict() for each in found],
    }
