"""What is run, predicted and for real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.live_request import LiveRequest, live_request
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.exact import floor_ns, s_to_ns


@dataclass(frozen=True, slots=True)
class TwinRun:
    """One run of a twin check; `duration_s` bounds its releases."""

    profile: Profile
    scenario: Scenario
    policy: str
    seed: int
    duration_s: Fraction
    live: LiveRequest

    @property
    def duration_ns(self) -> int:
        """Releases are strictly before it."""
        return floor_ns(s_to_ns(self.duration_s))

    def engine(self, external: frozenset[str], *, noise_seed: int | None = None) -> Engine:
        """An engine for it, of which these backends are told when their slices end.

        Raises:
            UserError: its profile does not fit its scenario.
        """
        return Engine(
            self.profile,
            self.scenario,
            self.policy,
            seed=self.seed,
            duration_ns=self.duration_ns,
            external=external,
            noise_seed=noise_seed,
        )

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types, for a process of its own."""
        return {
            "profile": self.profile.to_dict(),
            "scenario": self.scenario.to_dict(),
            "policy": self.policy,
            "seed": self.seed,
            "duration_s": str(self.duration_s),
            "live": self.live.to_message(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TwinRun:
        """The inverse of `to_dict`; UserError where a table is wrong."""
        return cls(
            load_profile(data["profile"]),
            load_scenario(data["scenario"]),
            str(data["policy"]),
            int(data["seed"]),
            Fraction(data["duration_s"]),
            live_request(data["live"]) or LiveRequest(),
        )
