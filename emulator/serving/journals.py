"""The journals that a desk can be asked about: of a run that goes on, and of a session file."""

import io
from collections.abc import Sequence
from typing import TypeAlias

from emulator.commands import Command, SwapPolicy
from emulator.engine.jobs import NEVER
from emulator.errors import UserError
from emulator.journal import Event
from emulator.protocol import Message
from emulator.session import SessionReader
from emulator.session.chunks import Chunk
from emulator.session.columns import decode
from emulator.session.errors import DamageError
from emulator.session.format import EVENTS, Span
from emulator.session.origin import Origin
from emulator.session.packing import unpack_body
from emulator.session.run_inputs import RunInputs, run_inputs, streams_after
from emulator.session.scan import frame_at
from emulator.timeline.cast import Cast, Named

Commands: TypeAlias = Sequence[tuple[int, Command]]
"""With the virtual times of their effect, in order."""


class ChunkSource:
    """Chunks of a run in memory."""

    def __init__(self, chunks: Sequence[Chunk]) -> None:
        self._chunks = [each for each in chunks if each.kind == EVENTS]
        self._spans = [each.summary for each in self._chunks if isinstance(each.summary, Span)]

    def spans(self) -> Sequence[Span]:
        """In order."""
        return self._spans

    def events(self, number: int) -> Sequence[Event]:
        """The events of one; none if it is damaged, which would be a bug."""
        frame = frame_at(io.BytesIO(self._chunks[number].data), 0)
        if frame is None:
            return ()
        try:
            return decode(unpack_body(frame.body), self._spans[number])
        except DamageError:
            return ()


class FileSource:
    """The chunks of a session file, which may grow."""

    def __init__(self, reader: SessionReader) -> None:
        self._reader = reader

    def spans(self) -> Sequence[Span]:
        """In order. Raises SessionError: the file cannot be read any more."""
        if self._reader.end is None:
            self._reader.refresh()
        return self._reader.spans

    def events(self, number: int) -> Sequence[Event]:
        """The events of one; none if it is damaged. Raises SessionError likewise."""
        span = self._reader.spans[number]
        return next(self._reader.batches(first=span.first_event), []) if span.events else ()


class LiveJournal:
    """The journal of a run, as far as the flight recorder holds it.

    Args:
        origin: what the run began with.
        commands: all that it was given.
        chunks: of the flight recorder.
        tail: the events after them.
        reached_ns: virtual time that the run has reached.
    """

    def __init__(
        self,
        origin: Origin,
        commands: Commands,
        chunks: Sequence[Chunk],
        tail: Sequence[Event],
        reached_ns: int,
    ) -> None:
        self.source = ChunkSource(chunks)
        self.tail = (tail, reached_ns)
        self._origin = origin
        self._commands = commands

    def cast(self) -> Cast:
        """Of its profile and scenario."""
        return Cast(self._origin.profile, self._origin.scenario)

    def streams(self) -> Sequence[Named]:
        """Those of the scenario, and those that were added."""
        return streams_after(self._origin.scenario, self._commands)

    def policy(self, begins_ns: int) -> str:
        """The policy before the first chunk."""
        return _policy(self._origin.policy, self._commands, begins_ns)

    def inputs(self) -> Message:
        """What the run goes by now, after all commands."""
        origin = self._origin
        written = {stream.name: stream.to_dict() for stream in origin.scenario.streams}
        about = {k: v for k, v in origin.scenario.to_dict().items() if k != "streams"}
        return {
            "profile": origin.profile.to_dict(),
            "scenario": about,
            "streams": [spec or written[name] for name, spec in self.streams()],
            "policy": _policy(origin.policy, self._commands, NEVER),
            "seed": origin.seed,
        }


class FileJournal:
    """The journal of a session file, which is opened when it is first read.

    Raises:
        SessionError: every method: it cannot be read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: SessionReader | None = None
        self._known: RunInputs | None = None

    @property
    def source(self) -> FileSource:
        """Of its chunks."""
        return FileSource(self._reader)

    @property
    def tail(self) -> tuple[Sequence[Event], int]:
        """All is in chunks."""
        return (), 0

    def cast(self) -> Cast:
        """Of its profile and scenario."""
        return Cast(self._inputs.profile, self._inputs.scenario)

    def streams(self) -> Sequence[Named]:
        """Those that there were when the recording began."""
        return self._inputs.streams_at_start()

    def policy(self, begins_ns: int) -> str:
        """The policy when the recording began."""
        inputs = self._inputs
        return _policy(inputs.header.policy, inputs.commands, begins_ns)

    def inputs(self) -> Message:
        """Raises UserError: what was changed when is known where the session is played."""
        raise UserError("only who plays a recorded session knows its streams at an instant")

    def close(self) -> None:
        """Close the file."""
        if self._opened is not None:
            self._opened.close()

    @property
    def _reader(self) -> SessionReader:
        if self._opened is None:
            self._opened = SessionReader(self._path, scan=True)
        return self._opened

    @property
    def _inputs(self) -> RunInputs:
        if self._known is None:
            self._known = run_inputs(self._reader.header, str(self._reader.path))
        return self._known


def _policy(first: str, commands: Commands, upto_ns: int) -> str:
    done = [each for t_ns, each in commands if t_ns <= upto_ns]
    swaps = [each.policy for each in done if isinstance(each, SwapPolicy)]
    return swaps[-1] if swaps else first
