"""Decode batching: requests of one model on one backend that write a token in one slice.

Decoding is bound by reading the weights, which a batch reads once, so a further request costs a
fraction of a token alone (docs/engine.md, "Batching"). Policies start slices one at a time as
ever: the slice that is started leads, and what waits for the same is taken along.
"""

from collections.abc import Iterable, Sequence
from heapq import heappush

from emulator.cost import Cost
from emulator.engine.dispatch import Dispatcher, Occupancy
from emulator.engine.external import ExternalLifecycle
from emulator.engine.jobs import READY, RUNNING, StageRun
from emulator.engine.recorder import Recorder
from emulator.journal import DECODE
from emulator.shared_time import ALONE
from emulator.timing import Timing


class Batches:
    """The decode slices that wait, and the batches that run.

    ``external`` are backends that somebody else runs: they are left alone.
    """

    __slots__ = ("_external", "_joiners", "_places", "_waiting")

    def __init__(self, external: frozenset[int]) -> None:
        self._external = external
        self._waiting: dict[int, dict[StageRun, None]] = {}
        """By the backend that holds the KV cache; some may wait no longer."""
        self._joiners: dict[int, list[StageRun]] = {}
        """By backend: who runs in a batch there beside its leader and has not ended yet."""
        self._places: dict[StageRun, tuple[int, int]] = {}

    def add(self, stages: Iterable[StageRun]) -> None:
        """Slices begin to wait."""
        for stage in stages:
            if stage.phase == DECODE and self._most(stage, stage.backend) > 1:
                self._waiting.setdefault(stage.backend, {})[stage] = None

    def gather(
        self, leader: StageRun, backend: int, dispatcher: Dispatcher, t_ns: int
    ) -> Sequence[StageRun]:
        """Who joins a slice that is about to start, in the policy's order."""
        here = self._waiting.get(backend)
        if not here or leader.phase != DECODE:
            return ()
        most = self._most(leader, backend)
        for stage in [each for each in here if each.state != READY or each.backend != backend]:
            del here[stage]
        model = leader.plan.model
        found = [each for each in here if each.plan.model == model and each is not leader]
        joiners = dispatcher.first(found, most - 1, t_ns) if found else []
        if joiners:
            self._joiners[backend] = [*joiners]
            size = len(joiners) + 1
            self._places.update(
                (each, (rank, size)) for rank, each in enumerate([leader, *joiners])
            )
        return joiners

    def place(self, stage: StageRun) -> tuple[int, int]:
        """Rank of a running slice in its batch, 0 for the leader, and the size of the batch."""
        return self._places.get(stage, ALONE)

    def joiners(self, backend: int) -> Sequence[StageRun]:
        """Who runs there beside the leader, or after it has ended."""
        return self._joiners.get(backend, ())

    def end(self, stage: StageRun, backend: int) -> StageRun | None:
        """A slice has ended; returns the next of its batch, which ends at the same instant."""
        self._places.pop(stage, None)
        joiners = self._joiners.get(backend)
        if not joiners:
            return None
        following = joiners.pop(0)
        if not joiners:
            del self._joiners[backend]
        return following

    def _most(self, stage: StageRun, backend: int) -> int:
        """How many requests of the stage's model can decode together there."""
        decode = stage.plan.timing.decode.get(backend)
        return 1 if decode is None or backend in self._external else decode.max_batch


class BatchRecorder(Recorder):
    """Says of each slice where it stands in its batch."""

    __slots__ = ("_batches",)

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self._batches = batches

    def started(self, stage: StageRun, backend: int, number: int, t_ns: int) -> None:
        """The stage's next slice started."""
        super().started(stage, backend, number, t_ns)
        self._events[-1] += self._batches.place(stage)

    def finished(
        self, stage: StageRun, backend: int, phase: int, number: int, start_ns: int, t_ns: int
    ) -> None:
        """A slice ended."""
        super().finished(stage, backend, phase, number, start_ns, t_ns)
        self._events[-1] += self._batches.place(stage)


class BatchingLifecycle(ExternalLifecycle):
    """As the lifecycle, with batches that start and end as one.

    A batch is its leader's slice, made longer; who joined starts and ends right after the leader.
    """

    __slots__ = ("_batches",)

    def __init__(
        self,
        timing: Timing,
        occupancy: Occupancy,
        recorder: Recorder,
        external: frozenset[int],
        batches: Batches | None,
    ) -> None:
        super().__init__(timing, occupancy, recorder, external)
        self._batches = batches

    def start_slice(self, stage: StageRun, backend: int, chunk: int, t_ns: int) -> None:
        """Occupies the backend with the stage's next slice, and with those that join it."""
        super().start_slice(stage, backend, chunk, t_ns)
        if self._batches is not None:
            for each in self._batches.joiners(backend):
                each.state = RUNNING
                each.job.running += 1
                self._recorder.started(each, backend, each.outputs, t_ns)

    def finish_next(self, t_ns: int) -> tuple[StageRun, list[StageRun]]:
        """Ends the next slice; the next of a batch is the next to end."""
        backend = self._ends[0][1]
        start_ns = self._running[backend][2]
        ended = super().finish_next(t_ns)
        if self._batches is not None:
            following = self._batches.end(ended[0], backend)
            if following is not None:
                self._running[backend] = (following, following.outputs, start_ns)
                heappush(self._ends, (t_ns, backend))
                self.next_end_ns = t_ns
        return ended

    def abort(self, backend: int, t_ns: int) -> list[StageRun]:
        """The backend is gone at ``t_ns``, and with it all that runs there: returns the stages."""
        aborted = super().abort(backend, t_ns)
        if self._batches is None or not aborted:
            return aborted
        following = self._batches.end(aborted[0], backend)
        while following is not None:
            following.job.running -= 1
            following.state = READY
            aborted.append(following)
            following = self._batches.end(following, backend)
        return aborted

    def _next_llm_cost(self, stage: StageRun, backend: int, chunk: int) -> tuple[Cost, int]:
        cost, number = super()._next_llm_cost(stage, backend, chunk)
        if self._batches is not None:
            _, size = self._batches.place(stage)
            if size > 1:
                cost = cost.stretched(stage.plan.timing.decode[backend].batch_factor(size))
        return cost, number
