"""What the busy time of a run rests on: measured, derived or estimated values of the profile.

A profile can hold a hundred measured values and a scenario use none of them, so what counts is how
long the backends were busy with slices that were timed by each value.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, TypeAlias

from emulator import journal as kinds
from emulator.journal import Event
from emulator.metrics import events
from emulator.metrics.facts import StreamFacts, StreamReader
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.model_cost import Basis, Phase
from emulator.shared_time import place_of, share_ns
from emulator.simulation import simulate

BASES: Final[tuple[Basis | None, ...]] = ("measured", "derived", "estimated", None)
"""From the best to the worst; None: the profile does not say."""

_PHASES: Final[dict[int, Phase]] = {
    kinds.INFERENCE: "latency",
    kinds.PREFILL: "prefill",
    kinds.DECODE: "decode",
}

_Place: TypeAlias = tuple[str, str, Phase]


@dataclass(frozen=True, slots=True)
class BusyValue:
    """A value of the profile, and the busy time of all slices that were timed by it."""

    model: str
    backend: str
    phase: Phase
    basis: Basis | None
    busy_ns: int
    """Of whole slices: noise, dispatch and KV transfers included."""


@dataclass(frozen=True, slots=True)
class BusyBasis:
    """A run, and the values that its busy time rests on, the busiest first."""

    scenario: str
    policy: str
    duration_s: Fraction
    values: tuple[BusyValue, ...]

    @property
    def busy_ns(self) -> int:
        """Of all backends together."""
        return sum(each.busy_ns for each in self.values)

    @property
    def shares(self) -> dict[Basis | None, float | None]:
        """The share of the busy time by basis, 0 to 1, in the order of ``BASES``.

        None where nothing ran.
        """
        whole = self.busy_ns
        return {
            basis: sum(each.busy_ns for each in self.values if each.basis == basis) / whole
            if whole
            else None
            for basis in BASES
        }


def busy_basis(
    profile: Profile, scenario: Scenario, policy: str, duration_s: Fraction, *, noise: bool = True
) -> BusyBasis:
    """Runs a scenario under seed 0 and says what its busy time rests on.

    Raises:
        UserError: an unknown policy, or a scenario that does not fit the profile.
    """
    run = simulate(profile, scenario, policy, duration_s=str(duration_s), noise=noise)
    values = busy_values(run.journal or (), profile, scenario)
    return BusyBasis(scenario.name, policy, duration_s, values)


def busy_values(
    journal: Sequence[Event], profile: Profile, scenario: Scenario
) -> tuple[BusyValue, ...]:
    """The values that timed the finished slices of a run, the busiest first."""
    reader = StreamReader(profile, scenario)
    streams: dict[int, StreamFacts] = {}
    busy_ns: Counter[_Place] = Counter()

    def added(event: events.StreamAdded) -> None:
        _, _, stream, name, spec, *_ = event
        streams[stream] = reader.facts(name, spec)

    def finished(event: events.Finished) -> None:
        _, t_ns, stream, _, stage, backend, phase, _, start_ns, _, _, *place = event
        model = streams[stream].stages[stage].model
        busy_ns[model, profile.backend_names[backend], _PHASES[phase]] += share_ns(
            t_ns - start_ns, *place_of(place)
        )

    events.handle(journal, {kinds.STREAM_ADDED: added, kinds.FINISHED: finished})
    return tuple(_values(profile, busy_ns.most_common()))


def _values(profile: Profile, busiest: Iterable[tuple[_Place, int]]) -> Iterable[BusyValue]:
    for (model, backend, phase), busy_ns in busiest:
        basis = profile.models[model][backend].provenance(phase).basis
        yield BusyValue(model, backend, phase, basis, busy_ns)
