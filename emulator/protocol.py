"""The words between the core process and its client: msgpack maps with a key ``t``.

Commands go to the core, frames come from it. Both directions are a sequence of 4-byte big-endian
lengths, each followed by one msgpack map, so that a reader never has to guess where a frame ends
and can refuse an oversized one before taking memory.

Commands (client to core)
    start {profile, scenario, policy, seed, speed, paused}: a new run. Profile and scenario are
        names, paths or the dict of a file; an empty profile is the scenario's own.
    replay {path, at_ns, speed, paused}: a session file instead of a run; speed as below, or 0 for
        as fast as can be.
    rate {hz}: snapshots per second, at most 30
    quit {}
  in a run and in a replay
    speed {speed}: 0.1 to 100
    pause {}, resume {}, step {}: while paused, to the next event instant (a replay pauses for it)
  in a run
    swap {policy}
    stop-stream {stream}, start-stream {stream}
    add-scenario {scenario}: all its streams, renamed ``name-2`` where the name is taken
    add-stream {scenario, stream}
    marker {text}
    record {path, rotate_bytes, rotate_s}: into a session file from now on; "" is a new file in the
        sessions folder. Beyond so many bytes or so much run time (0: never) it goes on in the next
        file, ``NAME-2.rtgen``.
    stop-recording {}
    save-flight {path}: what the flight recorder holds, the last 10 minutes; path as above
  in a replay
    seek {t_ns}: to a virtual time, or the nearest there is
    step-back {}: to the previous event instant; pauses
    incident {direction}: 1 to the next miss, drop, swap, failure or mark, -1 to the one before
    follow {on}: stay at the end of a file that is still being written

Frames (core to client)
    hello {version, pid}
    snapshot {s, rec, tape}: s see snapshot.py; rec [path, bytes, problem] while the run is recorded
        or None; tape [path, t_begin_ns, t_end_ns, growing, follows] in a replay or None
    timeline {spans, marks, problems}: of the session that is replayed, at its start and when it has
        grown: [t_begin_ns, t_end_ns, misses, swaps, marks] at most 2,000 times, [t_ns, text] of the
        first 200 marks, and sentences about what is wrong with the file
    saved {path, bytes, reason}: a session file is whole now
    error {message}: a refused command; the run goes on
    bye {reason}
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgpack

Message: TypeAlias = dict[str, object]

LENGTH_BYTES: Final = 4
MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024
MAX_SNAPSHOT_HZ: Final = 30.0


class ProtocolError(Exception):
    """The other side sent something that is not a frame of this protocol."""


def encode(message: Mapping[str, object]) -> bytes:
    """One framed message."""
    payload: bytes = msgpack.packb(message, use_bin_type=True)
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


class Decoder:
    """Cuts a byte stream into messages; feed it whatever arrived.

    Raises:
        ProtocolError: a frame larger than MAX_MESSAGE_BYTES, or one that is not a msgpack map with
        a key ``t``.
    """

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """All messages that are complete after these bytes, in order."""
        self._buffer += data
        messages: list[Message] = []
        while len(self._buffer) >= LENGTH_BYTES:
            size = int.from_bytes(self._buffer[:LENGTH_BYTES], "big")
            if size > MAX_MESSAGE_BYTES:
                raise ProtocolError(
                    f"a frame of {size} bytes is over the limit of {MAX_MESSAGE_BYTES}"
                )
            end = LENGTH_BYTES + size
            if len(self._buffer) < end:
                break
            messages.append(_unpack(bytes(self._buffer[LENGTH_BYTES:end])))
            del self._buffer[:end]
        return messages


def _unpack(payload: bytes) -> Message:
    try:
        message = msgpack.unpackb(payload, use_list=False, raw=False, strict_map_key=True)
    except (ValueError, msgpack.exceptions.UnpackException, RecursionError) as error:
        raise ProtocolError(f"a frame is not valid msgpack: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("t"), str):
        raise ProtocolError("a frame is not a map with a text key 't'")
    return message
