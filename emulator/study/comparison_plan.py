"""What a comparison runs: policies x seeds, and the scenario with changes that must not matter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

from emulator.catalog import load_profile, load_scenario
from emulator.effects import check_effects, parse_effects
from emulator.errors import UserError
from emulator.names import shown
from emulator.policies import HEADLINE, find_policy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.exact import exact
from emulator.schema.fit import check_fit
from emulator.schema.stream import Stream
from emulator.schema.tables import duplicates
from emulator.simulation import ProfileLike, ScenarioLike
from emulator.sweep import Case

POLICIES: Final = tuple(policy.name for policy in HEADLINE)
SEEDS: Final = range(5)

Change: TypeAlias = Literal["tie order", "phase shift"]
"""What must not decide a comparison: in what order the file lists the streams, and that periodic
streams all begin at one instant."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared; made by ``plan``, which checks it."""

    profile: Profile
    scenario: Scenario
    policies: tuple[str, ...]
    """Differences are to the first."""
    seeds: tuple[int, ...]
    duration_s: Fraction
    noise: bool
    changed: Mapping[Change, Scenario]
    """The scenario after each change that makes a difference to it."""
    effects: tuple[str, ...] = ()
    """Each is tried by itself, on the scenario as it is."""

    def cases(self) -> Iterator[Case]:
        """All runs, in the order in which ``evaluate`` takes their records."""
        for scenario in (self.scenario, *self.changed.values()):
            for policy in self.policies:
                for seed in self.seeds:
                    yield Case(
                        self.profile, scenario, policy, seed, self.duration_s, noise=self.noise
                    )
        for effect in self.effects:
            for policy in self.policies:
                for seed in self.seeds:
                    yield Case(
                        self.profile,
                        self.scenario,
                        policy,
                        seed,
                        self.duration_s,
                        noise=self.noise,
                        effects=effect,
                    )

    @property
    def run_count(self) -> int:
        """How many cases there are."""
        tables = 1 + len(self.changed) + len(self.effects)
        return tables * len(self.policies) * len(self.seeds)


def plan(
    profile: ProfileLike,
    scenario: ScenarioLike,
    policies: Sequence[str] = POLICIES,
    seeds: Sequence[int] = SEEDS,
    duration_s: float | str | Fraction = 60,
    *,
    noise: bool = True,
    flips: bool = True,
    effects: str = "",
) -> Plan:
    """Says what is to be run.

    Args:
        profile: as for ``simulate``.
        scenario: likewise.
        policies: at least two; the first is the one that the others are compared with.
        seeds: each gives all policies the same jobs; a single one gives no interval.
        duration_s: bounds the releases of each run.
        noise: whether durations are drawn.
        effects: what to try by itself beside the law, such as ``"contention"``; names separated by
            commas.
        flips: whether to run it all again with streams in reverse order, and with random phases.

    Raises:
        UserError: something cannot be loaded, does not exist, does not fit, or is there twice.
    """
    loaded_profile, loaded_scenario = load_profile(profile), load_scenario(scenario)
    check_fit(loaded_profile, loaded_scenario)
    names = tuple(find_policy(policy).name for policy in policies)
    if len(names) < 2:  # noqa: PLR2004 - a comparison
        raise UserError(
            f"policies: expected at least two to compare, not {', '.join(names) or 'none'}",
            key="policies",
        )
    for key, values in (("policies", names), ("seeds", tuple(map(str, seeds)))):
        if repeated := duplicates(values):
            raise UserError(f"{key}: {repeated[0]} is there twice", key=key)
    if not seeds:
        raise UserError("seeds: expected at least one", key="seeds")
    return Plan(
        loaded_profile,
        loaded_scenario,
        names,
        tuple(seeds),
        _duration(duration_s),
        noise,
        changed_scenarios(loaded_scenario) if flips else {},
        _checked_effects(effects, loaded_profile),
    )


def _checked_effects(effects: str, profile: Profile) -> tuple[str, ...]:
    """The effects by name. Raises UserError: one that there is none, or not for this profile."""
    parsed = parse_effects(effects)
    if parsed.energy:
        raise UserError(
            "effects: energy changes no schedule, so there is nothing to compare; what each policy "
            "costs is among the figures wherever the profile gives power",
            key="effects",
        )
    check_effects(parsed, profile)
    return tuple(filter(None, str(parsed).split(",")))


def changed_scenarios(scenario: Scenario) -> dict[Change, Scenario]:
    """The scenario after each change that must not decide a comparison.

    A stream by itself has no ties and nothing to be in phase with; a phase that somebody wrote
    down, 0 included, is left alone.
    """
    if len(scenario.streams) == 1:
        return {}
    changed: dict[Change, Scenario] = {}
    changed["tie order"] = scenario.model_copy(update={"streams": scenario.streams[::-1]})
    shifted = tuple(map(_with_random_phase, scenario.streams))
    if shifted != scenario.streams:
        changed["phase shift"] = scenario.model_copy(update={"streams": shifted})
    return changed


def _duration(duration_s: float | str | Fraction) -> Fraction:
    try:
        seconds = exact(duration_s)
    except ValueError as error:
        raise UserError(f"duration_s: {error}", key="duration_s") from None
    if seconds <= 0:
        what = f"expected a time above 0, not {shown(duration_s)}"
        raise UserError(f"duration_s: {what}", key="duration_s")
    return seconds


def _with_random_phase(stream: Stream) -> Stream:
    if not stream.is_periodic or "phase_ms" in stream.given:
        return stream
    return stream.model_copy(update={"phase_ms": "random"})
