"""Slices that something else executes: they end when their end is told, not when a table says."""

from heapq import heappush

from emulator.engine.dispatch import Occupancy
from emulator.engine.jobs import NEVER, StageRun
from emulator.engine.lifecycle import Lifecycle
from emulator.engine.recorder import Recorder
from emulator.timing import Timing


class ExternalLifecycle(Lifecycle):
    """As the lifecycle, with no known end for the slices on some backends.

    They still draw their noise, so that the other backends meet the same luck.
    """

    __slots__ = ("_external",)

    def __init__(
        self,
        timing: Timing,
        occupancy: Occupancy,
        recorder: Recorder,
        external: frozenset[int],
    ) -> None:
        super().__init__(timing, occupancy, recorder)
        self._external = external

    def start_slice(self, stage: StageRun, backend: int, chunk: int, t_ns: int) -> None:
        """Occupies the backend; on an external one without an end."""
        super().start_slice(stage, backend, chunk, t_ns)
        if backend in self._external:
            # A sorted list is a heap, and there is one end a backend at most.
            self._ends = sorted(each for each in self._ends if each[1] != backend)
            self.next_end_ns = self._ends[0][0] if self._ends else NEVER

    def end_slice(self, backend: int, t_ns: int) -> None:
        """The slice on this backend ends at ``t_ns``; it is finished like any other.

        Raises:
            ValueError: none runs there, its end is known already, or the backend is not external.
        """
        if backend not in self._external:
            super().end_slice(backend, t_ns)
        if backend not in self._running or any(each[1] == backend for each in self._ends):
            raise ValueError(f"no slice runs on backend {backend} whose end is not known")
        heappush(self._ends, (t_ns, backend))
        self.next_end_ns = self._ends[0][0]
