"""The engine: a discrete-event machine without clock or I/O. Same inputs, same journal.

At one instant come completions (in backend order), releases (in stream order), commands (in order
of arrival) and then decisions, which see all of it. Nothing happens between instants, so pacing
cannot change a result.
"""

from collections import deque
from typing import Final

from emulator.commands import (
    AddStreams,
    Command,
    FailPolicy,
    Mark,
    StartStream,
    StopStream,
    SwapPolicy,
)
from emulator.engine.admission import DropRules
from emulator.engine.calendar import Calendar
from emulator.engine.causes import Backlog
from emulator.engine.dispatch import Decider, Dispatcher, GiveUp, KeyedDispatcher, Occupancy
from emulator.engine.failing import FailingDecider
from emulator.engine.general import BrokenPolicyError, GeneralDispatcher
from emulator.engine.jobs import NEVER, READY, SKIPPED, Job, StageRun
from emulator.engine.lifecycle import Lifecycle
from emulator.engine.options import sticky_options
from emulator.engine.planner import Planner
from emulator.engine.recorder import Recorder, SilentRecorder
from emulator.engine.release import make_job
from emulator.errors import ScenarioError
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

    Raises UserError (a subclass) for a policy that does not exist or a scenario that does not fit
    the profile.
    """

    def __init__(
        self,
        profile: Profile,
        scenario: Scenario,
        policy: str,
        *,
        seed: int = 0,
        noise: bool = True,
        duration_ns: int | None = None,
        journal: bool = True,
    ) -> None:
        check_fit(profile, scenario)
        self.now_ns = -1
        """The instant processed last; -1 before the first."""
        self._profile = profile
        timing = Timing(profile, noise=noise)
        self._calendar = Calendar(
            Planner(profile, timing, seed),
            seed=seed,
            end_ns=NEVER if duration_ns is None else duration_ns,
        )
        self._recorder = Recorder() if journal else SilentRecorder()
        self._occupancy = Occupancy(len(profile.backends))
        self._commands: deque[tuple[int, Command]] = deque()
        self._failure: FailPolicy | None = None
        self._command_ns = NEVER
        self._open: dict[Job, None] = {}
        """A set that keeps its order."""
        self._lifecycle = Lifecycle(timing, self._occupancy, self._recorder)
        self._backlog = Backlog(self._occupancy)
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
        """The next instant at which something happens, None when nothing is left."""
        t_ns = min(self._lifecycle.next_end_ns, self._calendar.next_ns, self._command_ns)
        return None if t_ns == NEVER else t_ns

    def advance(self, until_ns: int) -> None:
        """Processes every instant up to and including ``until_ns``.

        Never makes an instant of its own.
        """
        last_ns = min(until_ns, NEVER - 1)
        lifecycle, calendar = self._lifecycle, self._calendar
        while (t_ns := min(lifecycle.next_end_ns, calendar.next_ns, self._command_ns)) <= last_ns:
            self._process(t_ns)

    def cut(self, t_ns: int) -> None:
        """Ends the run at this instant.

        Completions at it count, no release and no decision follows.
        """
        self.advance(t_ns - 1)
        self._complete_slices(t_ns)
        self._calendar.clear()
        self._commands.clear()
        self._command_ns = NEVER
        self.now_ns = t_ns

    def apply(self, command: Command, t_ns: int) -> int:
        """Takes a command for the instant ``t_ns``; returns the instant at which it takes effect.

        An instant that was processed already is over, so a command for it takes effect 1 ns after
        the last one.

        Raises:
            UserError: no such policy or stream, or streams that do not fit the profile.
        """
        self._check(command)
        last = self._commands[-1][0] if self._commands else 0
        effective = max(t_ns, self.now_ns + 1, last)
        self._commands.append((effective, command))
        self._command_ns = self._commands[0][0]
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
        if self._command_ns == t_ns:
            while self._command_ns == t_ns:
                self._carry_out(self._commands.popleft()[1], t_ns)
                self._command_ns = self._commands[0][0] if self._commands else NEVER
            self._release_jobs(t_ns)
        if self._drop_rules.next_ns < t_ns:
            for job, rule in self._drop_rules.expired(t_ns):
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
            self._queue(ready, t_ns)
            self._drop_rules.slice_ended(stage)
            if len(job.stages) > 1:
                self._requeue(job, t_ns)

    def _release_jobs(self, t_ns: int) -> None:
        while self._calendar.next_ns == t_ns:
            stream, release = self._calendar.take()
            job = make_job(stream.plan, release, stream.arrivals.origin)
            self._open[job] = None
            self._recorder.released(job, t_ns)
            ready = self._lifecycle.begin(job, t_ns)
            if not job.unfinished:
                self._close(job, t_ns)
                continue
            self._queue(ready, t_ns)
            self._drop_rules.watch(job)
            job.cause = self._backlog.cause_of(job, ready, t_ns)

    def _decide(self, t_ns: int) -> None:
        decider: Decider = self._dispatcher
        if self._failure is not None:
            decider, self._failure = FailingDecider(decider, self._failure), None
        try:
            while (decision := decider.next_decision(t_ns)) is not None:
                if isinstance(decision, GiveUp):
                    self._give_up(decision.job, decision.reason, t_ns)
                    continue
                stage, backend = decision
                self._backlog.remove(stage)
                self._lifecycle.start_slice(stage, backend, decider.work.chunk, t_ns)
                if len(stage.job.stages) > 1:
                    self._requeue(stage.job, t_ns)
        except BrokenPolicyError as error:
            self._recorder.policy_failed(self._policy.name, str(error), t_ns)
            self._swap(find_policy(FALLBACK), t_ns)
            self._decide(t_ns)

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

    def _check(self, command: Command) -> None:
        if isinstance(command, SwapPolicy):
            find_policy(command.policy)
        elif isinstance(command, StopStream | StartStream):
            if command.stream not in self._names():
                names = ", ".join(self._names()) or "none"
                raise ScenarioError(
                    f"no stream is called {command.stream[:80]!r}; there is {names}"
                )
        elif isinstance(command, AddStreams):
            check_fit(self._profile, Scenario(streams=command.streams))
            taken = [stream.name for stream in command.streams if stream.name in self._names()]
            if taken:
                raise ScenarioError(
                    f"a stream is called {taken[0]!r} already; stream names are unique"
                )

    def _names(self) -> dict[str, None]:
        """Streams that are there or will be once the waiting commands are carried out."""
        coming = [each for _, each in self._commands if isinstance(each, AddStreams)]
        names = dict.fromkeys(self._calendar.names)
        return names | {stream.name: None for each in coming for stream in each.streams}

    def _carry_out(self, command: Command, t_ns: int) -> None:
        match command:
            case SwapPolicy(policy=name):
                self._swap(find_policy(name), t_ns)
            case FailPolicy():
                self._failure = command
            case Mark(text=text):
                self._recorder.marker(text, t_ns)
            case AddStreams(streams=streams):
                self._add_streams(streams, t_ns, spec=True)
                self._adopt(self._policy, t_ns)
            case StopStream(stream=name):
                self._recorder.stream_stopped(self._calendar.stop(name).plan.index, t_ns)
            case StartStream(stream=name):
                self._recorder.stream_started(self._calendar.start(name, t_ns).plan.index, t_ns)
