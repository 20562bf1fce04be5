"""Messages on their way to the core; one that names somebody's own policy is held back at first.

The run goes on while another process loads the policy. Nothing overtakes the message.
"""

import queue
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.errors import PolicyError
from emulator.policies.own_name import is_own
from emulator.protocol import Message

if TYPE_CHECKING:
    from emulator.policies.trial import Trial
    from emulator.serving.core import Inbox

TryOut: TypeAlias = "Callable[[str], Trial]"
POLICY: Final = "policy"


class TrialInbox:
    """Looks like the inbox behind it."""

    def __init__(self, inbox: "Inbox", try_out: TryOut) -> None:
        self._inbox = inbox
        self._try_out = try_out
        self._held: tuple[Message, Trial] | None = None

    def get_nowait(self) -> Message:
        """The next message.

        Raises:
            queue.Empty: there is none, or it is not known yet whether its policy loads.
            PolicyError: it does not; the message is gone.
        """
        if self._held is None:
            message = self._inbox.get_nowait()
            name = str(message.get(POLICY, ""))
            if not is_own(name) or _is_loaded(name):
                return message
            self._held = message, self._try_out(name)
        message, trial = self._held
        if trial.problem is None:
            raise queue.Empty
        self._held = None
        if trial.problem:
            raise PolicyError(trial.problem, key=POLICY)
        return message


def _is_loaded(name: str) -> bool:
    from emulator.policies.own_file import is_loaded

    return is_loaded(name)
