"""General policies: objects that see the whole picture, kept from doing harm."""

import operator
from collections.abc import Iterator, Sequence
from typing import Final

from emulator.engine.dispatch import GiveUp, Occupancy, Start
from emulator.engine.jobs import NEVER, READY, StageRun
from emulator.engine.milestones import WorkEstimator, slice_deadline_ns
from emulator.engine.options import free_options, phase_of, reference_cost_ns, slice_cost_ns
from emulator.policies.base import BackendState, Drop, GeneralPolicy, ReadySlice, Run

_LONGEST_ERROR: Final = 500


class BrokenPolicyError(Exception):
    """A policy raised, or decided something that cannot be done."""


class GeneralDispatcher:
    """The ready set, shown to a general policy at each instant."""

    def __init__(
        self, policy: GeneralPolicy, occupancy: Occupancy, backends: Sequence[tuple[str, str]]
    ) -> None:
        self.admission = policy.admission
        self.work = WorkEstimator(policy.chunk)
        self._policy = policy
        self._occupancy = occupancy
        self._backends = backends
        self._ready: dict[StageRun, None] = {}
        """A set that keeps its order."""
        self._asked_ns = -1
        self._decided: Iterator[Start | GiveUp] = iter(())

    @property
    def waiting(self) -> int:
        """How many slices wait."""
        return len(self._ready)

    def push(self, stage: StageRun, now_ns: int) -> None:
        """Adds the stage's next slice to the ready set."""
        self._ready[stage] = None

    def forget(self, stage: StageRun) -> None:
        """Takes it out of the ready set."""
        self._ready.pop(stage, None)

    def next_decision(self, now_ns: int) -> Start | GiveUp | None:
        """Asks the policy once an instant and checks each decision before it is carried out.

        Raises:
            BrokenPolicyError: the policy raised, or named a slice or backend that it was not shown.
        """
        if self._asked_ns != now_ns:
            self._asked_ns = now_ns
            self._decided = self._decisions(now_ns)
        return next(self._decided, None)

    def _decisions(self, now_ns: int) -> Iterator[Start | GiveUp]:
        if not self._ready or not self._occupancy.free:
            return
        stages = list(self._ready)
        slices = [self._view(stage, handle, now_ns) for handle, stage in enumerate(stages)]
        try:
            # A copy is handed over: the policy may sort or empty what it is shown.
            decisions = list(self._policy.decide(now_ns, slices.copy(), self._states(now_ns)))
        except Exception as error:
            raise BrokenPolicyError(_told(error)) from error
        for decision in decisions:
            checked = self._checked(decision, stages, slices)
            if not isinstance(checked, GiveUp):
                self.forget(checked[0])
            yield checked

    def _checked(
        self, decision: object, stages: list[StageRun], slices: list[ReadySlice]
    ) -> Start | GiveUp:
        """The decision in our own terms; nothing that the policy made is trusted or kept."""
        if type(decision) is not Run and type(decision) is not Drop:
            raise BrokenPolicyError(f"it returned a {type(decision).__name__}, not Run or Drop")
        shown = (each for each in slices if each is decision.slice)
        named = next(shown, None)
        if named is None:
            raise BrokenPolicyError("it named a slice that it was not shown at this instant")
        stage = stages[named.handle]
        if isinstance(decision, Drop):
            if stage.job.running or stage.job.ended:
                raise BrokenPolicyError("it dropped a job that runs or has ended")
            return GiveUp(stage.job, "policy")
        backend = _index(decision.backend)
        if stage.state != READY or backend not in named.backends:
            raise BrokenPolicyError("it started a slice twice or where the slice cannot run")
        if not self._occupancy.idle[backend]:
            raise BrokenPolicyError(f"it started a slice on busy backend {backend}")
        return stage, backend

    def _view(self, stage: StageRun, handle: int, now_ns: int) -> ReadySlice:
        chunk = self.work.chunk
        backends, rests = free_options(stage, chunk)
        phase = phase_of(stage)
        deadline = slice_deadline_ns(stage)
        job = stage.job
        fresh = 0 if stage.continues_ns == now_ns else 1
        return ReadySlice(
            handle=handle,
            stream=job.plan.name,
            stage=stage.plan.name,
            job=job.index,
            phase=phase,
            release_ns=job.release_ns,
            ready_ns=stage.ready_ns,
            deadline_ns=None if deadline == NEVER else deadline,
            backends=backends,
            slice_ns=tuple(slice_cost_ns(stage, each, chunk) for each in backends),
            rest_ns=rests,
            reference_ns=tuple(
                reference_cost_ns(stage.plan, phase, each, chunk) for each in backends
            ),
            tie=(fresh, job.plan.index, job.index, stage.plan.index),
        )

    def _states(self, now_ns: int) -> list[BackendState]:
        idle, busy = self._occupancy.idle, self._occupancy.busy_until
        return [
            BackendState(
                index, name, kind, now_ns if idle[index] else max(now_ns, busy[index]), idle[index]
            )
            for index, (name, kind) in enumerate(self._backends)
        ]


def _index(backend: object) -> int:
    """A backend as a plain int: whatever counts as an integer will do, such as numpy's."""
    try:
        return operator.index(backend)  # type: ignore[arg-type]
    except Exception as error:
        raise BrokenPolicyError(
            f"it named a {type(backend).__name__} as backend, not a number"
        ) from error


def _told(error: Exception) -> str:
    """Kind and words of an error, cut to one readable line; some errors cannot even be shown."""
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - the words of a foreign error are foreign code too
        words = "an error that cannot be shown"
    kind = type(error).__name__
    return f"{kind}: {words[:_LONGEST_ERROR]}" if words else kind
