"""``python -m emulator.study.counterfactual_process``: the worker behind ``CounterfactualWorker``.

One process follows the run a span behind it. For each candidate it forks, and the fork goes on
from the same state to the end of the span: nothing is copied by hand, and a policy that loops or
ends its process takes only its own fork along. It runs at the lowest priority, looks for a newer
request after each stride, and ends when the core does.
"""

import os
import select
import signal
import sys
import time
from contextlib import suppress
from typing import Final, NoReturn, cast

from emulator.errors import UserError
from emulator.session.origin import Origin
from emulator.study.counterfactual import CounterfactualRequest, Shadow
from emulator.study.counterfactual_pipe import Incoming, Outgoing
from emulator.study.counterfactual_span import SpanFigures
from emulator.study.counterfactual_updates import (
    Asked,
    CatchingUp,
    Done,
    Failed,
    Found,
)

CPU_S: Final = 60
"""Of one candidate: a span of a minute takes about a second."""
_TELL_EVERY_S: Final = 0.25


class Server:
    """Answers the newest request."""

    def __init__(self, inbox: Incoming, outbox: Outgoing) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._origin: Origin | None = None
        self._asked: Asked | None = None
        self._newer = False
        """Whether something has come that nobody has answered."""
        self._shadow: Shadow | None = None

    def serve(self) -> None:
        """Works until the other side is gone."""
        while not self._inbox.is_closed:
            if not self._newer:
                select.select([self._inbox.fd], [], [])
            self._look()
            self._newer = False
            if self._asked is not None and self._origin is not None:
                self._answer(self._asked.serial, self._asked.request(self._origin))

    def _look(self) -> bool:
        """Takes what has come; returns whether to stop what is going on."""
        for message in self._inbox.take():
            self._newer = True
            if isinstance(message, Origin):
                self._origin, self._asked = message, None
            else:
                self._asked = cast("Asked | None", message)
        return self._newer or self._inbox.is_closed

    def _answer(self, serial: int, request: CounterfactualRequest) -> None:
        try:
            shadow = self._caught_up(serial, request)
            if shadow is None:
                return
            for candidate in request.candidates:
                figures = self._forked(shadow, request, candidate)
                if figures is None:
                    return
                self._outbox.send(Found(serial, figures))
            self._outbox.send(Done(serial))
        except UserError as error:
            self._outbox.send(Failed(serial, str(error)))
        self._asked = None

    def _caught_up(self, serial: int, request: CounterfactualRequest) -> Shadow | None:
        """The shadow at the beginning of the span; None if it was interrupted on its way."""
        shadow = self._shadow
        if shadow is None or not shadow.follows(request):
            shadow = self._shadow = Shadow(request.origin)
        told_s = time.monotonic()
        while not shadow.step(request):
            if self._look():
                return None
            if time.monotonic() - told_s >= _TELL_EVERY_S:
                told_s = time.monotonic()
                self._outbox.send(CatchingUp(serial, shadow.reached_ns / max(1, request.begin_ns)))
        return shadow

    def _forked(
        self, shadow: Shadow, request: CounterfactualRequest, candidate: str
    ) -> SpanFigures | None:
        """What a fork finds out; None if it was interrupted."""
        read_fd, write_fd = os.pipe()
        parent, child = os.getpid(), os.fork()
        if not child:
            _candidate(shadow, request, candidate, write_fd, parent)
        os.close(write_fd)
        results = Incoming(read_fd)
        try:
            found: list[object] = []
            while not found and not results.is_closed:
                select.select([read_fd, self._inbox.fd], [], [])
                if self._look():
                    return None
                found = results.take()
        finally:
            os.close(read_fd)
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        if not found:
            why = f"policy {candidate} ended its process, or was not done after {CPU_S} s"
            return SpanFigures(candidate, 0, 0, 0, None, None, error=why)
        return cast("SpanFigures", found[0])


def _candidate(
    shadow: Shadow, request: CounterfactualRequest, candidate: str, fd: int, parent: int
) -> NoReturn:
    """The whole life of a fork; never returns."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    status = 1
    try:
        for figures in shadow.outcome(request, candidate):
            if figures is not None:
                Outgoing(fd).send(figures)
            elif os.getppid() != parent:
                break
        status = 0
    except UserError as error:
        Outgoing(fd).send(SpanFigures(candidate, 0, 0, 0, None, None, error=str(error)))
    finally:
        os._exit(status)


def main() -> None:
    """Takes the pipes away from whatever a policy may print, and serves."""
    requests_fd, updates_fd = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(19)
    outbox = Outgoing(updates_fd)
    os.set_blocking(updates_fd, True)  # only a core that is gone never reads
    Server(Incoming(requests_fd), outbox).serve()


if __name__ == "__main__":
    main()
    sys.exit(0)
