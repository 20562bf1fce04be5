"""Slices whose speed depends on what else runs.

The work left of a slice is a whole number of 2**-32 ns, and its speed a whole number of 2**-32; a
speed changes only as a slice starts or ends, so that pacing cannot change a result.
"""

from emulator.cost import round_half_even
from emulator.engine.batching import Batches, BatchingLifecycle
from emulator.engine.dispatch import Occupancy
from emulator.engine.jobs import NEVER, StageRun
from emulator.engine.memory import FULL_SPEED, SPEED_BITS, Demand, SharedMemory
from emulator.engine.neighbors import Neighbors
from emulator.engine.recorder import Recorder
from emulator.timing import Timing


class _Progress:
    """One running slice."""

    __slots__ = ("demand", "left", "speed")

    def __init__(self, demand: Demand, left: int) -> None:
        self.demand = demand
        self.left = left
        """Time that it needs undisturbed, in 2**-32 ns."""
        self.speed = FULL_SPEED


class ContendedLifecycle(BatchingLifecycle):
    """As the lifecycle, with slices that slow each other down.

    The larger counts of what they do on the shared memory, and what was measured of the pair.

    Slices on external backends press on the others; their own ends are told. A batch asks of the
    memory what its leader's slice asks.
    """

    __slots__ = ("_memory", "_neighbors", "_progress", "_since_ns")

    def __init__(
        self,
        timing: Timing,
        occupancy: Occupancy,
        recorder: Recorder,
        external: frozenset[int],
        batches: Batches | None,
        memory: SharedMemory,
        neighbors: Neighbors,
    ) -> None:
        super().__init__(timing, occupancy, recorder, external, batches)
        self._memory = memory
        self._neighbors = neighbors
        self._progress: dict[int, _Progress] = {}
        self._since_ns = 0
        """The instant at which all work left was counted last."""

    def start_slice(self, stage: StageRun, backend: int, chunk: int, t_ns: int) -> None:
        """Occupies the backend, and slows down what runs beside it."""
        demand = self._memory.demand(stage, backend, chunk)
        super().start_slice(stage, backend, chunk, t_ns)
        alone_ns = sum(end_ns - t_ns for end_ns, on in self._ends if on == backend)
        self._count(t_ns)
        self._progress[backend] = _Progress(demand, alone_ns << SPEED_BITS)
        self._change_speeds(t_ns)

    def finish_next(self, t_ns: int) -> tuple[StageRun, list[StageRun]]:
        """Ends the next slice; what ran beside it speeds up."""
        backend = self._ends[0][1]
        ended = super().finish_next(t_ns)
        self._count(t_ns)
        # Who joined a batch ends after its leader, at the same instant.
        self._progress.pop(backend, None)
        self._change_speeds(t_ns)
        return ended

    def abort(self, backend: int, t_ns: int) -> list[StageRun]:
        """The backend is gone; what ran beside its slice speeds up."""
        aborted = super().abort(backend, t_ns)
        if aborted:
            self._count(t_ns)
            del self._progress[backend]
            self._change_speeds(t_ns)
        return aborted

    def _count(self, t_ns: int) -> None:
        """Takes off what was done since the last change."""
        passed_ns = t_ns - self._since_ns
        self._since_ns = t_ns
        if passed_ns:
            for each in self._progress.values():
                each.left = max(0, each.left - passed_ns * each.speed)

    def _change_speeds(self, t_ns: int) -> None:
        """New speeds and new ends for all that runs.

        An end that was told stays, and so does one that is due now: at one instant slices end in
        backend order, whatever their ends do to each other.
        """
        running = self._progress
        speeds = map(
            min,
            self._memory.speeds([each.demand for each in running.values()]),
            self._neighbors.speeds(tuple(running)),
        )
        ends = [each for each in self._ends if each[0] == t_ns or each[1] in self._external]
        settled = self._external.union(backend for _, backend in ends)
        for (backend, each), speed in zip(running.items(), speeds, strict=True):
            each.speed = speed
            if backend not in settled:
                ends.append((t_ns + max(1, round_half_even(each.left, speed)), backend))
        ends.sort()
        self._ends = ends
        self.next_end_ns = ends[0][0] if ends else NEVER
