"""Short runs before the rounds of a twin check, from which its profiles come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, Protocol

from emulator.ort.twin.in_place import corrected
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.request import TwinRun
from emulator.ort.twin.times import Times, as_told
from emulator.profile import Profile

OTHER_SEED: Final = 1_000_003
"""Added to the seed, with the number of the round."""
DURATION_S: Final = Fraction(15)
"""Of each run."""
FIRST: Final = -1
"""Number of the runs before the first round."""


class Profiles(Protocol):
    """The profiles of a twin check."""

    def prepare(self, number: int) -> None:
        """A round is about to begin, or the last one is over."""

    def told(self, policy: str) -> Profile:
        """What the policy is told."""

    def times(self, number: int) -> Times | None:
        """What slices took around a round, once all are over; None if the profile says it."""


class AsItIs:
    """One profile for everything."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile

    def prepare(self, number: int) -> None:
        """Nothing to do."""

    def told(self, policy: str) -> Profile:
        """The profile."""
        return self._profile

    def times(self, number: int) -> None:
        """The profile says it."""


class Correcting:
    """Profiles from runs of all policies, under other seeds than the one that is predicted.

    The first ones correct what the models took when each was measured by itself: this is what a
    policy is told in all later runs, and expects in the predictions. Further ones are made before
    and after each round. A run is predicted with what these showed, at the speed that its cores
    had: of the run itself nothing is used but its gauges.

    Args:
        run: its profile is corrected.
        policies: those of the check.
        run_for_real: executes a run.
        progress: is told what begins.
    """

    def __init__(
        self,
        run: TwinRun,
        policies: Sequence[str],
        run_for_real: Callable[[TwinRun], Observation],
        progress: Callable[[str], None],
    ) -> None:
        self._run = replace(run, duration_s=DURATION_S)
        self._run_for_real = run_for_real
        self._progress = progress
        self._told = dict.fromkeys(policies, run.profile)
        self._seen: dict[str, list[Observation]] = {policy: [] for policy in policies}

    def prepare(self, number: int) -> None:
        """Runs each policy under a seed of its own, before the first round twice.

        Raises:
            UserError: a run cannot be.
        """
        if number == 0:
            first = {policy: [self._seen_of(policy, FIRST)] for policy in self._told}
            self._told = corrected(self._run.profile, first)
        for policy, seen in self._seen.items():
            seen.append(self._seen_of(policy, number))

    def told(self, policy: str) -> Profile:
        """Corrected by the first runs."""
        return self._told[policy]

    def times(self, number: int) -> Times:
        """Those of the runs before and after the round."""
        around = {name: seen[number : number + 2] for name, seen in self._seen.items()}
        return Times(as_told(self._told, around))

    def _seen_of(self, policy: str, number: int) -> Observation:
        self._progress(
            f"{policy} to correct the profile" + (f", {number + 1}" if number >= 0 else "")
        )
        seed = self._run.seed + OTHER_SEED + number
        asked = replace(self._run, policy=policy, profile=self._told[policy], seed=seed)
        return self._run_for_real(asked)
