"""What a reader of a session file gives beside the events."""

from collections.abc import Mapping
from typing import NamedTuple

from emulator.session.errors import DamageError
from emulator.session.format import Place


class Keyframe(NamedTuple):
    """The state of a run at one place of it."""

    t_ns: int
    first_event: int
    """Number of the first event that the state does not know."""
    state: object
    """As it was given to the writer, with tuples for lists."""


class Gap(NamedTuple):
    """Events of the run that the file does not hold: damaged, or never written."""

    first_event: int
    events: int
    t_begin_ns: int
    t_end_ns: int


class Note(NamedTuple):
    """Something about the recording that is not in the journal."""

    t_ns: int
    first_event: int
    """Number of the first event after it."""
    kind: str
    data: Mapping[str, object]


def note_from(place: Place, value: object) -> Note:
    """The note in an unpacked chunk. Raises DamageError: it holds none."""
    match value:
        case (str(kind), dict(data), *_):
            return Note(place.t_ns, place.first_event, kind, data)
    raise DamageError("does not hold a note")
