"""General policies: objects that see the whole picture, kept from doing harm."""

import operator
from collections import deque
from itertools import count
from typing import Any

from emulator.engine.dispatch import Dispatcher, GiveUp, Occupancy, Start
from emulator.engine.estimates import Estimates
from emulator.engine.foresight import MeanLengths
from emulator.engine.jobs import NEVER, READY, StageRun
from emulator.engine.milestones import WorkEstimator, slice_deadline_ns
from emulator.engine.options import free_options, reference_cost_ns, slice_cost_ns
from emulator.names import shown as named_value
from emulator.policies.base import (
    BackendState,
    Drop,
    GeneralPolicy,
    GroupedPolicy,
    ReadySlice,
    Run,
)
from emulator.policies.memory import Remembers
from emulator.policies.queues import ReadyQueues
from emulator.profile import Profile


class BrokenPolicyError(Exception):
    """A policy raised, or decided something that cannot be done."""


class GeneralDispatcher(Dispatcher):
    """The ready set, shown to a general policy at each instant.

    What a policy is shown of a slice does not change while it waits, so it is made once. What
    changes at an instant is shown at the next one: decisions may name anything that was shown.
    """

    def __init__(
        self,
        policy: GeneralPolicy | GroupedPolicy,
        occupancy: Occupancy,
        profile: Profile,
    ) -> None:
        if isinstance(policy, Remembers):
            policy = policy.fresh()
        # Compiled (make fast), a typed look-up would miss what an interpreted class defines.
        told: Any = policy
        super().__init__(told.admission, WorkEstimator(told.chunk))
        self._queues: ReadyQueues | None = None
        if isinstance(policy, GroupedPolicy):
            self._queues = ReadyQueues(policy)
        else:
            self._policy = policy
        self._occupancy = occupancy
        self._backends = [(backend.name, backend.kind) for backend in profile.backends]
        self._sticky = bool(getattr(told, "sticky", False))
        self._estimates: Estimates | None = None
        if getattr(told, "wants_estimates", True):
            knows_lengths = getattr(told, "knows_lengths", True)
            work = self.work if knows_lengths else MeanLengths(told.chunk)
            self._estimates = Estimates(work, profile)
        self._ready: dict[StageRun, int] = {}
        """Handles of what waits, in order of having begun to wait."""
        self._shown: dict[int, tuple[StageRun, ReadySlice]] = {}
        """By handle, in the same order."""
        self._stale: dict[int, StageRun] = {}
        """By handle: what came, went or changed since the policy was asked."""
        self._handles = count()
        self._asked_ns = -1
        self._decided: deque[object] = deque()
        """What the policy decided and is not carried out yet."""

    def push(self, stage: StageRun, now_ns: int) -> None:
        """Adds the stage's next slice to the ready set."""
        handle = self._ready.get(stage)
        if handle is None:
            handle = self._ready[stage] = next(self._handles)
            self.waiting += 1
        self._stale[handle] = stage

    def forget(self, stage: StageRun) -> None:
        """Takes it out of the ready set."""
        handle = self._ready.pop(stage, None)
        if handle is not None:
            self.waiting -= 1
            self._stale[handle] = stage

    def first(self, stages: list[StageRun], most: int, now_ns: int) -> list[StageRun]:
        """As for every policy, but jobs that this one is yet to decide about are left to it."""
        named = [getattr(each, "slice", None) for each in self._decided]
        handles = [each.handle for each in named if type(each) is ReadySlice]
        shown = [self._shown.get(each) for each in handles if type(each) is int]
        decided = {each[0].job for each in shown if each is not None}
        return super().first([each for each in stages if each.job not in decided], most, now_ns)

    def next_decision(self, now_ns: int) -> Start | GiveUp | None:
        """Asks the policy once an instant and checks each decision before it is carried out.

        Raises:
            BrokenPolicyError: the policy raised, or named a slice or backend that it was not shown.
        """
        if self._asked_ns != now_ns:
            self._asked_ns = now_ns
            self._decided.clear()
            if self._ready and self._occupancy.free:
                self._look_again(now_ns)
                self._ask(now_ns)
        if not self._decided:
            return None
        checked = self._checked(self._decided.popleft())
        if not isinstance(checked, GiveUp):
            self.forget(checked[0])
        return checked

    def _look_again(self, now_ns: int) -> None:
        """Brings what is shown up to date."""
        stale, self._stale = self._stale, {}
        for handle, stage in stale.items():
            old = self._shown.get(handle)
            if old is not None and self._queues is not None:
                self._unqueue(self._queues, old[1])
            if self._ready.get(stage) != handle:
                self._shown.pop(handle, None)
                continue
            view = self._view(stage, handle, now_ns)
            self._shown[handle] = (stage, view)
            if self._queues is not None:
                self._queue(self._queues, view)
            if stage.continues_ns == now_ns:
                # It continues at this very instant only.
                self._stale[handle] = stage

    def _queue(self, queues: ReadyQueues, view: ReadySlice) -> None:
        """Shows a slice to a grouped policy, which is asked where it belongs."""
        try:
            queues.add(view)
        except Exception as error:
            raise _broken(error) from error

    def _unqueue(self, queues: ReadyQueues, view: ReadySlice) -> None:
        """Takes it away; what the policy named its queue by may have changed since."""
        try:
            queues.remove(view)
        except Exception as error:
            raise _broken(error) from error

    def _ask(self, now_ns: int) -> None:
        states = self._states(now_ns)
        try:
            if self._queues is not None:
                asked = self._queues.policy
                self._decided.extend(asked.decide_queues(now_ns, self._queues.all, states))
            else:
                # The policy may sort or empty the lists that it is given.
                ready = [view for _, view in self._shown.values()]
                self._decided.extend(self._policy.decide(now_ns, ready, states))
        except Exception as error:
            raise _broken(error) from error

    def _checked(self, decision: object) -> Start | GiveUp:
        """The decision in our own terms; nothing that the policy made is trusted or kept."""
        if type(decision) is not Run and type(decision) is not Drop:
            raise BrokenPolicyError(f"it returned a {type(decision).__name__}, not Run or Drop")
        stage, shown = self._named(decision.slice)
        if isinstance(decision, Drop):
            if stage.job.running or stage.job.ended:
                raise BrokenPolicyError("it dropped a job that runs or has ended")
            return GiveUp(stage.job, "policy")
        backend = _index(decision.backend)
        if stage.state != READY:
            raise BrokenPolicyError("it started a slice twice")
        if backend not in shown.backends:
            raise BrokenPolicyError(
                f"it started a slice of {stage.plan.name} on {self._called(backend)}, "
                "where the slice cannot run"
            )
        if not self._occupancy.idle[backend]:
            raise BrokenPolicyError(f"it started a slice on busy backend {backend}")
        tokens = _index(decision.tokens)
        if tokens < 0:
            raise BrokenPolicyError(f"it started a slice of {tokens} tokens")
        self.chunk = tokens or self.work.chunk
        return stage, backend

    def _called(self, backend: int) -> str:
        """How a backend is told of that may not exist."""
        known = range(len(self._backends))
        return self._backends[backend][0] if backend in known else f"backend {named_value(backend)}"

    def _named(self, named: object) -> tuple[StageRun, ReadySlice]:
        """What stands behind a slice that the policy was shown."""
        handle = named.handle if type(named) is ReadySlice else None
        found = self._shown.get(handle) if type(handle) is int else None
        if found is None or found[1] is not named:
            raise BrokenPolicyError("it named a slice that it was not shown at this instant")
        return found

    def _view(self, stage: StageRun, handle: int, now_ns: int) -> ReadySlice:
        plan, chunk, phase = stage.plan, self.work.chunk, stage.phase
        options = stage.options if self._sticky else free_options(stage, chunk)
        backends = options.backends
        if options is plan.inference:
            slices, references = plan.first_slices_ns, options.latencies
        else:
            slices = tuple([slice_cost_ns(stage, each, chunk) for each in backends])
            references = tuple([reference_cost_ns(plan, phase, each, chunk) for each in backends])
        deadline = slice_deadline_ns(stage)
        job = stage.job
        fresh = 0 if stage.continues_ns == now_ns else 1
        view = ReadySlice(
            handle=handle,
            stream=job.plan.name,
            stage=plan.name,
            job=job.index,
            phase=phase,
            release_ns=job.release_ns,
            ready_ns=stage.ready_ns,
            deadline_ns=None if deadline == NEVER else deadline,
            backends=backends,
            slice_ns=slices,
            rest_ns=options.latencies,
            reference_ns=references,
            tie=(fresh, job.plan.index, job.index, plan.index),
            job_runs=job.running > 0,
        )
        return view if self._estimates is None else self._estimates.added_to(view, stage)

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


def _broken(error: Exception) -> BrokenPolicyError:
    """What a policy raised, with its own traceback."""
    # Needed once a run at most.
    from emulator.policies.trace import told

    return BrokenPolicyError(told(error))
