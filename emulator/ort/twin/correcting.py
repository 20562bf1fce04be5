"""Before each round of a twin check: short runs of all policies that correct the profile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from emulator.ort.twin.in_place import Round, corrected
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.request import TwinRun
from emulator.profile import Profile

OTHER_SEED: Final = 1_000_003
"""Added to the seed, with the number of the round."""
DURATION_S: Final = Fraction(15)
"""Of each run."""


class Correcting:
    """Corrects the profile of a run from round to round: the speed of a machine moves.

    Args:
        run: its profile is what the models took when each was measured by itself.
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
        self._policies = policies
        self._run_for_real = run_for_real
        self._progress = progress
        self._rounds: list[Round] = []

    def profiles_of(self, number: int) -> dict[str, Profile]:
        """The profile of each policy for a round, from runs that are made now.

        Raises:
            UserError: a run cannot be.
        """
        runs: list[Observation] = []
        for policy in self._policies:
            self._progress(f"{policy} to correct the profile, {number + 1}")
            seed = self._run.seed + OTHER_SEED + number
            runs.append(self._run_for_real(replace(self._run, policy=policy, seed=seed)))
        self._rounds.append(runs)
        profiles = corrected(self._run.profile, self._rounds)
        return dict(zip(self._policies, profiles, strict=True))
