"""Which lifecycle a run has: the plain one, unless something was asked for that needs more."""

from emulator.effects import Effects, check_effects
from emulator.engine.batching import Batches, BatchingLifecycle, BatchRecorder
from emulator.engine.contention import ContendedLifecycle
from emulator.engine.dispatch import Occupancy
from emulator.engine.external import ExternalLifecycle
from emulator.engine.lifecycle import Lifecycle
from emulator.engine.memory import SharedMemory
from emulator.engine.neighbors import Neighbors
from emulator.engine.recorder import Recorder, SilentRecorder
from emulator.profile import Profile
from emulator.timing import Timing


def batches_of(profile: Profile, external: frozenset[str], effects: Effects) -> Batches | None:
    """The batches of a run, None for one without.

    Raises:
        ValueError: an external backend that the profile does not have.
    """
    return Batches(_told(profile, external)) if effects.batching else None


def recorder_of(batches: Batches | None, *, journal: bool) -> Recorder:
    """What writes the journal of a run, or nothing of its jobs."""
    if not journal:
        return SilentRecorder()
    return Recorder() if batches is None else BatchRecorder(batches)


def lifecycle_of(
    profile: Profile,
    timing: Timing,
    occupancy: Occupancy,
    recorder: Recorder,
    external: frozenset[str],
    effects: Effects,
    batches: Batches | None,
) -> Lifecycle:
    """The lifecycle of a run.

    Raises:
        UserError: an effect for which the profile lacks what it needs.
        ValueError: an external backend that the profile does not have.
    """
    told = _told(profile, external)
    check_effects(effects, profile)
    if effects.contention:
        memory, neighbors = SharedMemory(profile), Neighbors(profile)
        return ContendedLifecycle(timing, occupancy, recorder, told, batches, memory, neighbors)
    if batches is not None:
        return BatchingLifecycle(timing, occupancy, recorder, told, batches)
    if told:
        return ExternalLifecycle(timing, occupancy, recorder, told)
    return Lifecycle(timing, occupancy, recorder)


def _told(profile: Profile, external: frozenset[str]) -> frozenset[int]:
    """The backends whose ends are told, by index."""
    return frozenset(map(profile.backend_names.index, external))
