"""The commands of a run, read back from its journal: what was done to it from outside, and when."""

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import Final, TypeAlias, cast

from emulator import journal
from emulator.commands import (
    BackendDown,
    Command,
    FailPolicy,
    Mark,
    StartStream,
    StopStream,
    SwapPolicy,
)
from emulator.journal import Event
from emulator.session.errors import DamageError
from emulator.session.inputs import ADD_STREAMS, CHANGE_STREAM, from_plain

_KINDS: Final = frozenset(
    (
        journal.STREAM_ADDED,
        journal.STREAM_STARTED,
        journal.STREAM_STOPPED,
        journal.STREAM_CHANGED,
        journal.POLICY,
        journal.POLICY_FAILED,
        journal.MARKER,
        journal.BACKEND_DOWN,
    )
)
_BY_POLICY: Final = "policy"
"""The reason of a drop that the policy itself decided."""


Input: TypeAlias = tuple[int, Command]
"""(virtual ns, what was done). A failure of the policy comes after all else of its instant."""


class JournalInputs:
    """Finds the inputs in a journal that it is fed in order.

    Args:
        streams: names of the streams that were there before the first event, in stream order.
    """

    def __init__(self, streams: Sequence[str] = ()) -> None:
        self._names = dict(enumerate(streams))
        self._instant: list[Event] = []
        """The last events fed that have the same time."""

    def feed(self, events: Sequence[Event]) -> list[Input]:
        """The inputs among the next events, in the order in which they took effect.

        Raises:
            DamageError: a stream that is none.
        """
        if not events:
            return []
        known, at_once = len(self._instant), [*self._instant, *events]
        found: list[Input] = []
        for at, event in enumerate(at_once):
            if event[0] in _KINDS and at >= known:
                done = self._input(at_once, at)
                if done is not None:
                    found.append((cast("int", event[1]), done))
        self._instant = _same_instant(at_once)
        return found

    def _input(self, events: list[Event], at: int) -> Command | None:
        match events[at]:
            case (journal.STREAM_CHANGED, _, int(stream), spec, *_):
                return from_plain((0, CHANGE_STREAM, (self._name(stream), spec)))[1]
            case (journal.MARKER, _, str(text), *_):
                return Mark(text)
            case (journal.BACKEND_DOWN, _, int(backend), str(reason), *_):
                return BackendDown(backend, reason)
        return self._steered(events, at)

    def _steered(self, events: list[Event], at: int) -> Command | None:
        """One that is told from its events before: a swap, a start, a failure."""
        before: Event = events[at - 1] if at else ("", -1)
        match events[at]:
            # The fallback follows its failure, and a new stream starts by itself.
            case (journal.POLICY, _, _, str(new), *_) if before[0] != journal.POLICY_FAILED:
                return SwapPolicy(new)
            case (journal.STREAM_ADDED, _, int(stream), str(name), spec, *_):
                self._names[stream] = name
                return None if spec is None else from_plain((0, ADD_STREAMS, (spec,)))[1]
            case (journal.STREAM_STARTED, _, int(stream), *_):
                is_new = before[0] == journal.STREAM_ADDED and before[2] == stream
                return None if is_new else StartStream(self._name(stream))
            case (journal.STREAM_STOPPED, _, int(stream), *_):
                return StopStream(self._name(stream))
            case (journal.POLICY_FAILED, _, _, str(error), *_):
                decided = sum(map(_is_decision, _same_instant(events[: at + 1])))
                return FailPolicy(error, decided)
        return None

    def _name(self, stream: int) -> str:
        if stream not in self._names:
            raise DamageError(f"names stream {stream}, which was never added")
        return self._names[stream]


def measured_ends(events: Sequence[Event], real: Collection[int]) -> Iterator[tuple[int, int]]:
    """When slices ended on real backends: (virtual ns, index of the backend), in order."""
    for event in events:
        match event:
            case (journal.FINISHED, int(t_ns), _, _, _, int(backend), *_) if backend in real:
                yield t_ns, backend


def policy_failures(events: Sequence[Event]) -> Iterator[tuple[int, int, FailPolicy]]:
    """Where a policy failed in whole instants of a journal: (position, virtual ns, the input)."""
    for at, event in enumerate(events):
        if event[0] == journal.POLICY_FAILED:
            decided = sum(map(_is_decision, _same_instant(list(events[: at + 1]))))
            yield at, cast("int", event[1]), FailPolicy(str(event[3]), decided)


def _same_instant(events: list[Event]) -> list[Event]:
    """The last events, as many as have the time of the very last."""
    t_ns = events[-1][1]
    return list(takewhile(lambda event: event[1] == t_ns, reversed(events)))[::-1]


def _is_decision(event: Event) -> bool:
    kind = event[0]
    # Who joins a batch does so without a decision.
    return (kind == journal.STARTED and not any(event[8:9])) or (
        kind == journal.DROPPED and event[4:5] == (_BY_POLICY,)
    )
