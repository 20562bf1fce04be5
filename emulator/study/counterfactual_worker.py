"""The counterfactual in a process of its own, for a core that must never wait.

Every method returns at once: requests and answers are moved on whenever one of them is called.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, cast

import emulator
from emulator.errors import UserError
from emulator.session.origin import Origin
from emulator.study.counterfactual import CounterfactualRequest
from emulator.study.counterfactual_pipe import Incoming, Outgoing
from emulator.study.counterfactual_updates import Asked, Done, Failed, Update

MODULE: Final = "emulator.study.counterfactual_process"


class CounterfactualWorker:
    """Starts its process when it is first asked, and again should it have ended.

    The process ends with this one, however that ends: it reads the end of its pipe.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._inbox: Incoming | None = None
        self._outbox: Outgoing | None = None
        self._origin: Origin | None = None
        self._serial = 0
        self.is_busy = False
        """Whether answers to the newest request are to come."""

    @property
    def fd(self) -> int | None:
        """Readable when there are updates; None while there is no process.

        A large request may need ``poll`` to be on its way: call it now and then while busy.
        """
        return None if self._inbox is None else self._inbox.fd

    def start(self, request: CounterfactualRequest) -> int:
        """Asks for the figures of all candidates; what was asked before is given up.

        Without candidates the process only follows the run, so that the next request is answered
        soon. Returns the serial that its updates carry.

        Raises:
            UserError: there can be no such process here.
        """
        if self._process is None:
            self._begin()
        outbox = cast("Outgoing", self._outbox)
        self._serial += 1
        # The profile and the scenario are most of a request, and seldom new.
        if self._origin is not request.origin:
            self._origin = request.origin
            outbox.send(request.origin)
        outbox.send(
            Asked(
                self._serial,
                request.commands,
                request.now_ns,
                request.candidates,
                request.span_ns,
            )
        )
        self.is_busy = True
        return self._serial

    def poll(self) -> list[Update]:
        """The updates to the newest request since the last call."""
        if self._inbox is None or self._outbox is None:
            return []
        self._outbox.flush()
        came = cast("list[Update]", self._inbox.take())
        updates = [each for each in came if each.serial == self._serial and self.is_busy]
        if any(isinstance(each, Done | Failed) for each in updates):
            self.is_busy = False
        if self._inbox.is_closed:
            if self.is_busy:
                updates.append(Failed(self._serial, "the process of the counterfactual has ended"))
            self.close()
        return updates

    def cancel(self) -> None:
        """Gives up what was asked; the process stays and remembers the run."""
        if self._outbox is not None and self.is_busy:
            self._outbox.send(None)
        self.is_busy = False

    def close(self) -> None:
        """Ends the process."""
        process, self._process = self._process, None
        self._inbox = self._outbox = self._origin = None
        self.is_busy = False
        if process is None:
            return
        if process.returncode is None:
            # It leads a group of its own, to which its fork belongs.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()

    def _begin(self) -> None:
        if not hasattr(os, "fork"):
            raise UserError("the counterfactual needs a system that can fork a process")
        command = [sys.executable, "-P", "-X", "utf8", "-m", MODULE]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise UserError(f"the counterfactual cannot start its process: {error}") from error
        self._process = process
        if process.stdin is not None and process.stdout is not None:
            self._outbox = Outgoing(process.stdin.fileno())
            self._inbox = Incoming(process.stdout.fileno())


def _environment() -> dict[str, str]:
    """Ours, with the folder of this package first, where it need not be installed."""
    root = str(Path(emulator.__file__).resolve().parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
