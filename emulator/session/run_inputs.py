"""The run that a header describes: its profile, scenario and commands, checked and loaded."""

from collections.abc import Mapping
from dataclasses import dataclass

from emulator.catalog import load_profile, load_scenario
from emulator.commands import AddStreams, Command
from emulator.engine import Engine
from emulator.errors import UserError
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
        streams: list[tuple[str, Mapping[str, object] | None]] = [
            (stream.name, None) for stream in self.scenario.streams
        ]
        for _, command in self.commands:
            if isinstance(command, AddStreams):
                streams += [(stream.name, stream.to_dict()) for stream in command.streams]
        return streams

    def engine(self) -> Engine:
        """The engine of the run before its first instant.

        Raises:
            SessionError: a policy that is not known here, or inputs that do not fit each other.
        """
        header = self.header
        try:
            return Engine(
                self.profile,
                self.scenario,
                header.policy,
                seed=header.seed,
                noise=header.noise,
                duration_ns=header.duration_ns,
            )
        except UserError as error:
            raise _refused(self.source, error) from None


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
        commands = tuple(from_plain(each) for each in header.inputs)
    except (UserError, DamageError) as error:
        raise _refused(source, error) from None
    return RunInputs(header, profile, scenario, commands, source)


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
