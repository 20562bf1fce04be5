"""The jobs of a run in the hands of its policy: queued, decided about, given up, handed over."""

from typing import Final

from emulator.commands import FailPolicy
from emulator.engine.admission import DropRules
from emulator.engine.batching import Batches
from emulator.engine.calendar import Calendar
from emulator.engine.causes import Backlog
from emulator.engine.degrade import degrade
from emulator.engine.dispatch import Decider, Dispatcher, GiveUp, KeyedDispatcher, Occupancy
from emulator.engine.failing import FailingDecider
from emulator.engine.general import BrokenPolicyError, GeneralDispatcher
from emulator.engine.jobs import READY, SKIPPED, Job, StageRun
from emulator.engine.lifecycle import Lifecycle
from emulator.engine.options import sticky_options
from emulator.engine.outage import BACKEND_DOWN, Outages
from emulator.engine.planner import Planner
from emulator.engine.recorder import Recorder
from emulator.engine.release import make_job
from emulator.policies import Axes, NamedPolicy, find_policy
from emulator.profile import Profile

FALLBACK: Final = "fcfs"
"""What a run goes on under when a policy breaks."""


class Scheduler:
    """What happens to jobs at one instant; the engine says in which order.

    No policy is in force before the first ``adopt``.
    """

    def __init__(
        self,
        profile: Profile,
        planner: Planner,
        calendar: Calendar,
        lifecycle: Lifecycle,
        occupancy: Occupancy,
        recorder: Recorder,
        batches: Batches | None,
    ) -> None:
        self._profile = profile
        self._planner = planner
        self._calendar = calendar
        self._lifecycle = lifecycle
        self._occupancy = occupancy
        self._recorder = recorder
        self._batches = batches
        self._backlog = Backlog(occupancy)
        self._open: dict[Job, None] = {}
        """A set that keeps its order."""
        self._failure: FailPolicy | None = None
        self.outages: Outages | None = None
        """None while no backend is down."""

    @property
    def open_jobs(self) -> int:
        """Jobs released and not ended."""
        return len(self._open)

    # One instant

    def complete_slices(self, t_ns: int) -> None:
        """Ends the slices that are due, and queues what became ready."""
        while self._lifecycle.next_end_ns == t_ns:
            stage, ready = self._lifecycle.finish_next(t_ns)
            job = stage.job
            if not job.unfinished:
                self._close(job, t_ns)
                continue
            if self.outages is not None and self.outages.condemns(job, ready):
                if not job.running:
                    self._give_up(job, BACKEND_DOWN, t_ns)
                continue
            self._queue(ready, t_ns)
            if self._batches is not None:
                self._batches.add(ready)
            self._drop_rules.slice_ended(stage)
            if len(job.stages) > 1:
                self._requeue(job, t_ns)

    def release_jobs(self, t_ns: int) -> None:
        """Queues the jobs that come now."""
        while self._calendar.next_ns == t_ns:
            stream, release = self._calendar.take()
            job = make_job(stream.plan, release, stream.arrivals.origin)
            self._open[job] = None
            self._recorder.released(job, t_ns)
            if self.outages is not None and self.outages.strands(job):
                self._give_up(job, BACKEND_DOWN, t_ns)
                continue
            ready = self._lifecycle.begin(job, t_ns)
            if not job.unfinished:
                self._close(job, t_ns)
                continue
            self._queue(ready, t_ns)
            self._drop_rules.watch(job)
            job.cause = self._backlog.cause_of(job, ready, t_ns)

    def decide(self, t_ns: int) -> None:
        """Drops the jobs whose time is over, then starts what the policy wants to run."""
        if self._drop_rules.next_ns < t_ns:
            for job, rule in self._drop_rules.expired(t_ns):
                if not self._drop_rules.degrades or not self._degrade(job, t_ns):
                    self._give_up(job, rule, t_ns)
        if self._dispatcher.waiting:
            self._start_slices(t_ns)

    def _start_slices(self, t_ns: int) -> None:
        decider: Decider = self._dispatcher
        batches = self._batches
        if self._failure is not None:
            decider, self._failure = FailingDecider(decider, self._failure), None
        try:
            while (decision := decider.next_decision(t_ns)) is not None:
                if isinstance(decision, GiveUp):
                    self._give_up(decision.job, decision.reason, t_ns)
                    continue
                stage, backend = decision
                self._backlog.remove(stage)
                if batches is not None:
                    self._start_batch(batches, stage, backend, decider.chunk, t_ns)
                    continue
                self._lifecycle.start_slice(stage, backend, decider.chunk, t_ns)
                if len(stage.job.stages) > 1:
                    self._requeue(stage.job, t_ns)
        except BrokenPolicyError as error:
            self._recorder.policy_failed(self.policy.name, str(error), t_ns)
            self.swap(find_policy(FALLBACK), t_ns)
            self._start_slices(t_ns)

    def _start_batch(
        self, batches: Batches, leader: StageRun, backend: int, chunk: int, t_ns: int
    ) -> None:
        """Starts a slice, and with it those that can join it."""
        joiners = batches.gather(leader, backend, self._dispatcher, t_ns)
        for stage in joiners:
            self._backlog.remove(stage)
            self._dispatcher.forget(stage)
        self._lifecycle.start_slice(leader, backend, chunk, t_ns)
        for stage in (leader, *joiners):
            if len(stage.job.stages) > 1:
                self._requeue(stage.job, t_ns)

    # Policies

    def adopt(self, policy: NamedPolicy, t_ns: int) -> None:
        """Hands everything that waits over to a policy; running slices just go on."""
        self.policy = policy
        self._dispatcher = self._dispatcher_of(policy)
        self._drop_rules = DropRules(self._dispatcher.admission, self._dispatcher.work, self._open)
        for job in self._open:
            for stage in job.stages:
                if stage.state == READY:
                    stage.waits = False
                    stage.options = sticky_options(stage, self._dispatcher.work.chunk)
                    self._dispatcher.push(stage, t_ns)

    def swap(self, policy: NamedPolicy, t_ns: int) -> None:
        """Goes on under another policy, which is not to fail as the one before was."""
        self._failure = None
        self._recorder.policy(self.policy.name, policy.name, t_ns)
        self.adopt(policy, t_ns)

    def fail(self, failure: FailPolicy) -> None:
        """The policy is to fail at its next decisions, as it did in the run that is made again."""
        self._failure = failure

    def take_down(self, backend: int, reason: str, t_ns: int) -> None:
        """A backend is gone; what needs it is dropped, the rest handed to the policy anew."""
        outages = self.outages
        if outages is None:
            outages = self.outages = Outages(
                self._planner, self._calendar, self._lifecycle, self._occupancy, self._backlog
            )
        if outages.is_down(backend):
            return
        self._recorder.backend_down(backend, reason, t_ns)
        for job in outages.take_down(backend, self._open, t_ns):
            self._give_up(job, BACKEND_DOWN, t_ns)
        self.adopt(self.policy, t_ns)
        outages.requeued()

    def _dispatcher_of(self, policy: NamedPolicy) -> Dispatcher:
        if isinstance(policy.rule, Axes):
            return KeyedDispatcher(policy.rule, self._occupancy, self._calendar.period_ranks())
        return GeneralDispatcher(policy.rule, self._occupancy, self._profile)

    # Jobs

    def _queue(self, stages: list[StageRun], t_ns: int) -> None:
        dispatcher = self._dispatcher
        for stage in stages:
            if stage.position or not stage.job.plan.is_simple:
                stage.options = sticky_options(stage, dispatcher.work.chunk)
            self._backlog.add(stage)
            dispatcher.push(stage, t_ns)

    def _requeue(self, job: Job, t_ns: int) -> None:
        """A slice that starts or ends may change the keys of other stages that wait."""
        for stage in job.stages:
            if stage.state == READY:
                self._dispatcher.push(stage, t_ns)

    def _degrade(self, job: Job, t_ns: int) -> bool:
        """Lets a job that is to be dropped run with cheaper models, if it fits then."""
        waiting = [stage for stage in job.stages if stage.state == READY]
        changed = degrade(job, self._dispatcher.work, t_ns)
        for stage in changed:
            self._recorder.degraded(stage, t_ns)
        if changed:
            for stage in waiting:
                self._backlog.remove(stage)
                self._dispatcher.forget(stage)
                stage.options = sticky_options(stage, self._dispatcher.work.chunk)
            self._queue(waiting, t_ns)
            self._drop_rules.watch(job)
        return bool(changed)

    def _give_up(self, job: Job, reason: str, t_ns: int) -> None:
        for stage in job.stages:
            if stage.state == READY:
                self._backlog.remove(stage)
                self._dispatcher.forget(stage)
            if not stage.ended:
                stage.state = SKIPPED
        job.unfinished = 0
        self._recorder.dropped(job, reason, t_ns)
        self._close(job, t_ns)

    def _close(self, job: Job, t_ns: int) -> None:
        del self._open[job]
        # Job and stages name each other: parted, they are freed at once, without the collector.
        job.stages.clear()
        if job.plan.is_closed_loop:
            # Who is refused at once would ask again, a think time later, for ever.
            if self.outages is not None and self.outages.is_stranded(job.plan):
                return
            self._calendar.job_ended(job, t_ns)
