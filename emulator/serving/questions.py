"""What may be asked about a journal, and how it is answered."""

from collections.abc import Callable, Mapping, Sequence
from time import monotonic
from typing import Final, Protocol, cast

from emulator.errors import UserError
from emulator.journal import Event
from emulator.metrics.events import MISFITS
from emulator.protocol import Message
from emulator.serving import message_fields as fields
from emulator.serving.detail import AskDetail, AskInputs
from emulator.serving.detail_jobs import StreamJobs
from emulator.timeline.blocking import Blocker, blockers, policies_of
from emulator.timeline.cast import Cast, Named
from emulator.timeline.job import record_of
from emulator.timeline.job_events import job_events
from emulator.timeline.pieces import Pieces, Source
from emulator.timeline.queue import queue_at
from emulator.timeline.reasons import dropped, missed, placed
from emulator.timeline.search import incident
from emulator.timeline.window import (
    MAX_COLUMN_NS,
    MAX_COLUMNS,
    MIN_COLUMN_NS,
    Window,
    WindowView,
    view_of,
)

PART_S: Final = 0.5
"""Wall time between two parts of an answer that takes long."""
_MAX_STREAMS: Final = 10_000
_LOOK_BACK_NS: Final = 2_000_000_000
"""Jobs released so long before ours are known when it is told why they came first."""


class Journal(Protocol):
    """A journal as the thread sees it. Every method may raise UserError: it cannot be read."""

    @property
    def source(self) -> Source:
        """Of its chunks."""

    @property
    def tail(self) -> tuple[Sequence[Event], int]:
        """Events that are in no chunk yet, and the virtual time that was reached."""

    def cast(self) -> Cast:
        """Of its profile and scenario, without streams."""

    def streams(self) -> Sequence[Named]:
        """Streams that are known without reading it, in stream order."""

    def policy(self, begins_ns: int) -> str:
        """The policy at an instant before which no swap is in the journal."""

    def inputs(self) -> Message:
        """Profile, scenario, streams, policy and seed as they are now."""


class Asker:
    """Who has asked a question.

    Args:
        send: takes a part of the answer.
        is_waiting: whether the answer is still wanted.
    """

    def __init__(self, send: Callable[[Message], None], is_waiting: Callable[[], bool]) -> None:
        self.send = send
        self._is_waiting = is_waiting
        self._told_s = monotonic()

    @property
    def is_waiting(self) -> bool:
        """Whether nothing newer was asked."""
        return self._is_waiting()

    @property
    def wants_part(self) -> bool:
        """Whether it has waited for long; then a part is to be sent."""
        now_s = monotonic()
        is_due = now_s >= self._told_s + PART_S
        self._told_s = now_s if is_due else self._told_s
        return is_due


class Kept:
    """What is kept between two answers."""

    def __init__(self) -> None:
        self.jobs: StreamJobs | None = None
        """Of the stream whose detail was asked for last."""


class Reading:
    """A journal that has been refreshed, with its streams."""

    def __init__(self, pieces: Pieces, cast_: Cast, journal: Journal, kept: Kept) -> None:
        self.pieces = pieces
        self.kept = kept
        self._cast = cast_
        self._journal = journal

    @property
    def cast(self) -> Cast:
        """The streams, those too that what was read so far has announced."""
        self._cast.know({n: (each.name, each.spec) for n, each in self.pieces.added.items()})
        return self._cast

    def inputs(self) -> Message:
        """What the run goes by now."""
        return self._journal.inputs()

    @property
    def policy(self) -> str:
        """The policy if the journal never swaps it."""
        return self._journal.policy(self.pieces.begins_ns)


class Question(Protocol):
    """Something that is asked about a journal."""

    @property
    def kind(self) -> str:
        """Of the message."""

    @property
    def ask(self) -> int:
        """The client's number of it, which the answer bears."""

    def answer(self, reading: Reading, asker: Asker) -> Message:
        """The answer. Raises UserError: there is none."""


