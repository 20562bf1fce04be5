"""The whole of a twin check, and what its result file holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median
from typing import Final

from emulator.ort.host import Host, is_quiet
from emulator.ort.twin.cells import Cell, cells, is_same_order
from emulator.ort.twin.correcting import Profiles
from emulator.ort.twin.foretell import StandIn, foretold
from emulator.ort.twin.in_place import at_speeds
from emulator.ort.twin.observation import Observation, observed
from emulator.ort.twin.parts import Pair, Parts, Service, parts, services
from emulator.ort.twin.request import TwinRun
from emulator.ort.twin.times import Times, as_told
from emulator.simulation import simulate

DRAWS: Final = 5
"""Predictions of each real run: they differ in their luck, and one more costs a second."""
RunForReal = Callable[[TwinRun], Observation]


@dataclass(frozen=True, slots=True)
class Twin:
    """A policy, predicted and then run for real a number of times under the same seed."""

    policy: str
    pairs: tuple[Pair, ...]

    @property
    def predicted(self) -> tuple[Observation, ...]:
        """Of all real runs."""
        return tuple(each for pair in self.pairs for each in pair.predicted)

    @property
    def real(self) -> tuple[Observation, ...]:
        """The real runs."""
        return tuple(each.real for each in self.pairs)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Figure by figure."""
        return cells(self.predicted, self.real)

    @property
    def hindsight(self) -> tuple[Cell, ...]:
        """The same figures, predicted with the times that the slices of each run took."""
        return cells(tuple(each for pair in self.pairs for each in pair.hindsight), self.real)

    @property
    def services(self) -> tuple[Service, ...]:
        """What the slices took against the profile."""
        return services(self.pairs)

    @property
    def parts(self) -> tuple[Parts, ...]:
        """Which part is off, by stream."""
        return parts(self.pairs, self.services)

    @property
    def disturbed(self) -> int:
        """Real runs during which others took more than a tenth of a core."""
        return sum(not is_quiet(each.foreign_cores) for each in self.real)

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types, with all response times."""
        return {
            "policy": self.policy,
            "violation_rate": {
                "predicted": [each.violation_rate for each in self.predicted],
                "real": [each.violation_rate for each in self.real],
            },
            "foreign_cores": [each.foreign_cores for each in self.real],
            "backends_down": [list(each.down) for each in self.real],
            "cells": [each.to_dict() for each in self.cells],
            "hindsight": [each.to_dict() for each in self.hindsight],
            "services": [each.to_dict() for each in self.services],
            "parts": [each.to_dict() for each in self.parts],
            "responses_ms": {
                stream: {
                    "predicted": [each.responses_ms(stream) for each in self.predicted],
                    "real": [each.responses_ms(stream) for each in self.real],
                }
                for stream in self.predicted[0].figures
            },
        }


def predict(run: TwinRun, luck: int = 0) -> Observation:
    """The run in virtual time; every ``luck`` has the same jobs and other draws of noise.

    Raises:
        UserError: its profile does not fit its scenario.
    """
    result = simulate(
        run.profile,
        run.scenario,
        run.policy,
        duration_s=str(run.duration_s),
        seed=run.seed,
        noise_seed=run.seed + luck,
        journal=False,
    )
    return observed(result)


def twins(
    run: TwinRun,
    policies: Sequence[str],
    runs: int,
    run_for_real: RunForReal,
    progress: Callable[[str], None],
    profiles: Profiles,
) -> tuple[Twin, ...]:
    """Runs every policy in rounds, so that a busy minute hits all of them; then predicts each run.

    Args:
        run: its policy and its profile are replaced.
        policies: what is compared.
        runs: how many rounds.
        run_for_real: executes a run.
        progress: is told what begins.
        profiles: what runs and predictions are given.

    Raises:
        UserError: a run cannot be.
    """
    seen: dict[str, list[Observation]] = {policy: [] for policy in policies}
    for number in range(runs):
        profiles.prepare(number)
        for policy, found in seen.items():
            progress(f"{policy} for real, {number + 1} of {runs}")
            asked = replace(run, policy=policy, profile=profiles.told(policy))
            found.append(run_for_real(asked))
    profiles.prepare(runs)

    around = [profiles.times(number) for number in range(runs)]

    def pair(policy: str, number: int, real: Observation) -> Pair:
        told = profiles.told(policy)
        asked, times = replace(run, policy=policy, profile=told), around[number]
        own = Times(as_told({policy: told}, {policy: [real]}))
        lucks = range(number * DRAWS, (number + 1) * DRAWS)

        def drawn(known: Times) -> tuple[Observation, ...]:
            stand_in = StandIn(told, known, real.speeds)
            return tuple(foretold(asked, stand_in, luck) for luck in lucks)

        if times is None:
            return Pair(told, tuple(predict(asked, luck) for luck in lucks), drawn(own), real)
        return Pair(at_speeds(told, times, real.speeds), drawn(times), drawn(own), real)

    return tuple(
        Twin(policy, tuple(pair(policy, number, real) for number, real in enumerate(found)))
        for policy, found in seen.items()
    )


def order_holds(found: Sequence[Twin]) -> bool | None:
    """Whether median violation rates rank the policies alike; None without rates."""
    predicted = [rate for each in found if (rate := middle_rate(each.predicted)) is not None]
    real = [rate for each in found if (rate := middle_rate(each.real)) is not None]
    if len(predicted) < len(found) or len(real) < len(found):
        return None
    return is_same_order(predicted, real)


def middle_rate(runs: Sequence[Observation]) -> float | None:
    """The median violation rate of some runs, None where none has one."""
    known = [each.violation_rate for each in runs if each.violation_rate is not None]
    return median(known) if known else None


def record(run: TwinRun, found: Sequence[Twin], here: Host, how: str) -> dict[str, object]:
    """What the result file holds: machine, load of others, versions, and all figures."""
    return {
        "format": 3,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "host": here.to_dict(),
        "scenario": run.scenario.name,
        "seed": run.seed,
        "duration_s": float(run.duration_s),
        "runs": len(found[0].pairs),
        "profile_from": how,
        "profile": found[0].pairs[-1].profile.to_dict(),
        "same_order": order_holds(found),
        "policies": [each.to_dict() for each in found],
    }
