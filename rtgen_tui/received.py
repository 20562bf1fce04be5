"""What frames from a core leave behind, whichever way they came."""

from typing import Any

from emulator.protocol import Decoder, Message, ProtocolError, encode
from emulator.snapshot import Snapshot, from_wire
from rtgen_tui.session import Notice, Recording, Tape, Timeline, TimelineMark, TimelineSpan


class Received:
    """What frames leave behind: the newest snapshot and what came with it, and notices."""

    def __init__(self) -> None:
        self.latest: Snapshot | None = None
        self.recording: Recording | None = None
        self.tape: Tape | None = None
        self.timeline: Timeline | None = None
        self.greeted = False
        self.farewell = ""
        self.notices: list[Notice] = []
        self._decoder = Decoder()

    def feed(self, data: bytes) -> None:
        """Take in bytes; of several snapshots only the newest is rebuilt.

        Raises:
            ProtocolError: they are not frames of this version's core.
        """
        newest: Message | None = None
        for message in self._decoder.feed(data):
            match message:
                case {"t": "snapshot", "s": _}:
                    newest = message
                case {"t": "timeline"}:
                    self.timeline = _timeline(message)
                case {"t": "saved", "path": path}:
                    self.notices.append(Notice("saved", str(path)))
                case {"t": "error", "message": text}:
                    self.notices.append(Notice("error", str(text)))
                case {"t": "hello"}:
                    self.greeted = True
                case {"t": "bye", "reason": reason}:
                    self.farewell = str(reason)
                case _:
                    pass  # a frame of a newer core
        if newest is not None:
            self._take_snapshot(newest)

    @property
    def ready(self) -> bool:
        """As an outbox in process: frames arrive at once."""
        return True

    def send(self, message: Message) -> None:
        """As an outbox in process: through the wire format, as a pipe would bring it."""
        self.feed(encode(message))

    def take_notices(self) -> list[Notice]:
        """Notices since the last call, oldest first."""
        taken, self.notices = self.notices, []
        return taken

    def _take_snapshot(self, message: Message) -> None:
        raw = message["s"]
        if not isinstance(raw, list | tuple):
            raise ProtocolError("a snapshot is not an array")
        recording, tape = message.get("rec"), message.get("tape")
        try:
            self.latest = from_wire(raw)
            self.recording = Recording(*recording) if isinstance(recording, tuple) else None
            self.tape = Tape(*tape) if isinstance(tape, tuple) else None
        except TypeError as error:
            raise ProtocolError(f"a snapshot has another shape: {error}") from error
        if self.tape is None:
            self.timeline = None


class Receiver:
    """What a core shows of the frames it has received, however they came."""

    def __init__(self) -> None:
        self._received = Received()

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot."""
        return self._received.latest

    @property
    def recording(self) -> Recording | None:
        """As of the newest snapshot."""
        return self._received.recording

    @property
    def tape(self) -> Tape | None:
        """As of the newest snapshot."""
        return self._received.tape

    @property
    def timeline(self) -> Timeline | None:
        """Of the session that is played."""
        return self._received.timeline

    def messages(self) -> list[Notice]:
        """Notices since the last call, oldest first."""
        return self._received.take_notices()


def _timeline(message: Message) -> Timeline:
    parts: Any = message
    try:
        return Timeline(
            tuple(TimelineSpan(*each) for each in parts["spans"]),
            tuple(TimelineMark(*each) for each in parts["marks"]),
            tuple(map(str, parts["problems"])),
        )
    except (TypeError, KeyError) as error:
        raise ProtocolError(f"a timeline has another shape: {error}") from error
