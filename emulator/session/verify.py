"""Whether a recording is what its header says: the run simulated again, event by event.

The commands are read from the journal of the file itself, so that a run which was steered by hand
is steered again at the same virtual instants. Comparing goes by event numbers, so that a gap in
the file costs nothing but what is in it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import merge
from operator import itemgetter
from typing import Final, cast

from emulator.collector import collector_off
from emulator.commands import Command, SwapPolicy
from emulator.errors import UserError
from emulator.journal import Event
from emulator.session.errors import DamageError, SessionError
from emulator.session.journalled import JournalInputs, measured_ends
from emulator.session.lockstep import Difference, Lockstep
from emulator.session.reader import SessionReader
from emulator.session.run_inputs import RunInputs, check_version, run_inputs

_MAX_STRIDE_NS: Final = 1_000_000_000
_FIRST_STRIDE_NS: Final = 1_000_000
_MANY: Final = 4096
"""Events of one stride; a stride that brings more is followed by a shorter one."""
_GAP: Final = (
    "events are missing in the file; a command among them could not be given again, and then "
    "what follows differs"
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it."""

    events: int
    """Compared and found equal."""
    commands: int
    """Found in the journal and given to the run again."""
    missing: int
    """Events in gaps of the file, which nobody can compare."""
    t_ns: int
    """Virtual time of the last event that was found equal."""
    difference: Difference | None
    """Left is the recording, right the run again."""
    notes: tuple[str, ...]
    """Sentences on what could not be compared or done again."""


def verify(
    reader: SessionReader, on_progress: Callable[[float], None] | None = None
) -> Verification:
    """Simulate the run of a session again, up to the end of the recording, and compare.

    Args:
        reader: opened with ``scan``, so that all gaps are known.
        on_progress: is told now and then which share is done, 0 to 1.

    Raises:
        SessionError: the session cannot be read, or its run cannot be made again.
    """
    verifier = _Verifier(run_inputs(reader.header, str(reader.path)))
    try:
        with collector_off():
            verifier.begin()
            for first, events in reader.numbered():
                verifier.take(first, events)
                if verifier.steps.difference is not None:
                    break
                if on_progress is not None:
                    on_progress(cast("int", events[-1][1]) / max(1, reader.t_end_ns))
            verifier.finish()
    except SessionError:
        raise
    except (UserError, DamageError) as error:
        words = f"session {reader.path} holds a command that cannot be given again: {error}"
        raise SessionError(words, source=str(reader.path)) from None
    steps = verifier.steps
    return Verification(
        events=steps.equal,
        commands=verifier.commands,
        missing=sum(gap.events for gap in reader.gaps),
        t_ns=steps.t_ns,
        difference=steps.difference,
        notes=tuple(verifier.notes),
    )


class _Verifier:
    """The run again, moved on as far as the file is known, beside the events of the file."""

    def __init__(self, inputs: RunInputs) -> None:
        self.steps = Lockstep()
        self.commands = 0
        self.notes: list[str] = []
        self._inputs = inputs
        self._machine = inputs.engine()
        names = inputs.profile.backend_names
        self._real = frozenset(map(names.index, inputs.header.live))
        self._measured = 0
        """Ends of slices on these backends that were told to the run again."""
        self._journal = JournalInputs([name for name, _ in inputs.streams_at_start()])
        self._made = 0
        """Events that the run again has made."""
        self._first = self._next = inputs.header.begins_event
        """Numbers of the first event of the file, and of the one that it should go on with."""
        self._last_ns = -1
        self._stride_ns = _FIRST_STRIDE_NS

    def begin(self) -> None:
        """Carry out what was done before the recording began.

        Raises:
            SessionError: a live run whose first slices were not recorded.
        """
        if self._real and self._first:
            source = self._inputs.source
            raise SessionError(
                f"session {source} cannot be verified: it is a part of a live run, and how long "
                "slices took before it was recorded is not in it",
                source=source,
            )
        self._take_new()
        for t_ns, command in self._inputs.commands:
            self._apply(t_ns, command)

    def take(self, first: int, events: Sequence[Event]) -> None:
        """The next events of the file, and the number of the first of them."""
        if first > self._next and not self.notes:
            self.notes.append(_GAP)
        self._next = first + len(events)
        self.steps.add_left(first, events)
        if self.steps.difference is not None:
            return
        told: list[tuple[int, Command | int]] = [*self._journal.feed(events)]
        self.commands += len(told)
        for t_ns, done in merge(measured_ends(events, self._real), told, key=itemgetter(0)):
            self._apply(t_ns, done)
        # A command for the last instant may be in the next chunk.
        self._last_ns = cast("int", events[-1][1])
        self._advance(self._last_ns - 1)

    def finish(self) -> None:
        """The file has no more events."""
        self._advance(self._last_ns)
        self.steps.end_right()
        if self._real:
            self.notes.append(f"a live run: {self._measured:,} measured ends were told it again")

    def _apply(self, t_ns: int, done: Command | int) -> None:
        """A command, or the end of a slice on the real backend with this index."""
        if isinstance(done, SwapPolicy):
            check_version(done.policy)
        self._advance(t_ns - 1)
        if self.steps.difference is not None:
            return
        if isinstance(done, int):
            # Where nothing runs there, the events that are missing now will be the difference.
            with suppress(ValueError):
                self._machine.complete(done, t_ns)
                self._measured += 1
        else:
            self._machine.apply(done, t_ns)

    def _advance(self, until_ns: int) -> None:
        machine = self._machine
        while self.steps.difference is None:
            event_ns = machine.next_event_ns
            if event_ns is None or event_ns > until_ns:
                return
            machine.advance(min(event_ns + self._stride_ns, until_ns))
            # A hostile header may ask for any number of events in a second.
            many = self._take_new() > _MANY
            self._stride_ns = (
                max(1, self._stride_ns // 2) if many else min(2 * self._stride_ns, _MAX_STRIDE_NS)
            )

    def _take_new(self) -> int:
        """Hand on what the run again has made; how many events these are."""
        new = self._machine.drain()
        before_the_file = max(0, self._first - self._made)
        self.steps.add_right(self._made + before_the_file, new[before_the_file:])
        self._made += len(new)
        return len(new)
