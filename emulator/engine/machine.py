"""The engine: a discrete-event machine without clock or I/O. Same inputs, same journal.

At one instant come completions (in backend order), releases (in stream order), commands (in order
of arrival) and then decisions, which see all of it. Nothing happens between instants, so pacing
cannot change a result.
"""

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
from emulator.engine.calendar import Calendar
from emulator.engine.command_queue import CommandQueue
from emulator.engine.dispatch import Occupancy
from emulator.engine.execution import batches_of, lifecycle_of, recorder_of
from emulator.engine.jobs import NEVER
from emulator.engine.planner import Planner
from emulator.engine.running import RunningSlice
from emulator.engine.scheduler import Scheduler
from emulator.journal import Event
from emulator.policies import NamedPolicy, find_policy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit
from emulator.schema.stream import Stream
from emulator.timing import Timing


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
        timing = Timing(profile, noise=noise)
        planner = Planner(profile, timing, seed, noise_seed)
        self._calendar = Calendar(
            planner,
            seed=seed,
            end_ns=NEVER if duration_ns is None else duration_ns,
        )
        asked = parse_effects(effects)
        batches = batches_of(profile, external, asked)
        self._recorder = recorder_of(batches, journal=journal)
        occupancy = Occupancy(len(profile.backends))
        self._commands = CommandQueue(profile, self._calendar)
        self._lifecycle = lifecycle_of(
            profile, timing, occupancy, self._recorder, external, asked, batches
        )
        named = find_policy(policy)
        self._add_streams(scenario.streams, 0, spec=False)
        self._scheduler = Scheduler(
            profile, planner, self._calendar, self._lifecycle, occupancy, self._recorder, batches
        )
        self._scheduler.adopt(named, 0)

    # What drivers use

    @property
    def policy(self) -> str:
        """Name of the active policy."""
        return self._scheduler.policy.name

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
        self._scheduler.complete_slices(t_ns)
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
        return self._commands.add(command, max(t_ns, self.now_ns + 1), self._scheduler.outages)

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
        return self._scheduler.open_jobs

    # One instant

    def _process(self, t_ns: int) -> None:
        self.now_ns = t_ns
        scheduler = self._scheduler
        if self._lifecycle.next_end_ns == t_ns:
            scheduler.complete_slices(t_ns)
        if self._calendar.next_ns == t_ns:
            scheduler.release_jobs(t_ns)
        if self._commands.next_ns == t_ns:
            while self._commands.next_ns == t_ns:
                self._carry_out(self._commands.take(), t_ns)
            scheduler.release_jobs(t_ns)
        scheduler.decide(t_ns)

    # Commands

    def _add_streams(self, streams: tuple[Stream, ...], t_ns: int, *, spec: bool) -> None:
        for stream in streams:
            index = self._calendar.add(stream, t_ns).plan.index
            written = stream.to_dict() if spec else None
            self._recorder.stream_added(index, stream.name, written, t_ns)
            self._recorder.stream_started(index, t_ns)

    def _carry_out(self, command: Command, t_ns: int) -> None:
        scheduler = self._scheduler
        match command:
            case SwapPolicy(policy=name):
                scheduler.swap(find_policy(name), t_ns)
            case FailPolicy():
                scheduler.fail(command)
            case Mark(text=text):
                self._recorder.marker(text, t_ns)
            case BackendDown(backend=backend, reason=reason):
                scheduler.take_down(backend, reason, t_ns)
            case AddStreams(streams=streams):
                self._add_streams(streams, t_ns, spec=True)
                scheduler.adopt(scheduler.policy, t_ns)
            case ChangeStream(stream=name, spec=spec):
                index = self._calendar.change(name, spec, t_ns).plan.index
                self._recorder.stream_changed(index, spec.to_dict(), t_ns)
                scheduler.adopt(scheduler.policy, t_ns)
            case StopStream(stream=name):
                self._recorder.stream_stopped(self._calendar.stop(name).plan.index, t_ns)
            case StartStream(stream=name):
                self._recorder.stream_started(self._calendar.start(name, t_ns).plan.index, t_ns)
