"""Commands that wait for their instant, checked as they are given."""

from collections import deque

from emulator.commands import (
    AddStreams,
    BackendDown,
    ChangeStream,
    Command,
    StartStream,
    StopStream,
    SwapPolicy,
)
from emulator.engine.calendar import Calendar
from emulator.engine.jobs import NEVER
from emulator.engine.outage import Outages
from emulator.errors import ProfileError, ScenarioError
from emulator.policies import find_policy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit
from emulator.schema.stream import Stream
from emulator.schema.stream_change import check_change


class CommandQueue:
    """In order of arrival, which is the order of their instants."""

    __slots__ = ("_calendar", "_profile", "_waiting", "next_ns")

    def __init__(self, profile: Profile, calendar: Calendar) -> None:
        self._profile = profile
        self._calendar = calendar
        self._waiting: deque[tuple[int, Command]] = deque()
        self.next_ns = NEVER
        """When the first of them takes effect, NEVER without any."""

    def add(self, command: Command, t_ns: int, outages: Outages | None) -> int:
        """Takes a command for this instant; returns its own, not before those that wait.

        Raises:
            UserError: no such policy, stream or backend, or streams that do not fit the profile.
        """
        self._check(command, outages)
        if isinstance(command, SwapPolicy):
            # Somebody's own policy is loaded now: its file may change until then.
            command = SwapPolicy(find_policy(command.policy).name)
        effective = max(t_ns, self._waiting[-1][0]) if self._waiting else max(t_ns, 0)
        self._waiting.append((effective, command))
        self._look_ahead()
        return effective

    def take(self) -> Command:
        """Takes the first one off the queue."""
        command = self._waiting.popleft()[1]
        self._look_ahead()
        return command

    def clear(self) -> None:
        """None of them takes effect any more."""
        self._waiting.clear()
        self._look_ahead()

    def _look_ahead(self) -> None:
        self.next_ns = self._waiting[0][0] if self._waiting else NEVER

    def _check(self, command: Command, outages: Outages | None) -> None:
        if isinstance(command, SwapPolicy):
            find_policy(command.policy)
        elif isinstance(command, StopStream | StartStream | ChangeStream):
            if command.stream not in self._names():
                names = ", ".join(self._names()) or "none"
                raise ScenarioError(
                    f"no stream is called {command.stream[:80]!r}; there is {names}"
                )
            if isinstance(command, ChangeStream):
                check_fit(self._profile, Scenario(streams=(command.spec,)))
                check_change(self._spec(command.stream), command.spec)
        elif isinstance(command, AddStreams):
            self._check_streams(command, outages)
        elif isinstance(command, BackendDown) and command.backend not in range(
            len(self._profile.backends)
        ):
            raise ProfileError(f"there is no backend {command.backend}")

    def _check_streams(self, command: AddStreams, outages: Outages | None) -> None:
        check_fit(self._profile, Scenario(streams=command.streams))
        names = self._names()
        taken = [stream.name for stream in command.streams if stream.name in names]
        if taken:
            raise ScenarioError(f"a stream is called {taken[0]!r} already; stream names are unique")
        if outages is not None:
            outages.check(command.streams)

    def _spec(self, name: str) -> Stream:
        """What a stream goes by, which may still have to be added."""
        coming = [each for _, each in self._waiting if isinstance(each, AddStreams)]
        added = {stream.name: stream for each in coming for stream in each.streams}
        return self._calendar.spec(name) or added[name]

    def _names(self) -> dict[str, None]:
        """Streams that are there or will be once the waiting commands are carried out."""
        coming = [each for _, each in self._waiting if isinstance(each, AddStreams)]
        names = dict.fromkeys(self._calendar.names)
        return names | {stream.name: None for each in coming for stream in each.streams}
