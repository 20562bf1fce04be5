"""The first words of a core: what a login prints before them is passed over."""

from typing import Final

from emulator.protocol import LENGTH_BYTES, ProtocolError

MAX_NOISE_BYTES: Final = 65_536
_HELLO: Final = b"\xa1t\xa5hello"
"""How the key ``t`` and its value stand in the map of the first frame."""
_MAX_HELLO_BYTES: Final = 1024
_SMALL_MAPS: Final = range(0x81, 0x90)
"""Heads of msgpack maps with up to 15 keys."""
_BEFORE: Final = LENGTH_BYTES + 1
"""Bytes of the frame in front of them: its length, and the head of the map."""


class Greeting:
    """Looks for the first frame in what comes from a core elsewhere."""

    def __init__(self) -> None:
        self._bytes = b""
        self._found = False

    @property
    def noise(self) -> str:
        """The last line that came while no frame did, for a sentence about what is wrong."""
        lines = self._bytes.decode("utf-8", "replace").split("\n")
        return next((each.strip()[:200] for each in reversed(lines) if each.strip()), "")

    def frames(self, data: bytes) -> bytes:
        """What of these bytes belongs to frames.

        Raises:
            ProtocolError: more has come than anybody prints at a login, and no frame.
        """
        if self._found:
            return data
        self._bytes += data
        begin = self._begin()
        if begin is None:
            if len(self._bytes) > MAX_NOISE_BYTES:
                raise ProtocolError(f"it says {self.noise!r}")
            return b""
        self._found = True
        frames, self._bytes = self._bytes[begin:], b""
        return frames

    def _begin(self) -> int | None:
        """Where the first frame begins: the words alone may stand in the noise too."""
        place = self._bytes.find(_HELLO)
        while place >= 0:
            begin = place - _BEFORE
            if begin >= 0 and self._is_frame(begin):
                return begin
            place = self._bytes.find(_HELLO, place + 1)
        return None

    def _is_frame(self, begin: int) -> bool:
        """Whether a length that a first frame can have, and a map, stand there."""
        size = int.from_bytes(self._bytes[begin : begin + LENGTH_BYTES], "big")
        return size <= _MAX_HELLO_BYTES and self._bytes[begin + LENGTH_BYTES] in _SMALL_MAPS
