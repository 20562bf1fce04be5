"""Records a run while it goes on: into memory always, into a file when somebody asks for it.

The run's thread only makes chunks; whatever may take long (compressing, disks) is the worker's. So
everything below that touches the flight recorder or a recording is a job, and jobs come in order.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Final, NamedTuple

from emulator.commands import Command
from emulator.journal import Event
from emulator.session.chunks import Chunk, ChunkEncoder
from emulator.session.errors import SessionError
from emulator.session.flight import FlightRecorder
from emulator.session.folder import create_chosen
from emulator.session.format import CLEAN, Place, Span
from emulator.session.header import PlainInput
from emulator.session.inputs import to_plain
from emulator.session.journalled import policy_failures
from emulator.session.origin import Origin
from emulator.session.recording import Recording, Saved
from emulator.session.rotation import NEVER, Rotation
from emulator.session.worker import Worker

CHUNK_NS: Final = 400_000_000
"""Run time, or wall time, of an events chunk: what a crash costs, with the delays that follow."""
KEYFRAME_NS: Final = 10_000_000_000
"""Run time between keyframes."""
MAX_BACKLOG: Final = 1_000
"""Chunks that wait for a disk; what comes then is left out."""


class Instant(NamedTuple):
    """Now."""

    wall_ns: int
    run_ns: int
    """Virtual time that the run has reached."""


class RecordingStatus(NamedTuple):
    """What the screen shows of a recording."""

    path: str
    bytes: int
    problem: str


class Recorder:
    """Makes the chunks of one run and sees to it that they are kept.

    Args:
        origin: what the run began with.
        state: of the metrics, for keyframes.
        worker: does what takes long.
        on_saved: told of every file that is whole, by the worker's thread.
        wall_ns: wall time at which the run begins.
    """

    def __init__(
        self,
        origin: Origin,
        state: Callable[[], object],
        worker: Worker,
        on_saved: Callable[[Saved], None],
        wall_ns: int,
    ) -> None:
        self._origin = origin
        self._state = state
        self._worker = worker
        self._on_saved = on_saved
        self._begun_wall_ns = self._cut_wall_ns = wall_ns
        self._encoder = ChunkEncoder()
        self._flight = FlightRecorder()
        self._waiting: list[Event] = []
        self._inputs: list[tuple[int, PlainInput]] = []
        """With the number of events up to and including those of the command."""
        self._is_begun = False
        """Whether anything was cut."""
        self._keyframe_ns = 0
        self._wants_keyframe = False
        self._recording: Recording | None = None
        self._rotation = NEVER
        self._part_ns = 0
        """Run time at which the present file begins."""
        self._rotates = False
        self._problem = ""
        """Of the recorder itself."""

    @property
    def status(self) -> RecordingStatus | None:
        """Of the recording; None while there is none."""
        recording = self._recording
        if recording is None:
            return None
        problem = recording.problem or self._problem
        return RecordingStatus(str(recording.path), recording.size, problem)

    # The run

    def take(self, events: Sequence[Event]) -> None:
        """The next events of the journal."""
        self._waiting += events

    def applied(self, t_ns: int, command: Command) -> None:
        """A command has taken effect at this virtual time, and its events were taken."""
        seen = self._encoder.next_event + len(self._waiting)
        self._inputs.append((seen, to_plain(t_ns, command)))

    def note(self, now: Instant, kind: str, data: Mapping[str, object] | None = None) -> None:
        """Something that is not in the journal."""
        self._cut_waiting(now)
        told = {"wall_ns": now.wall_ns - self._begun_wall_ns, **(data or {})}
        self._keep(self._encoder.note(now.run_ns, kind, told))

    def due_ns(self, run_ns: int, speed: float) -> int | None:
        """Wall time of the next chunk; None while there is nothing to put into it."""
        passed_ns = run_ns - self._encoder.t_ns
        # A run that waits at its start can be recorded from there as long as nothing was cut.
        if passed_ns <= 0 and not (self._waiting and self._is_begun):
            return None
        wait_ns = 0 if passed_ns >= CHUNK_NS else round(CHUNK_NS / max(speed, 1.0))
        return self._cut_wall_ns + wait_ns

    def keyframe_is_due(self, run_ns: int) -> bool:
        """Whether one is wanted after the next chunk."""
        return self._wants_keyframe or run_ns - self._keyframe_ns >= KEYFRAME_NS

    def cut(self, now: Instant) -> None:
        """Make a chunk of what there is."""
        self._is_begun = True
        self._cut_wall_ns = now.wall_ns
        events, self._waiting = self._waiting, []
        for at, t_ns, failure in policy_failures(events):
            # Its own event and that of the swap to the fallback.
            seen = self._encoder.next_event + at + 2
            self._inputs.append((seen, to_plain(t_ns, failure)))
        try:
            for chunk in self._encoder.events(events, now.run_ns):
                self._keep(chunk)
            if self._must_rotate(now.run_ns):
                self._rotate(now)
        except SessionError as error:
            self._problem = str(error)

    def keyframe(self, now: Instant) -> None:
        """Make a keyframe, after a chunk of what there is."""
        self._cut_waiting(now)
        self._wants_keyframe = False
        self._keyframe_ns = now.run_ns
        try:
            self._keep(self._encoder.keyframe(now.run_ns, self._state()))
        except SessionError as error:
            self._problem = f"there are no keyframes to seek by: {error}"

    # What the user asks for

    def record(self, path: str, rotation: Rotation, now: Instant) -> None:
        """Record into a new file from now on; "" for one in the sessions folder.

        Raises:
            SessionError: the file cannot be made, or the run is being recorded.
        """
        if self._recording is not None:
            raise SessionError(f"this run is being recorded into {self._recording.path} already")
        if self._is_begun:
            self._cut_waiting(now)
            begins = Place(self._encoder.next_event, now.run_ns)
        else:
            begins = Place(0, 0)
        header = self._header(begins)
        chosen, file = create_chosen(path, self._origin.scenario.name, datetime.now().astimezone())
        self._recording = Recording(chosen, file, header)
        self._rotation, self._part_ns = rotation, begins.t_ns
        self._worker.submit(self._recording.begin)
        if self._is_begun:
            self.keyframe(now)

    def stop(self, now: Instant, reason: str = CLEAN) -> None:
        """End the recording, if there is one."""
        recording = self._recording
        if recording is None:
            return
        self._cut_waiting(now)
        self._recording = None
        self._worker.submit(lambda: self._on_saved(recording.close(reason)))

    def save_flight(self, path: str, now: Instant) -> None:
        """Write the last minutes into a new file; "" for one in the sessions folder.

        Raises:
            SessionError: the file cannot be made.
        """
        self._cut_waiting(now)
        chosen, file = create_chosen(path, self._origin.scenario.name, datetime.now().astimezone())

        upto = Place(self._encoder.next_event, now.run_ns)

        def save() -> None:
            try:
                header = self._header(self._flight.begins or upto)
            except SessionError as error:
                file.close()
                self._on_saved(Saved(chosen, 0, str(error)))
                return
            saving = Recording(chosen, file, header)
            saving.begin()
            for chunk in self._flight:
                saving.append(chunk)
            self._on_saved(saving.close(CLEAN))

        self._worker.submit(save)

    def look(self, then: Callable[[Sequence[Chunk], Sequence[Event]], None]) -> None:
        """Have the worker's thread hand over what the flight recorder holds.

        Args:
            then: is given its chunks, and the events that are in none of them yet.
        """
        tail = tuple(self._waiting)
        self._worker.submit(lambda: then(tuple(self._flight), tail))

    # Inside

    def _cut_waiting(self, now: Instant) -> None:
        if self._waiting or now.run_ns > self._encoder.t_ns:
            self.cut(now)

    def _header(self, begins: Place) -> Chunk:
        done = sorted(self._inputs, key=itemgetter(0))
        inputs = [plain for seen, plain in done if seen <= begins.first_event]
        return ChunkEncoder.header(self._origin.header(begins, inputs))

    def _keep(self, chunk: Chunk) -> None:
        """Hand a chunk to the worker."""
        summary = chunk.summary
        if isinstance(summary, Span) and summary.swaps:
            self._wants_keyframe = True
        if self._worker.backlog >= MAX_BACKLOG:
            self._problem = "the disk was too slow: parts of the run are left out"
            self._wants_keyframe = True
            return
        self._worker.submit(partial(self._write, self._recording, chunk))

    def _write(self, recording: Recording | None, chunk: Chunk) -> None:
        self._flight.append(chunk)
        if recording is not None:
            recording.append(chunk)

    def _must_rotate(self, run_ns: int) -> bool:
        recording, limits = self._recording, self._rotation
        if recording is None or recording.problem or self._rotates:
            return False
        return (
            recording.is_full
            or 0 < limits.size_bytes <= recording.size
            or 0 < limits.span_ns <= run_ns - self._part_ns
        )

    def _rotate(self, now: Instant) -> None:
        recording = self._recording
        assert recording is not None  # noqa: S101  # or there was nothing to rotate
        header = self._header(Place(self._encoder.next_event, now.run_ns))
        self._part_ns, self._rotates = now.run_ns, True

        def rotate() -> None:
            saved = recording.rotate(header)
            self._rotates = False
            if saved is not None:
                self._on_saved(saved)

        self._worker.submit(rotate)
        self.keyframe(now)
