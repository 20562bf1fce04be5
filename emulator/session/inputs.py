"""Commands as plain values: what was done to a run from outside, as it stands in a file."""

from collections.abc import Callable
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
from emulator.schema.stream import Stream
from emulator.session.errors import DamageError
from emulator.session.header import PlainInput

_OF_TEXT: Final[dict[str, Callable[[str], Command]]] = {
    "swap": SwapPolicy,
    "stop-stream": StopStream,
    "start-stream": StartStream,
    "mark": Mark,
}
ADD_STREAMS: Final = "add-streams"
CHANGE_STREAM: Final = "change-stream"
FAIL_POLICY: Final = "fail-policy"
BACKEND_DOWN: Final = "backend-down"
INPUT_NAMES: Final = (*_OF_TEXT, ADD_STREAMS, CHANGE_STREAM, FAIL_POLICY, BACKEND_DOWN)


def to_plain(t_ns: int, command: Command) -> PlainInput:
    """A command that took effect at a virtual instant, as msgpack can hold it."""
    match command:
        case SwapPolicy(policy=text):
            return t_ns, "swap", text
        case StopStream(stream=text):
            return t_ns, "stop-stream", text
        case StartStream(stream=text):
            return t_ns, "start-stream", text
        case Mark(text=text):
            return t_ns, "mark", text
        case AddStreams(streams=streams):
            return t_ns, ADD_STREAMS, tuple(stream.to_dict() for stream in streams)
        case ChangeStream(stream=name, spec=spec):
            return t_ns, CHANGE_STREAM, (name, spec.to_dict())
        case FailPolicy(error=error, after=after):
            return t_ns, FAIL_POLICY, (error, after)
        case BackendDown(backend=backend, reason=reason):
            return t_ns, BACKEND_DOWN, (backend, reason)


def from_plain(value: PlainInput) -> tuple[int, Command]:
    """The instant and the command.

    Raises:
        DamageError: a command that does not exist, or an argument that is none of it.
    """
    t_ns, name, argument, *_ = value
    if name in _OF_TEXT and isinstance(argument, str):
        return t_ns, _OF_TEXT[name](argument)
    if name == ADD_STREAMS and isinstance(argument, tuple):
        return t_ns, AddStreams(tuple(_stream(each) for each in argument))
    if name == CHANGE_STREAM:
        match argument:
            case (str(stream), spec, *_):
                return t_ns, ChangeStream(stream, _stream(spec))
    if name == FAIL_POLICY:
        match argument:
            case (str(error), int(after), *_):
                return t_ns, FailPolicy(error, after)
    if name == BACKEND_DOWN:
        match argument:
            case (int(backend), str(reason), *_):
                return t_ns, BackendDown(backend, reason)
    raise DamageError(f"holds an input that is not known: {str(name)[:80]!r}")


def _stream(table: object) -> Stream:
    # A session from elsewhere must not open files: the arrivals of a trace are written out in it.
    arrival = table.get("arrival") if isinstance(table, dict) else None
    if isinstance(arrival, dict) and "file" in arrival:
        raise DamageError("holds a stream that names a file")
    try:
        return Stream.model_validate(table)
    except ValueError:
        raise DamageError("holds an input whose stream is none") from None
