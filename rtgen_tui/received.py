"""What frames from a core leave behind, whichever way they came."""

from emulator.protocol import Decoder, Message, ProtocolError, encode
from emulator.snapshot import Snapshot, from_wire
from rtgen_tui.session import Notice


class Received:
    """What frames leave behind: the newest snapshot, and notices."""

    def __init__(self) -> None:
        self.latest: Snapshot | None = None
        self.greeted = False
        self.farewell = ""
        self.notices: list[Notice] = []
        self._decoder = Decoder()

    def feed(self, data: bytes) -> None:
        """Take in bytes; of several snapshots only the newest is rebuilt.

        Raises:
            ProtocolError: they are not frames of this version's core.
        """
        newest: object = None
        for message in self._decoder.feed(data):
            match message:
                case {"t": "snapshot", "s": raw}:
                    newest = raw
                case {"t": "error", "message": text}:
                    self.notices.append(Notice("error", str(text)))
                case {"t": "hello"}:
                    self.greeted = True
                case {"t": "bye", "reason": reason}:
                    self.farewell = str(reason)
                case _:
                    pass  # a frame of a newer core
        if newest is not None:
            self.latest = _rebuilt(newest)

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


def _rebuilt(raw: object) -> Snapshot:
    if not isinstance(raw, list | tuple):
        raise ProtocolError("a snapshot is not an array")
    try:
        return from_wire(raw)
    except TypeError as error:
        raise ProtocolError(f"a snapshot has another shape: {error}") from error
