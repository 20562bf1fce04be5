"""Recorded runs that were steered, for the tests of what reads sessions."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from emulator.commands import AddStreams, Command
from emulator.engine import Engine
from emulator.journal import Event
from emulator.schema.stream import Stream
from emulator.session import SessionHeader, SessionWriter
from emulator.session.inputs import to_plain
from emulator.virtual import run_virtual
from tests.emulator.session.sessions import NS_PER_S, header_of, machine

EXTRA = Stream.model_validate(
    {"name": "extra", "model": "blur", "rate_hz": 5, "deadline_ms": 30, "start_s": "1/10"}
)


def ran(
    commands: Iterable[tuple[int, Command]] = (), *, seed: int = 0, until_s: int = 4
) -> list[Event]:
    """The journal of the small run with these commands."""
    events: list[Event] = []
    run_virtual(
        machine(seed), events.extend, until_ns=until_s * NS_PER_S, commands=sorted_by_time(commands)
    )
    return events


def sorted_by_time(commands: Iterable[tuple[int, Command]]) -> list[tuple[int, Command]]:
    """Commands of one instant keep their order."""
    return sorted(commands, key=lambda each: each[0])


def write(
    path: Path,
    events: list[Event],
    *,
    header: SessionHeader | None = None,
    size: int = 40,
    leave_out: Iterable[int] = (),
    closed: bool = True,
) -> Path:
    """A session of these events in chunks of a few; chunks with some numbers are never written."""
    missing = set(leave_out)
    header = header_of() if header is None else header
    with path.open("wb") as file:
        writer = SessionWriter(file, header)
        for number, at in enumerate(range(0, len(events), size)):
            part = events[at : at + size]
            if number in missing:
                writer._encoder._next_event += len(part)
                continue
            writer.append(part, int(str(part[-1][1])))
        if closed:
            writer.close()
    return path


def cut_in(
    events: list[Event], first: int, commands: Iterable[tuple[int, Command]]
) -> SessionHeader:
    """The header of a recording that begins with this event."""
    begins_ns = int(str(events[first][1]))
    done = [each for each in sorted_by_time(commands) if each[0] < begins_ns]
    return replace(
        header_of(),
        begins_ns=begins_ns,
        begins_event=first,
        inputs=tuple(to_plain(*each) for each in done),
    )


def first_after(events: list[Event], t_ns: int) -> int:
    """Number of the first event after an instant."""
    return next(number for number, event in enumerate(events) if int(str(event[1])) > t_ns)


def added() -> AddStreams:
    """A command that adds a stream."""
    return AddStreams((EXTRA,))


__all__ = ["EXTRA", "Engine", "added", "cut_in", "first_after", "ran", "sorted_by_time", "write"]
