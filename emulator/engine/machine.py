"""The engine: a discrete-event machine without clock or I/O. Same inputs, same journal.

At one instant come completions (in backend order), releases (in stream order), commands (in order
of arrival) and then decisions, which see all of it. Nothing happens between instants, so pacing
cannot change a result.
"""

from typing import Final

from emulator.commands import (
    AddStreams,
    BackendDown,
    ChangeStream,
    Command,
    FailPolicy,
    Mark,
    StartStream,
    StopStream,
    SwapPolicy,
)
from emulator.effects import parse_effects
from emulator.engine.admission import DropRules
from emulator.engine.batching import Batches
from emulator.engine.calendar import Calendar
from emulator.engine.causes import Backlog
from emulator.engine.command_queue import CommandQueue
from emulator.engine.degrade import degrade
from emulator.engine.dispatch import Decider, Dispatcher, GiveUp, KeyedDispatcher, Occupancy
from emulator.engine.execution import batches_of, lifecycle_of, recorder_of
from emulator.engine.failing import FailingDecider
from emulator.engine.general import BrokenPolicyError, GeneralDispatcher
from emulator.engine.jobs import NEVER, READY, SKIPPED, Job, StageRun
from emulator.engine.options import sticky_options
from emulator.engine.outage import BACKEND_DOWN, Outages
from emulator.engine.planner import Planner
from emulator.engine.release import make_job
from emulator.engine.running import RunningSlice
from emulator.journal import Event
from emulator.policies import Axes, NamedPolicy, find_policy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit
from emulator.schema.stream import Stream
from emulator.timing import Timing

FALLBACK: Final = "fcfs"
"""What a run goes on under when a policy breaks."""


