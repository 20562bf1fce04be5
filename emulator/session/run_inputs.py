"""The run that a header describes: its profile, scenario and commands, checked and loaded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.catalog import load_profile, load_scenario
from emulator.commands import AddStreams, ChangeStream, Command
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.policies.own_name import own_name
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.session.errors import DamageError, SessionError
from emulator.session.header import SessionHeader
from emulator.session.inputs import from_plain


@dataclass(frozen=True, slots=True)
class RunInputs:
    """What a recorded run depended on."""

    header: SessionHeader
    profile: Profile
    scenario: Scenario
    commands: tuple[tuple[int, Command], ...]
    """Carried out before the recording began: (virtual ns, command), in order."""
    source: str
    """Name of the file, for errors."""

    def streams_at_start(self) -> list[tuple[str, Mapping[str, object] | None]]:
        """The streams that were there when the recording began, in stream order.

        Name and spec, as an event of the journal has them.
        """
        return streams_after(self.scenario, self.commands)

    def engine(self) -> Engine:
        """The engine of the run before its first instant.

        Slices on backends that were real end there when they are told to.

        Raises:
            SessionError: a policy that is not known here, or inputs that do not fit each other.
        """
        header = self.header
        try:
            check_version(header.policy)
            return Engine(
                self.profile,
                self.scenario,
                header.policy,
                seed=header.seed,
                noise=header.noise,
                duration_ns=header.duration_ns,
                effects=header.effects,
                external=frozenset(header.live),
            )
        except (UserError, DamageError) as error:
            raise _refused(self.source, error) from None


def streams_after(
    scenario: Scenario, commands: Sequence[tuple[int, Command]]
) -> list[tuple[str, Mapping[str, object] | None]]:
    """The streams of a run after commands, in stream order: name, and spec unless as written."""
    specs: dict[str, Mapping[str, object] | None] = {each.name: None for each in scenario.streams}
    for _, command in commands:
        if isinstance(command, AddStreams):
            specs.update((stream.name, stream.to_dict()) for stream in command.streams)
        elif isinstance(command, ChangeStream):
            specs[command.stream] = command.spec.to_dict()
    return list(specs.items())


def run_inputs(header: SessionHeader, source: str) -> RunInputs:
    """Load what the header of a session holds.

    Args:
        header: of the session.
        source: name of the file, for errors.

    Raises:
        SessionError: a profile, a scenario or a command that is none.
    """
    try:
        _check_no_files(header.scenario)
        profile, scenario = load_profile(header.profile), load_scenario(header.scenario)
        _check_live(header, profile)
        commands = tuple(from_plain(each) for each in header.inputs)
    except (UserError, DamageError) as error:
        raise _refused(source, error) from None
    return RunInputs(header, profile, scenario, commands, source)


def check_version(policy: str) -> None:
    """Raises DamageError: somebody's own policy of no certain version.

    A session from elsewhere must not choose what code is run here: it can only name a source that
    lies here and is the same.
    """
    parts = own_name(policy)
    if parts.is_file and not parts.digest:
        raise DamageError("names the file of a policy without its version")


def _check_live(header: SessionHeader, profile: Profile) -> None:
    if not frozenset(header.live) <= frozenset(profile.backend_names):
        raise DamageError("names a live backend that its profile does not have")


def _check_no_files(scenario: Mapping[str, object]) -> None:
    # The arrivals of a trace are written out in a header; one from elsewhere must not open files.
    streams = scenario.get("streams")
    for stream in streams if isinstance(streams, tuple | list) else ():
        arrival = stream.get("arrival") if isinstance(stream, dict) else None
        if isinstance(arrival, dict) and "file" in arrival:
            raise DamageError("holds a stream that names a file")


def _refused(source: str, error: Exception) -> SessionError:
    says = "" if isinstance(error, DamageError) else "holds a run that cannot be made again: "
    return SessionError(f"session {source} {says}{error}", source=source)
