"""What the core needs of whatever it shows: a run that is simulated now, or a recorded one."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from emulator.protocol import Message
from emulator.session.recording import Saved
from emulator.snapshot import Snapshot

Handler: TypeAlias = Callable[[Message], None]
"""Obeys one message. Raises UserError."""


class Run(Protocol):
    """A run that is paced by the wall clock. Every method may raise UserError: it cannot go on."""

    @property
    def state(self) -> str:
        """``running``, ``paused`` or ``ended``."""

    @property
    def due_ns(self) -> int | None:
        """Wall time at which ``turn`` has something to do; None: not before a command."""

    @property
    def is_settled(self) -> bool:
        """Whether there is something to see; False on the way to another place."""

    @property
    def refusal(self) -> str:
        """Why it knows a command not that others know: the end of a sentence."""

    def handler(self, kind: str) -> Handler | None:
        """Of this command, None where it knows none."""

    def turn(self) -> None:
        """Do a bounded piece of what is due."""

    def tend(self, due_ns: int | None) -> int | None:
        """Do a piece of what can wait, if it can be done by then; when to come again."""

    def snapshot(self) -> Message:
        """The frame with everything on the screen."""

    def frames(self) -> Sequence[Message]:
        """What else is to be sent now."""

    def close(self, reason: str) -> None:
        """It is over."""


def snapshot_frame(s: Snapshot, *, rec: object = None, tape: object = None) -> Message:
    """A snapshot with what is recorded, or played."""
    return {"t": "snapshot", "s": s, "rec": rec, "tape": tape}


def saved_frame(saved: Saved) -> Message:
    """A session file is whole."""
    return {"t": "saved", "path": str(saved.path), "bytes": saved.bytes, "reason": saved.reason}
