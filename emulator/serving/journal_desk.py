"""Answers questions about any stretch of a run's journal, in a thread of its own.

The run's thread only hands over what it has at that moment. Of several questions of one kind that
wait, the newest counts: whoever pans does not want to see where they have been.
"""

from collections import deque
from collections.abc import Callable, Sequence

from emulator.errors import UserError
from emulator.protocol import Message
from emulator.serving.questions import QUESTIONS, Asker, Journal, Kept, Question, Reading
from emulator.session.worker import Worker
from emulator.timeline.cast import Cast
from emulator.timeline.pieces import Pieces


class JournalDesk:
    """Takes the messages ``window``, ``job`` and ``find`` of one run; see protocol.py."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._answers: deque[Message] = deque()
        """Filled by the worker's thread."""
        self._newest: dict[str, int] = {}
        """Number of the newest question of each kind."""
        self._asked = 0
        self._pieces: Pieces | None = None
        self._cast: Cast | None = None
        self._kept = Kept()

    def asked(self, message: Message) -> Callable[[Journal], None]:
        """A question has come; returns what to give the journal to, from any thread.

        Raises:
            UserError: it is no question.
        """
        question = QUESTIONS[str(message["t"])](message)
        self._asked += 1
        number = self._newest[question.kind] = self._asked
        return lambda journal: self._worker.submit(lambda: self._answer(number, question, journal))

    def answers(self) -> Sequence[Message]:
        """Those that are ready."""
        found = []
        while self._answers:
            found.append(self._answers.popleft())
        return found

    def close(self) -> None:
        """Nobody asks any more."""
        self._newest.clear()
        self._worker.close()

    # In the thread

    def _answer(self, number: int, question: "Question", journal: Journal) -> None:
        if self._newest.get(question.kind) != number:
            return
        try:
            reading = self._read(journal)
            asker = Asker(self._answers.append, lambda: self._newest.get(question.kind) == number)
            self._answers.append(question.answer(reading, asker))
        except UserError as error:
            self._answers.append({"t": question.kind, "ask": question.ask, "error": str(error)})

    def _read(self, journal: Journal) -> "Reading":
        if self._pieces is None:
            self._pieces = Pieces(journal.source)
        self._pieces.refresh(journal.source, *journal.tail)
        if self._cast is None:
            self._cast = journal.cast()
        self._cast.know(dict(enumerate(journal.streams())))
        return Reading(self._pieces, self._cast, journal, self._kept)
