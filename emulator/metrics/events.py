"""The shapes of the journal events that metrics read, and the error for one that does not fit."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from emulator.errors import UserError
from emulator.journal import Event

Tokens: TypeAlias = Sequence[Sequence[int] | None] | None

StreamAdded: TypeAlias = tuple[str, int, int, str, Mapping[str, object] | None]
OfStream: TypeAlias = tuple[str, int, int]
"""stream-started, stream-stopped."""
StreamChanged: TypeAlias = tuple[str, int, int, Mapping[str, object]]
Released: TypeAlias = tuple[str, int, int, int, int | None, Tokens]
OfStage: TypeAlias = tuple[str, int, int, int, int]
"""ready, skipped, degraded."""
Started: TypeAlias = tuple[str, int, int, int, int, int, int, int, *tuple[int, ...]]
Finished: TypeAlias = tuple[str, int, int, int, int, int, int, int, int, int, int, *tuple[int, ...]]
Completed: TypeAlias = tuple[str, int, int, int, Literal["met", "late", "skipped"], str]
Dropped: TypeAlias = tuple[str, int, int, int, str, str]
TwoTexts: TypeAlias = tuple[str, int, str, str]
"""policy (old, new), policy-failed (policy, error)."""
Marker: TypeAlias = tuple[str, int, str]
OfBackend: TypeAlias = tuple[str, int, int, str]
"""backend-down."""

Unread: TypeAlias = tuple[Any, ...]
"""An event before its kind is known."""
Handlers: TypeAlias = Mapping[object, Callable[[Any], None]]
"""By kind. Events are read as the shape of their kind unchecked, because there are millions."""

MISFITS: Final = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a handler raises over an event that does not fit, or a reader over such a state."""
_MAX_SHOWN: Final = 120


class JournalError(UserError):
    """An event, or a state, that cannot belong to a run of this profile and scenario."""


def handle(new: Sequence[Event], handlers: Handlers) -> None:
    """Hands each event to the handler of its kind; kinds without one are ignored.

    Raises:
        JournalError: an event that its handler cannot digest.
    """
    handler_of = handlers.get
    event: Event = ()
    try:
        for event in new:
            handler = handler_of(event[0])
            if handler is not None:
                handler(event)
    except MISFITS as error:
        raise misfit(event, error) from error


def misfit(event: Event, error: Exception) -> JournalError:
    """The error for an event that a handler could not digest."""
    shown = repr(event)[:_MAX_SHOWN]
    return JournalError(
        f"the journal does not fit its profile and scenario at {shown}: {_why(error)}"
    )


def misread(what: str, error: Exception) -> JournalError:
    """The error for what metrics of this profile and scenario could not make anything of."""
    return JournalError(f"the {what} does not fit its profile and scenario: {_why(error)}")


def _why(error: Exception) -> str:
    return f"{type(error).__name__} {error}".partition("\n")[0][:_MAX_SHOWN]
