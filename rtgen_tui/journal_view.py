"""What a timeline knows of the journal: it asks the core for stretches, jobs and incidents.

Answers come a little later than they are asked for. Until then what is known is shown, as far as
it reaches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.timeline.blocking import Blocker
from emulator.timeline.job import JobRecord
from emulator.timeline.job import from_wire as record_from_wire
from emulator.timeline.piece import Incident
from emulator.timeline.queue import Queued
from emulator.timeline.window import MAX_COLUMNS, WindowView
from emulator.timeline.window import from_wire as view_from_wire
from rtgen_tui.monitor import Monitor
from rtgen_tui.viewport import Viewport


class JobKey(NamedTuple):
    """Names a job, and an instant at which it is in the journal."""

    stream: int
    job: int
    near_ns: int


@dataclass(frozen=True, slots=True)
class JobStory:
    """What the core told of a job."""

    record: JobRecord
    waited_ns: int
    ran_ns: int
    blockers: tuple[Blocker, ...]
    policy: str
    until_policy: str
    placed: str
    why: str
    kind: str


@dataclass(frozen=True, slots=True)
class QueueStory:
    """Who waits at an instant."""

    t_ns: int
    jobs: tuple[Queued, ...]


class JournalView:
    """Questions and the newest answers of one run.

    Args:
        monitor: the way to the core.
    """

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor
        self._asked = 0
        self._waiting: dict[str, int] = {}
        """Numbers of the questions that have no answer yet."""
        self._seen: dict[str, Mapping[str, object]] = {}
        self._patience = _PATIENCE
        self.view: WindowView | None = None
        self.labels: dict[tuple[int, int], str] = {}
        """How slices are called, by stream and stage."""
        self.story: JobStory | None = None
        self.story_of: JobKey | None = None
        """The job that was asked for last."""
        self.queue: QueueStory | None = None
        """Who waits at the cursor."""
        self._queue_ns: int | None = None
        self.problem = ""
        """Why the last question has no answer."""
        self._found: Incident | None = None
        self._has_found = False

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is to come."""
        return bool(self._waiting) or (self.view is not None and not self.view.complete)

    def forget(self) -> None:
        """Another run is on the screen."""
        self._waiting.clear()
        self.view = self.story = self.story_of = self.queue = self._queue_ns = None
        self.problem = ""

    # --- asking --------------------------------------------------------------------------------

    async def want_window(self, viewport: Viewport) -> None:
        """Ask for what a viewport shows, unless it is known or on its way.

        One that stands still is asked for with a width on either side, to be panned at once.
        """
        if self._knows(viewport) or "window" in self._waiting:
            return
        beside = 0 if viewport.follows else min(viewport.columns, _most_beside(viewport.columns))
        await self._ask(
            "window",
            {
                "from_ns": viewport.from_ns - beside * viewport.column_ns,
                "column_ns": viewport.column_ns,
                "columns": min(MAX_COLUMNS, viewport.columns + 2 * beside),
            },
        )

    async def want_job(self, key: JobKey, *, again: bool = False) -> None:
        """Ask for a job, unless it is what was asked for last.

        Args:
            key: of the job.
            again: ask even so, because it goes on.
        """
        is_same = self.story_of is not None and self.story_of[:2] == key[:2]
        if is_same and not again:
            return
        if not is_same:
            self.story = None
        self.story_of = key
        await self._ask("job", key._asdict())

    async def want_queue(self, t_ns: int | None) -> None:
        """Ask who waits at an instant, unless that was asked for last; None: at none."""
        if t_ns == self._queue_ns:
            return
        self._queue_ns = t_ns
        if t_ns is None:
            self.queue = None
        else:
            await self._ask("queue", {"t_ns": t_ns})

    async def want_incident(self, t_ns: int, direction: int, streams: Sequence[int] | None) -> None:
        """Ask for the next incident after an instant, or the one before it."""
        question: dict[str, object] = {"t_ns": t_ns, "direction": direction}
        if streams is not None:
            question["streams"] = list(streams)
        await self._ask("find", question)

    async def _ask(self, kind: str, question: Mapping[str, object]) -> None:
        self._asked += 1
        self._patience = _PATIENCE
        self._waiting[kind] = self._asked
        if not await self._monitor.send({"t": kind, "ask": self._asked, **question}):
            self._waiting.pop(kind, None)

    def _knows(self, viewport: Viewport) -> bool:
        view = self.view
        if view is None or view.window.column_ns != viewport.column_ns:
            return False
        window = view.window
        is_inside = window.from_ns <= viewport.from_ns and viewport.to_ns <= window.to_ns
        # What lies after the newest instant of that time is known when the run has not gone on.
        return is_inside and (viewport.to_ns <= view.ends_ns or viewport.newest_ns <= view.ends_ns)

    # --- answers -------------------------------------------------------------------------------

    def take(self) -> bool:
        """Take what has come; whether there is anything new."""
        taken = [kind for kind in ("window", "job", "find", "queue") if self._take(kind)]
        self._patience = _PATIENCE if taken else self._patience - 1
        if self._patience <= 0:
            self._waiting.clear()
        return bool(taken)

    def take_incident(self) -> tuple[bool, Incident | None]:
        """Whether the search has ended, and what it found; once."""
        ended, self._has_found = self._has_found, False
        return ended, self._found

    def _take(self, kind: str) -> bool:
        answer = self._monitor.answer(kind)
        if not answer or answer is self._seen.get(kind):
            return False
        self._seen[kind] = answer
        if self._waiting.get(kind) == answer.get("ask"):
            del self._waiting[kind]
        elif kind != "window":  # an older question, or one of another view
            return False
        if kind == "queue":
            self._take_queue(answer)
            return True
        self.problem = str(answer.get("error", ""))
        if self.problem:
            self.story = None if kind == "job" else self.story
        elif kind == "window":
            self._take_window(answer)
        elif kind == "job":
            self._take_job(answer)
        else:
            self._take_incident(answer)
        return True

    def _take_window(self, answer: Mapping[str, Any]) -> None:
        self.view = view_from_wire(answer["view"])
        self.labels.update(((stream, stage), text) for stream, stage, text in answer["labels"])

    def _take_job(self, answer: Mapping[str, Any]) -> None:
        told = {name: answer[name] for name in ("waited_ns", "ran_ns", *_TEXTS)}
        blockers = tuple(Blocker(*each) for each in answer["blockers"])
        record = record_from_wire(answer["record"])
        self.story = JobStory(record=record, blockers=blockers, **told)

    def _take_queue(self, answer: Mapping[str, Any]) -> None:
        if "error" in answer:  # what the window shows, or why it does not, says more
            self.queue = None
            return
        jobs = tuple(Queued(*each) for each in answer["jobs"])
        self.queue = QueueStory(answer["t_ns"], jobs)

    def _take_incident(self, answer: Mapping[str, Any]) -> None:
        found = answer["incident"]
        self._found = None if found is None else Incident(*found)
        self._has_found = True


_PATIENCE = 200
"""Looks for an answer after which there will be none."""
_TEXTS = ("policy", "until_policy", "placed", "why", "kind")


def _most_beside(columns: int) -> int:
    return max(0, (MAX_COLUMNS - columns) // 2)