class AskWindow:
    """A stretch of the journal."""

    kind = "window"

    def __init__(self, message: Message) -> None:
        self.ask = fields.count(message, "ask")
        from_ns = fields.instant(message, "from_ns")
        column_ns = fields.count(message, "column_ns")
        columns = fields.count(message, "columns")
        if not MIN_COLUMN_NS <= column_ns <= MAX_COLUMN_NS or not 1 <= columns <= MAX_COLUMNS:
            raise UserError(
                f"window: 'column_ns' is from {MIN_COLUMN_NS} to {MAX_COLUMN_NS},"
                f" 'columns' from 1 to {MAX_COLUMNS}"
            )
        self._window = Window(from_ns - from_ns % column_ns, column_ns, columns)

    def answer(self, reading: Reading, asker: Asker) -> Message:
        """The slices or shares of its columns."""
        parts = _Parts(asker, lambda view: self._frame(view, reading.cast))
        return self._frame(view_of(reading.pieces, self._window, parts), reading.cast)

    def _frame(self, view: WindowView, cast_: Cast) -> Message:
        stages = sorted({(each.stream, each.stage) for each in view.slices or ()})
        labels = [(*each, cast_.label(*each)) for each in stages]
        return {"t": "window", "ask": self.ask, "view": view, "labels": labels}


class _Parts:
    """Sends parts of a window."""

    def __init__(self, asker: Asker, frame: Callable[[WindowView], Message]) -> None:
        self._asker = asker
        self._frame = frame

    @property
    def is_waiting(self) -> bool:
        return self._asker.is_waiting

    @property
    def wants_part(self) -> bool:
        return self._asker.wants_part

    def tell(self, view: WindowView) -> None:
        self._asker.send(self._frame(view))


class AskJob:
    """All about one job."""

    kind = "job"

    def __init__(self, message: Message) -> None:
        self.ask = fields.count(message, "ask")
        self._stream = fields.count(message, "stream")
        self._job = fields.count(message, "job")
        self._near_ns = fields.instant(message, "near_ns")

    def answer(self, reading: Reading, asker: Asker) -> Message:
        """Its record, and whom it waited for."""
        pieces = reading.pieces
        events = job_events(pieces, self._stream, self._job, self._near_ns)
        facts = reading.cast.facts(self._stream)
        if not events or facts is None:
            raise UserError("the release of this job is not in what is kept of the journal")
        try:
            record = record_of(facts, events, pieces.ends_ns)
        except MISFITS:
            raise UserError("the events of this job contradict each other") from None
        policies = policies_of(pieces, record.release_ns, record.end_ns, reading.policy)
        around = list(pieces.around(record.release_ns - _LOOK_BACK_NS, record.end_ns))
        policy = policies.at(record.release_ns)
        return {
            "t": "job",
            "ask": self.ask,
            "record": record,
            "waited_ns": record.waited_ns,
            "ran_ns": record.ran_ns,
            "blockers": [
                each._replace(label=_label(reading.cast, each))
                for each in blockers(record, around, policies)
            ],
            "policy": policy,
            "until_policy": policies.at(record.end_ns),
            "placed": placed(policy),
            "why": dropped(record.reason) if record.reason else "",
            "kind": missed(record.cause) if record.cause else "",
        }


def _label(cast_: Cast, each: Blocker) -> str:
    return cast_.label(each.stream, each.stage)


class AskIncident:
    """The next incident."""

    kind = "find"

    def __init__(self, message: Message) -> None:
        self.ask = fields.count(message, "ask")
        self._t_ns = fields.instant(message, "t_ns")
        self._direction = fields.direction(message)
        streams = message.get("streams")
        if streams is not None and not isinstance(streams, tuple | list):
            raise UserError("find: 'streams' is a list of stream numbers, or is left out")
        numbers = cast("Sequence[object]", streams or ())[:_MAX_STREAMS]
        chosen = {each for each in numbers if isinstance(each, int)}
        self._streams = None if streams is None else chosen

    def answer(self, reading: Reading, asker: Asker) -> Message:
        """Where it is, or None."""
        found = incident(reading.pieces, self._t_ns, self._direction, self._streams)
        return {"t": "find", "ask": self.ask, "incident": found}


class AskQueue:
    """Which jobs wait at an instant."""

    kind = "queue"

    def __init__(self, message: Message) -> None:
        self.ask = fields.count(message, "ask")
        self._t_ns = fields.instant(message, "t_ns")

    def answer(self, reading: Reading, asker: Asker) -> Message:
        """The jobs."""
        jobs = queue_at(reading.pieces, self._t_ns)
        return {"t": "queue", "ask": self.ask, "t_ns": self._t_ns, "jobs": jobs}


QUESTIONS: Final[Mapping[str, Callable[[Message], Question]]] = {
    each.kind: each for each in (AskWindow, AskJob, AskIncident, AskQueue, AskDetail, AskInputs)
}
"""By the kind of their message. Raise UserError: it is not one."""
