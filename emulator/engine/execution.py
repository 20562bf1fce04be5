"""Which lifecycle a run has: the plain one, unless something was asked for that needs more."""

from emulator.effects import Effects, check_effects
from emulator.engine.contention import ContendedLifecycle
from emulator.engine.dispatch import Occupancy
from emulator.engine.external import ExternalLifecycle
from emulator.engine.lifecycle import Lifecycle
from emulator.engine.memory import SharedMemory
from emulator.engine.neighbors import Neighbors
from emulator.engine.recorder import Recorder
from emulator.profile import Profile
from emulator.timing import Timing


def lifecycle_of(
    profile: Profile,
    timing: Timing,
    occupancy: Occupancy,
    recorder: Recorder,
    external: frozenset[str],
    effects: Effects,
) -> Lifecycle:
    """The lifecycle of a run.

    Raises:
        UserError: an effect for which the profile lacks what it needs.
        ValueError: an external backend that the profile does not have.
    """
    told = frozenset(map(profile.backend_names.index, external))
    check_effects(effects, profile)
    if effects.contention:
        memory, neighbors = SharedMemory(profile), Neighbors(profile)
        return ContendedLifecycle(timing, occupancy, recorder, told, memory, neighbors)
    if told:
        return ExternalLifecycle(timing, occupancy, recorder, told)
    return Lifecycle(timing, occupancy, recorder)
