"""All that the metrics keep of a run, and what a keyframe of a session file holds of it.

A keyframe leaves out what no later snapshot can show: jobs that have ended but for their slices in
the Gantt chart, samples from before the window, marks between the buckets of a history.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple

from emulator.metrics.backends import BackendState
from emulator.metrics.checkpoint import State, differences, natural, sums, text, whole
from emulator.metrics.deadlines import OpenDeadlines
from emulator.metrics.facts import StreamReader
from emulator.metrics.jobs import NOT_YET, OpenJob
from emulator.metrics.log import EventLog
from emulator.metrics.misses import explain
from emulator.metrics.occupancy import Occupancy
from emulator.metrics.policies import PolicyRecord
from emulator.metrics.power import PowerRecord
from emulator.metrics.streams import Miss, StreamState
from emulator.metrics.windows import WINDOW_NS, Total
from emulator.profile import Profile
from emulator.snapshot import GANTT_NS, MissView

VERSION: Final = 2
"""First in every state."""
_MAX_SWAPS: Final = 100


class Parts(NamedTuple):
    """The parts, which stay the same objects for as long as the metrics follow one run."""

    streams: dict[int, StreamState]
    backends: list[BackendState]
    occupancy: Occupancy
    deadlines: OpenDeadlines
    policies: PolicyRecord
    swaps_ns: deque[int]
    log: EventLog
    missed: Total
    tokens: Total
    power: PowerRecord | None
    """Of a run with the effect ``energy``."""

    @classmethod
    def fresh(
        cls, profile: Profile, policies: PolicyRecord, *, with_energy: bool = False
    ) -> "Parts":
        """Of a run of which nothing has been seen."""
        return cls(
            streams={},
            backends=[BackendState(backend) for backend in profile.backends],
            occupancy=Occupancy(len(profile.backends)),
            deadlines=OpenDeadlines(),
            policies=policies,
            swaps_ns=deque(maxlen=_MAX_SWAPS),
            log=EventLog(),
            missed=Total(history=True),
            tokens=Total(history=True),
            power=PowerRecord(profile) if with_energy else None,
        )

    def state(self, now_ns: int) -> State:
        """Everything that a snapshot at this instant or later can depend on."""
        streams = tuple(
            (index, stream.facts.name, stream.spec, self._stream_state(stream, now_ns))
            for index, stream in self.streams.items()
        )
        waiting = [job for job in self._open_jobs() if job.waiting_since_ns != NOT_YET]
        return (
            VERSION,
            self.occupancy.state(),
            streams,
            self.occupancy.marks_state((job.marks, job.waiting_since_ns) for job in waiting),
            tuple(backend.state(now_ns - GANTT_NS) for backend in self.backends),
            self.deadlines.state(),
            self.policies.state(),
            differences(self.swaps_ns),
            self.log.state(),
            self.missed.state(),
            self.tokens.state(),
            *(() if self.power is None else (self.power.state(),)),
        )

    @classmethod
    def restored(
        cls,
        profile: Profile,
        reader: StreamReader,
        offered: Sequence[tuple[str, str]],
        state: State,
        *,
        with_energy: bool = False,
    ) -> "Parts":
        """The parts from their state. Raises one of MISFITS: it is not one of this profile."""
        version, *rest = state
        if version != VERSION:
            raise ValueError(f"it is of version {version}, not {VERSION}")
        occupied, streams, marks, backends, deadlines, policies, swaps, *rest = rest
        log, missed, tokens, *later = rest
        occupancy = Occupancy.restored(len(profile.backends), occupied)
        parts = cls(
            streams={},
            backends=[BackendState(backend) for backend in profile.backends],
            occupancy=occupancy,
            deadlines=OpenDeadlines(),
            policies=PolicyRecord.restored(offered, policies),
            swaps_ns=deque(sums(swaps), _MAX_SWAPS),
            log=EventLog.restored(log),
            missed=Total.restored(missed, history=True),
            tokens=Total.restored(tokens, history=True),
            power=PowerRecord(profile) if with_energy else None,
        )
        if parts.power is not None:
            parts.power.restore(*later)
        for index, name, spec, of_stream in streams:
            stream = StreamState(reader.facts(text(name), spec), natural(index), spec)
            stream.restore(of_stream, occupancy)
            parts.streams[index] = stream
        waiting = [job for job in parts._open_jobs() if job.waiting_since_ns != NOT_YET]
        for job, marks_of_job in zip(waiting, occupancy.restored_marks(marks), strict=True):
            job.marks = marks_of_job
        jobs = _Jobs(parts)
        for backend, of_backend in zip(parts.backends, backends, strict=True):
            backend.restore(of_backend, jobs)
        parts.deadlines.restore(deadlines, jobs)
        return parts

    def explained(self, stream: StreamState) -> MissView | None:
        """The newest miss of a stream that has ended, in figures."""
        miss = stream.last_miss
        return explain(miss, self.backends, miss.t_ns) if isinstance(miss, Miss) else miss

    def _stream_state(self, stream: StreamState, now_ns: int) -> State:
        return stream.state(self.explained(stream), now_ns - WINDOW_NS)

    def _open_jobs(self) -> list[OpenJob]:
        return [job for stream in self.streams.values() for job in stream.open.values()]


class _Jobs:
    """A job by its stream and number; of one that has ended only what a chart shows."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._ended: dict[tuple[int, int], OpenJob] = {}

    def __call__(self, stream: object, number: object, *, missed: bool = False) -> OpenJob:
        of_stream = self._parts.streams[whole(stream)]
        key = of_stream.index, whole(number)
        found = of_stream.open.get(key[1]) or self._ended.get(key)
        if found is None:
            found = OpenJob(of_stream.facts, *key, 0, None, None, self._parts.occupancy)
            found.known, found.missed = True, missed
            self._ended[key] = found
        return found