class Engine:
    """One run; without ``journal`` nothing is told of its jobs, which takes less time.

    Slices on the backends named in ``external`` end when ``complete`` is called; policies see the
    same estimates for them. ``effects`` are names that ``parse_effects`` takes. A ``noise_seed``
    gives the same jobs other luck with their durations.

    Raises UserError (a subclass) for a policy that does not exist or a scenario that does not fit
    the profile.
    """

    def __init__(  # noqa: PLR0913 - what a run depends on; all but three have a default
        self,
        profile: Profile,
        scenario: Scenario,
        policy: str | NamedPolicy,
        *,
        seed: int = 0,
        noise: bool = True,
        duration_ns: int | None = None,
        journal: bool = True,
        external: frozenset[str] = frozenset(),
        effects: str = "",
        noise_seed: int | None = None,
    ) -> None:
        check_fit(profile, scenario)
        self.now_ns = -1
        """The instant processed last; -1 before the first."""
        self._profile = profile
        timing = Timing(profile, noise=noise)
        self._planner = Planner(profile, timing, seed, noise_seed)
        self._calendar = Calendar(
            self._planner,
            seed=seed,
            end_ns=NEVER if duration_ns is None else duration_ns,
        )
        asked = parse_effects(effects)
        self._batches = batches_of(profile, external, asked)
        """None unless requests decode together."""
        self._recorder = recorder_of(self._batches, journal=journal)
        self._occupancy = Occupancy(len(profile.backends))
        self._commands = CommandQueue(profile, self._calendar)
        self._failure: FailPolicy | None = None
        self._open: dict[Job, None] = {}
        """A set that keeps its order."""
        self._lifecycle = lifecycle_of(
            profile, timing, self._occupancy, self._recorder, external, asked, self._batches
        )
        self._backlog = Backlog(self._occupancy)
        self._outages: Outages | None = None
        """None while no backend is down."""
        self._policy = find_policy(policy)
        self._add_streams(scenario.streams, 0, spec=False)
        self._adopt(self._policy, 0)

    # What drivers use

    @property
    def policy(self) -> str:
        """Name of the active policy."""
        return self._policy.name

    @property
    def next_event_ns(self) -> int | None:
        """The next instant at which something happens, None when nothing is left.

        Slices on external backends count once their end is told.
        """
        t_ns = min(self._lifecycle.next_end_ns, self._calendar.next_ns, self._commands.next_ns)
        return None if t_ns == NEVER else t_ns

    def advance(self, until_ns: int) -> None:
        """Processes every instant up to and including ``until_ns``.

        Never makes an instant of its own.
        """
        last_ns = min(until_ns, NEVER - 1)
        lifecycle, calendar, commands = self._lifecycle, self._calendar, self._commands
        while (t_ns := min(lifecycle.next_end_ns, calendar.next_ns, commands.next_ns)) <= last_ns:
            self._process(t_ns)

    def cut(self, t_ns: int) -> None:
        """Ends the run at this instant.

        Completions at it count, no release and no decision follows.
        """
        self.advance(t_ns - 1)
        self._complete_slices(t_ns)
        self._calendar.clear()
        self._commands.clear()
        self.now_ns = t_ns

    def apply(self, command: Command, t_ns: int) -> int:
        """Takes a command for the instant ``t_ns``; returns the instant at which it takes effect.

        An instant that was processed already is over, so a command for it takes effect 1 ns after
        the last one.

        Raises:
            UserError: no such policy or stream, or streams that do not fit the profile.
        """
        return self._commands.add(command, max(t_ns, self.now_ns + 1), self._outages)

    def running(self, backend: int) -> RunningSlice | None:
        """The slice that runs on this backend (index in the profile), None when it is idle."""
        return self._lifecycle.running(backend)

    def complete(self, backend: int, t_ns: int) -> int:
        """Ends the slice on an external backend at ``t_ns``; returns the instant at which it does.

        As for ``apply``, at least 1 ns after the instant processed last. The end is processed as
        the engine is advanced to it, with all other completions of that instant.

        Raises:
            ValueError: the backend is not external, or no slice runs there that has no end yet.
        """
        effective = max(t_ns, self.now_ns + 1)
        self._lifecycle.end_slice(backend, effective)
        return effective

    def drain(self) -> list[Event]:
        """The events since the last call."""
        return self._recorder.drain()

    @property
    def open_jobs(self) -> int:
        """Jobs released and not ended."""
        return len(self._open)

    # One instant

    def _process(self, t_ns: int) -> None:
        self.now_ns = t_ns
        if self._lifecycle.next_end_ns == t_ns:
            self._complete_slices(t_ns)
        if self._calendar.next_ns == t_ns:
            self._release_jobs(t_ns)
        if self._commands.next_ns == t_ns:
            while self._commands.next_ns == t_ns:
                self._carry_out(self._commands.take(), t_ns)
            self._release_jobs(t_ns)
        if self._drop_rules.next_ns < t_ns:
            for job, rule in self._drop_rules.expired(t_ns):
                if not self._drop_rules.degrades or not self._degrade(job, t_ns):
                    self._give_up(job, rule, t_ns)
        if self._dispatcher.waiting:
            self._decide(t_ns)

    def _complete_slices(self, t_ns: int) -> None:
        while self._lifecycle.next_end_ns == t_ns:
            stage, ready = self._lifecycle.finish_next(t_ns)
            job = stage.job
            if not job.unfinished:
                self._close(job, t_ns)
                continue
            if self._outages is not None and self._outages.condemns(job, ready):
                if not job.running:
                    self._give_up(job, BACKEND_DOWN, t_ns)
                continue
            self._queue(ready, t_ns)
            if self._batches is not None:
                self._batches.add(ready)
            self._drop_rules.slice_ended(stage)
            if len(job.stages) > 1:
                self._requeue(job, t_ns)

    def _release_jobs(self, t_ns: int) -> None:
        while self._calendar.next_ns == t_ns:
            stream, release = self._calendar.take()
            job = make_job(stream.plan, release, stream.arrivals.origin)
            self._open[job] = None
            self._recorder.released(job, t_ns)
            if self._outages is not None and self._outages.strands(job):
                self._give_up(job, BACKEND_DOWN, t_ns)
                continue
            ready = self._lifecycle.begin(job, t_ns)
            if not job.unfinished:
                self._close(job, t_ns)
                continue
            self._queue(ready, t_ns)
            self._drop_rules.watch(job)
            job.cause = self._backlog.cause_of(job, ready, t_ns)

    def _decide(self, t_ns: int) -> None:
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
            self._recorder.policy_failed(self._policy.name, str(error), t_ns)
            self._swap(find_policy(FALLBACK), t_ns)
            self._decide(t_ns)

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
            if self._outages is not None and self._outages.is_stranded(job.plan):
                return
            self._calendar.job_ended(job, t_ns)

    # Streams, policies, commands

    def _add_streams(self, streams: tuple[Stream, ...], t_ns: int, *, spec: bool) -> None:
        for stream in streams:
            index = self._calendar.add(stream, t_ns).plan.index
            written = stream.to_dict() if spec else None
            self._recorder.stream_added(index, stream.name, written, t_ns)
            self._recorder.stream_started(index, t_ns)

    def _adopt(self, policy: NamedPolicy, t_ns: int) -> None:
        """Hands everything that waits over to a policy; running slices just go on."""
        self._policy = policy
        self._dispatcher = self._dispatcher_of(policy)
        self._drop_rules = DropRules(self._dispatcher.admission, self._dispatcher.work, self._open)
        for job in self._open:
            for stage in job.stages:
                if stage.state == READY:
                    stage.waits = False
                    stage.options = sticky_options(stage, self._dispatcher.work.chunk)
                    self._dispatcher.push(stage, t_ns)

    def _dispatcher_of(self, policy: NamedPolicy) -> Dispatcher:
        if isinstance(policy.rule, Axes):
            return KeyedDispatcher(policy.rule, self._occupancy, self._calendar.period_ranks())
        return GeneralDispatcher(policy.rule, self._occupancy, self._profile)

    def _swap(self, policy: NamedPolicy, t_ns: int) -> None:
        self._recorder.policy(self._policy.name, policy.name, t_ns)
        self._adopt(policy, t_ns)

    def _take_down(self, backend: int, reason: str, t_ns: int) -> None:
        outages = self._outages
        if outages is None:
            outages = self._outages = Outages(
                self._planner, self._calendar, self._lifecycle, self._occupancy, self._backlog
            )
        if outages.is_down(backend):
            return
        self._recorder.backend_down(backend, reason, t_ns)
        for job in outages.take_down(backend, self._open, t_ns):
            self._give_up(job, BACKEND_DOWN, t_ns)
        self._adopt(self._policy, t_ns)
        outages.requeued()

    def _carry_out(self, command: Command, t_ns: int) -> None:
        match command:
            case SwapPolicy(policy=name):
                self._failure = None
                self._swap(find_policy(name), t_ns)
            case FailPolicy():
                self._failure = command
            case Mark(text=text):
                self._recorder.marker(text, t_ns)
            case BackendDown(backend=backend, reason=reason):
                self._take_down(backend, reason, t_ns)
            case AddStreams(streams=streams):
                self._add_streams(streams, t_ns, spec=True)
                self._adopt(self._policy, t_ns)
            case ChangeStream(stream=name, spec=spec):
                index = self._calendar.change(name, spec, t_ns).plan.index
                self._recorder.stream_changed(index, spec.to_dict(), t_ns)
                self._adopt(self._policy, t_ns)
            case StopStream(stream=name):
                self._recorder.stream_stopped(self._calendar.stop(name).plan.index, t_ns)
            case StartStream(stream=name):
                self._recorder.stream_started(self._calendar.start(name, t_ns).plan.index, t_ns)
