"""The words between the core process and its client: msgpack maps with a key ``t``.

Commands go to the core, frames come from it. Both directions are a sequence of 4-byte big-endian
lengths, each followed by one msgpack map, so that a reader never has to guess where a frame ends
and can refuse an oversized one before taking memory.

Commands (client to core)
    start {profile, scenario, policy, seed, speed, paused, effects}: a new run. Profile and scenario
        are names, paths or the dict of a file; an empty profile is the scenario's own. With live
        {backends, models, workers, threads, allow_fallback} (live_request.py) real backends
        execute it, at speed 1.
    replay {path, at_ns, speed, paused}: a session file instead of a run; speed as below, or 0 for
        as fast as can be.
    attach {}: see the run that is going on; refused when there is none
    rate {hz}: snapshots per second, at most 30
    quit {}
  in a run and in a replay
    speed {speed}: 0.1 to 100
    pause {}, resume {}, step {}: while paused, to the next event instant (a replay pauses for it)
    window {from_ns, column_ns, columns, ask}: that stretch of the journal; of columns of 250 ms or
        more, whole multiples of 50 ms
    job {stream, job, near_ns, ask}: one job, by a stream's index, the job's number and an instant
        within it
    detail {stream, until_ns, ask}: the newest jobs of a stream, by its index, as of an instant
    find {t_ns, direction, streams, ask}: the next (1) or the previous (-1) incident; of misses and
        drops only those of these streams, if they are given
    queue {t_ns, ask}: the jobs that wait at an instant
    inputs {ask}: what the run goes by now; of a replay, what it went by at this place
  in a run
    swap {policy}
    stop-stream {stream}, start-stream {stream}
    add-scenario {scenario}: all its streams, renamed ``name-2`` where the name is taken
    add-stream {scenario, stream}
    change-stream {stream, spec}: goes on by a stream of a scenario file; of its stages only token
        counts may differ
    marker {text}
    record {path, rotate_bytes, rotate_s}: into a session file from now on; "" is a new file in the
        sessions folder. Beyond so many bytes or so much run time (0: never) it goes on in the next
        file, ``NAME-2.rtgen``.
    stop-recording {}
    save-flight {path}: what the flight recorder holds, the last 10 minutes; path as above
    what-if {policies, span_ns}: tell from now on, now and then, what each would have made of the
        last 60 s; no policies: no more
  in a replay
    seek {t_ns}: to a virtual time, or the nearest there is
    step-back {}: to the previous event instant; pauses
    incident {direction}: 1 to the next miss, drop, swap, failure or mark, -1 to the one before
    follow {on}: stay at the end of a file that is still being written

Frames (core to client)
    hello {version, protocol, pid}
    snapshot {s, rec, tape}: s see snapshot.py; rec [path, bytes, problem] while the run is recorded
        or None; tape [path, t_begin_ns, t_end_ns, growing, follows] in a replay or None
    timeline {spans, marks, problems}: of the session that is replayed, at its start and when it has
        grown: [t_begin_ns, t_end_ns, misses, swaps, marks] at most 2,000 times, [t_ns, text] of the
        first 200 marks, and sentences about what is wrong with the file
    what-if {begin_ns, end_ns, share, error, done, figures}: of a span of virtual time, as far as it
        is known; share of the way to the span, 0 to 1; [policy ("" is the run as it was), known,
        missed, ttft_p95_ms, tokens_per_s, error] per policy
    window {ask, view, labels}: view see timeline/window.py, an incomplete one is followed by
        another; [stream, stage, text] for its slices
    job {ask, record, waited_ns, ran_ns, blockers, policy, until_policy, placed, why, kind}: record
        see timeline/job.py, blockers timeline/blocking.py; the policies at its release and its end,
        and in words how backends are given, why it was dropped and what kind of miss it was
    find {ask, incident}: see timeline/piece.py, or None
    queue {ask, t_ns, jobs}: see timeline/queue.py
    detail {ask, view}: see serving/detail.py
    inputs {ask, profile, scenario, streams, policy, seed}: as in files; the scenario without them
    window, job, find, queue, detail, inputs {ask, error}: why there is no answer
    saved {path, bytes, reason}: a session file is whole now
    error {message}: a refused command; the run goes on
    warning {message}: something that the user should know of a run that goes on
    bye {reason}
"""

from collections.abc import Mapping
from typing import Final, TypeAlias

import msgpack

Message: TypeAlias = dict[str, object]

PROTOCOL: Final = 1
"""Raised when an older client or core would misunderstand; new messages and keys leave it."""
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
