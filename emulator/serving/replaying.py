"""A replay as the core wants it: the commands that it knows, and the timeline of its file."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from emulator.protocol import Message
from emulator.serving import message_fields as fields
from emulator.serving.clock import Clock
from emulator.serving.live import QUESTIONS
from emulator.serving.replay import Replay, ReplayRequest
from emulator.serving.runs import Handler, snapshot_frame
from emulator.session.timeline import TimelineMarks, timeline_spans
from emulator.session.worker import Worker

if TYPE_CHECKING:
    from emulator.serving.journal_desk import JournalDesk
    from emulator.serving.journals import FileJournal

INPUTS: Final = "inputs"
TIMELINE_NS: Final = 1_000_000_000
"""Wall time between two timelines of a file that grows."""


def replay_request(message: Message) -> ReplayRequest:
    """What a ``replay`` message asks for. Raises UserError."""
    return ReplayRequest(
        fields.text(message, "path"),
        at_ns=fields.instant(message, "at_ns"),
        speed=fields.number(message, "speed", 1.0),
        paused=fields.flag(message, "paused"),
    )


class ReplayRun:
    """A replay as the core wants it."""

    refusal = "a recorded session cannot be changed"

    def __init__(self, replay: Replay, clock: Clock, worker: Worker) -> None:
        self._replay = replay
        self._clock = clock
        self._worker = worker
        self._asked: tuple[JournalDesk, FileJournal] | None = None
        self._told: list[Message] = []
        self._marks = TimelineMarks()
        self._sent_ns: int | None = None
        self._sent: tuple[object, ...] = ()

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""
        return self._replay.state

    @property
    def due_ns(self) -> int | None:
        """Wall time at which there is something to do."""
        return self._replay.due_ns

    @property
    def is_settled(self) -> bool:
        """Whether there is something to see: it has arrived, or is on a long way."""
        return self._replay.is_visible

    def handler(self, kind: str) -> Handler | None:
        """Of this command."""
        if kind == INPUTS:
            return self._tell_inputs
        if kind in QUESTIONS:
            return self._answer
        found = COMMANDS.get(kind)
        return None if found is None else partial(found, self._replay)

    def turn(self) -> None:
        """Play what is due."""
        self._replay.turn()

    def tend(self, due_ns: int | None) -> int | None:
        """Let later seeks become short."""
        return self._replay.tend(due_ns)

    def snapshot(self) -> Message:
        """Everything on the screen."""
        return snapshot_frame(self._replay.snapshot(), tape=self._replay.status)

    def frames(self) -> Sequence[Message]:
        """Answers, and the timeline if it has changed."""
        answers = () if self._asked is None else self._asked[0].answers()
        told, self._told = self._told, []
        return (*told, *answers, *self._timeline())

    def _answer(self, message: Message) -> None:
        # Loaded when it is asked for: a replay starts sooner without it.
        from emulator.serving.journal_desk import JournalDesk
        from emulator.serving.journals import FileJournal

        if self._asked is None:
            journal = FileJournal(str(self._replay.reader.path))
            self._asked = JournalDesk(self._worker.another()), journal
        desk, journal = self._asked
        desk.asked(message)(journal)

    def _tell_inputs(self, message: Message) -> None:
        """Answered here: what was changed is known where the tape is played, and nowhere else."""
        ask = fields.count(message, "ask")
        self._told.append({"t": INPUTS, "ask": ask, **self._replay.inputs()})

    def _timeline(self) -> Sequence[Message]:
        now_ns = self._clock.now_ns()
        if self._sent_ns is not None and now_ns < self._sent_ns + TIMELINE_NS:
            return ()
        reader, problems = self._replay.reader, self._replay.problems
        seen = (self._replay.status.t_end_ns, problems)
        self._sent_ns = now_ns
        if seen == self._sent:
            return ()
        self._sent = seen
        self._marks.update(reader)
        return (
            {
                "t": "timeline",
                "spans": timeline_spans(reader),
                "marks": self._marks.marks,
                "problems": problems,
            },
        )

    def close(self, reason: str) -> None:
        """Close the file."""
        if self._asked is not None:
            desk, journal = self._asked
            desk.close()
            journal.close()
        self._replay.close()


COMMANDS: Final[Mapping[str, Callable[[Replay, Message], None]]] = {
    "seek": lambda replay, message: replay.seek(fields.instant(message, "t_ns")),
    "step": lambda replay, _: replay.step(),
    "step-back": lambda replay, _: replay.step_back(),
    "incident": lambda replay, message: replay.incident(fields.direction(message)),
    "follow": lambda replay, message: replay.follow(on=fields.flag(message, "on")),
    "speed": lambda replay, message: replay.driver.set_speed(fields.number(message, "speed")),
    "pause": lambda replay, _: replay.pause(),
    "resume": lambda replay, _: replay.driver.resume(),
}
