"""Recording a run in virtual time, beside whatever else is made of its journal.

What keyframes are made of costs half as much as the run, so there are none, unless the run goes on
in further files: one that begins in mid-run cannot be shown without. Whoever plays a file without
keyframes makes them on the way (see ``checkpoints``).
"""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from emulator.errors import UserError
from emulator.journal import Event
from emulator.metrics import Metrics
from emulator.policies import headline
from emulator.session.chunks import ChunkEncoder
from emulator.session.file import SessionFile
from emulator.session.folder import create, create_numbered
from emulator.session.format import CLEAN, Place, Span
from emulator.session.header import PlainInput
from emulator.session.inputs import to_plain
from emulator.session.journalled import JournalInputs
from emulator.session.origin import Origin
from emulator.session.rotation import NEVER, Rotation

KEYFRAME_NS: Final = 10_000_000_000
"""Virtual time between two keyframes."""
CHUNK_EVENTS: Final = 4096
CHUNK_NS: Final = 5_000_000_000
"""Events, and virtual time, of one chunk. A run that can be made again may lose more of them than
one that somebody watches, and larger chunks cost less."""


class VirtualRecording:
    """A context manager whose ``take`` is given the events of a run.

    When the disk fails the run goes on, and ``problem`` says what happened. A run that fails before
    its first event leaves no file.

    Args:
        path: of the first file; with a rotation the others are ``NAME-2``, ``NAME-3`` and so on.
        run: what is recorded.
        rotation: when to go on in another file.
        overwrite: whether a file that is there already is replaced.
        keyframes: whether the file gets keyframes; None: if there is a rotation.

    Raises:
        UserError: the file exists already, or cannot be made.
    """

    def __init__(
        self,
        path: Path,
        run: Origin,
        *,
        rotation: Rotation = NEVER,
        overwrite: bool = False,
        keyframes: bool | None = None,
    ) -> None:
        self.paths: list[Path] = []
        """The files that were written."""
        self.problem = ""
        """One sentence when the recording stopped before the run."""
        self._first_path = path
        self._run = run
        self._rotation = rotation
        self._encoder = ChunkEncoder()
        has_keyframes = rotation != NEVER if keyframes is None else keyframes
        self._metrics = _metrics_of(run) if has_keyframes else None
        self._next_keyframe_ns = KEYFRAME_NS
        self._begins = Place(0, 0)
        """Where the present file begins."""
        self._journal = JournalInputs([stream.name for stream in run.scenario.streams])
        self._inputs: list[PlainInput] = []
        self._waiting: list[Event] = []
        self._raw: BinaryIO | None = None
        try:
            raw = path.open("wb", buffering=0) if overwrite else create(path)
            self._file = self._begin_file(path, raw)
        except FileExistsError:
            raise UserError(
                f"--record: {path} exists already: choose another name, or --force to replace it",
                key="--record",
            ) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UserError(f"--record: {path} cannot be written: {why}", key="--record") from None

    @property
    def size(self) -> int:
        """Bytes of the current file."""
        return self._file.size

    def take(self, events: Sequence[Event], now_ns: int) -> None:
        """The next events, and the virtual time that the run has reached."""
        if self._metrics is not None:
            self._metrics.feed(events)
        self._waiting += events
        if len(self._waiting) >= CHUNK_EVENTS or now_ns >= self._due_ns:
            self._cut(now_ns)
            if not self.problem and self._is_full:
                self._rotate()

    def close(self, end_ns: int, reason: str = CLEAN) -> None:
        """The run is over and reached this virtual time."""
        if self._raw is None:
            return
        try:
            if self._waiting or end_ns > self._encoder.t_ns:
                self._cut(max(end_ns, self._encoder.t_ns))
            self._file.close(self.problem or reason)
        except OSError as error:
            self._stop(error.strerror or str(error))
        with suppress(OSError):
            self._raw.close()
        self._raw = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(0, CLEAN if error is None else f"ended by {type(error).__name__}")
        if error is not None and not self._encoder.next_event:
            self._first_path.unlink(missing_ok=True)

    def _cut(self, now_ns: int) -> None:
        """Write what there is, and what has become due."""
        events, self._waiting = self._waiting, []
        if self.problem:
            return
        if self._metrics is not None:  # otherwise there is no further file
            self._inputs += [to_plain(*done) for done in self._journal.feed(events)]
        try:
            swapped = False
            for chunk in self._encoder.events(events, max(now_ns, 0)):
                self._file.append(chunk)
                swapped |= isinstance(chunk.summary, Span) and chunk.summary.swaps > 0
            if swapped or now_ns >= self._next_keyframe_ns:
                self._write_keyframe()
        except OSError as error:
            self._stop(error.strerror or str(error))

    @property
    def _due_ns(self) -> int:
        """Virtual time at which the next chunk is cut, however few events it has."""
        next_ns = min(self._next_keyframe_ns, self._encoder.t_ns + CHUNK_NS)
        span_ns = self._rotation.span_ns
        return min(next_ns, self._begins.t_ns + span_ns) if span_ns else next_ns

    @property
    def _is_full(self) -> bool:
        size_bytes, span_ns = self._rotation.size_bytes, self._rotation.span_ns
        return (
            self._file.is_full
            or 0 < size_bytes <= self._file.size
            or 0 < span_ns <= self._encoder.t_ns - self._begins.t_ns
        )

    def _rotate(self) -> None:
        if self._metrics is None:
            self._stop("it holds as many chunks as can be read, go on in further files by --rotate")
            return
        try:
            self._file.close("goes on in another file")
            if self._raw is not None:
                self._raw.close()
            self._begins = Place(self._encoder.next_event, self._encoder.t_ns)
            self._file = self._begin_file(*create_numbered(self._first_path, 2))
            self._write_keyframe()
        except OSError as error:
            self._stop(error.strerror or str(error))

    def _begin_file(self, path: Path, raw: BinaryIO) -> SessionFile:
        self._raw = raw
        self.paths.append(path)
        header = self._run.header(self._begins, self._inputs)
        return SessionFile(raw, self._encoder.header(header))

    def _write_keyframe(self) -> None:
        t_ns = self._encoder.t_ns
        self._next_keyframe_ns = t_ns + KEYFRAME_NS
        if self._metrics is not None:
            self._file.append(self._encoder.keyframe(t_ns, self._metrics.state()))

    def _stop(self, why: str) -> None:
        at_s = self._encoder.t_ns / 1e9
        self.problem = f"the recording stopped at {at_s:.3f} s: {self.paths[-1]}: {why}"


def _metrics_of(run: Origin) -> Metrics:
    """Metrics whose state a keyframe holds."""
    return Metrics(
        run.profile,
        run.scenario,
        run.policy,
        seed=run.seed,
        policies=headline(),
        providers=run.providers,
    )
