"""What frames from a core leave behind, whichever way they came."""

from collections.abc import Mapping
from typing import Any

from emulator.protocol import PROTOCOL, Decoder, Message, ProtocolError, encode
from emulator.snapshot import Snapshot, from_wire
from rtgen_tui.session import (
    Notice,
    Outcome,
    Recording,
    Tape,
    Timeline,
    TimelineMark,
    TimelineSpan,
    WhatIf,
)

ANSWERS = frozenset({"window", "job", "find", "queue", "detail", "inputs"})
"""Frames that answer questions about the journal."""


class Received:
    """What frames leave behind: the newest snapshot and what came with it, and notices."""

    def __init__(self) -> None:
        self.latest: Snapshot | None = None
        self.recording: Recording | None = None
        self.tape: Tape | None = None
        self.timeline: Timeline | None = None
        self.what_if: WhatIf | None = None
        self.answers: dict[str, Message] = {}
        self.greeted = False
        self.version = ""
        """Of rtgen-tui on the core's side."""
        self.protocol: object = PROTOCOL
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
            if message["t"] == "snapshot":
                newest = message
            else:
                self._take(message)
        if newest is not None:
            self._take_snapshot(newest)

    def _take(self, message: Message) -> None:
        match message:
            case {"t": "timeline"}:
                self.timeline = _timeline(message)
            case {"t": "what-if"}:
                self.what_if = _what_if(message)
            case {"t": "saved", "path": path}:
                self.notices.append(Notice("saved", str(path)))
            case {"t": "error", "message": text}:
                self.notices.append(Notice("error", str(text)))
            case {"t": "warning", "message": text}:
                self.notices.append(Notice("warning", str(text)))
            case {"t": "hello"}:
                self.greeted = True
                self.version = str(message.get("version", "unknown"))
                self.protocol = message.get("protocol", PROTOCOL)
            case {"t": "bye", "reason": reason}:
                self.farewell = str(reason)
            case _:
                self._take_answer(message)

    def _take_answer(self, message: Message) -> None:
        """Keep an answer; other frames are those of a newer core."""
        if message["t"] in ANSWERS:
            self.answers[str(message["t"])] = message

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
        raw = message.get("s")
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
    def where(self) -> str:
        """Here."""
        return ""

    @property
    def mismatch(self) -> str:
        """None, on both sides of one process."""
        return ""

    @property
    def may_return(self) -> bool:
        """Not in one process."""
        return False

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

    @property
    def what_if(self) -> WhatIf | None:
        """The newest counterfactual of this run."""
        return self._received.what_if

    @property
    def answers(self) -> Mapping[str, Message]:
        """The newest answer to each kind of question."""
        return self._received.answers

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


def _what_if(message: Message) -> WhatIf:
    parts: Any = message
    try:
        return WhatIf(
            int(parts["begin_ns"]),
            int(parts["end_ns"]),
            float(parts["share"]),
            str(parts["error"]),
            bool(parts["done"]),
            tuple(Outcome(*each) for each in parts["figures"]),
        )
    except (TypeError, KeyError, ValueError) as error:
        raise ProtocolError(f"a what-if has another shape: {error}") from error
