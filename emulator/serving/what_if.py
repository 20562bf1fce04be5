"""The counterfactual of a live run: what each policy would have made of its last minute.

The figures come from a process of low priority; here only its pipe is looked at, between turns. It
is asked again now and then, as long as somebody looks and the machine has a core to spare.
"""

import os
from collections.abc import Sequence
from typing import Final

from emulator.errors import UserError
from emulator.policies import find_policy
from emulator.protocol import Message
from emulator.serving import message_fields as fields
from emulator.serving.clock import Clock
from emulator.session.origin import Origin
from emulator.study.counterfactual import (
    AS_IT_WAS,
    SPAN_NS,
    CounterfactualRequest,
    TimedCommands,
)
from emulator.study.counterfactual_updates import CatchingUp, Failed, Found
from emulator.study.counterfactual_worker import CounterfactualWorker

POLL_NS: Final = 100_000_000
"""Wall time between two looks at the pipe."""
REFRESH_NS: Final = 10_000_000_000
"""Wall time between the end of an answer and the next question."""
MAX_CANDIDATES: Final = 40


class WhatIf:
    """Asks about one run, and keeps what is known so far of the newest answer."""

    def __init__(self, clock: Clock, origin: Origin, worker: CounterfactualWorker) -> None:
        self._clock = clock
        self._origin = origin
        self._worker = worker
        self._candidates: tuple[str, ...] = ()
        self._span_ns = SPAN_NS
        self._again_ns: int | None = None
        """When to ask next; None while an answer is to come, or nobody waits for one."""
        self._asked_ns: int | None = None
        """Virtual time of the last question since somebody wanted to know."""
        self._looked_ns = 0
        self._frame: Message = {}
        self._figures: list[tuple[object, ...]] = []

    def want(self, message: Message) -> None:
        """Do as a ``what-if`` message says. Raises UserError: a policy that there is not."""
        candidates = fields.texts(message, "policies", MAX_CANDIDATES)
        span_ns = fields.count(message, "span_ns") or SPAN_NS
        for candidate in candidates:
            find_policy(candidate)
        self._candidates, self._span_ns = candidates, span_ns
        self._asked_ns = None
        self._worker.cancel()
        self._again_ns = self._clock.now_ns() if candidates else None

    def turn(self, now_ns: int, commands: TimedCommands) -> Sequence[Message]:
        """Ask or look, if it is time; returns what the client is to be told.

        Args:
            now_ns: virtual time to which the run has been processed.
            commands: all that it was given, with the virtual times of their effect.
        """
        wall_ns = self._clock.now_ns()
        if self._again_ns is not None:
            if wall_ns < self._again_ns:
                return ()
            if self._asked_ns is not None and (now_ns == self._asked_ns or not a_core_is_idle()):
                self._again_ns = wall_ns + REFRESH_NS
                return ()
            return self._ask(now_ns, commands)
        if not self._worker.is_busy or wall_ns < self._looked_ns + POLL_NS:
            return ()
        self._looked_ns = wall_ns
        return self._look()

    @property
    def due_ns(self) -> int | None:
        """Wall time at which ``turn`` has something to do."""
        if self._again_ns is not None:
            return self._again_ns
        return self._looked_ns + POLL_NS if self._worker.is_busy else None

    def close(self) -> None:
        """End the process."""
        self._worker.close()
        self._again_ns = None

    def _ask(self, now_ns: int, commands: TimedCommands) -> Sequence[Message]:
        self._again_ns, self._asked_ns = None, now_ns
        request = CounterfactualRequest(
            self._origin, commands, now_ns, (AS_IT_WAS, *self._candidates), self._span_ns
        )
        self._looked_ns = self._clock.now_ns()
        self._figures = []
        try:
            self._worker.start(request)
        except UserError as error:
            self._frame = _frame(request, 0.0, str(error))
        else:
            self._frame = _frame(request, 0.0, "")
        return (self._told(done=False),)

    def _look(self) -> Sequence[Message]:
        updates = self._worker.poll()
        for update in updates:
            if isinstance(update, CatchingUp):
                self._frame["share"] = update.share
            elif isinstance(update, Found):
                each = update.figures
                self._frame["share"] = 1.0
                self._figures.append(
                    (
                        each.policy,
                        each.known,
                        each.missed,
                        each.ttft_p95_ms,
                        each.tokens_per_s,
                        each.error,
                    )
                )
            elif isinstance(update, Failed):
                self._frame["error"] = update.error
        if not self._worker.is_busy:
            self._again_ns = self._clock.now_ns() + REFRESH_NS
        return (self._told(done=not self._worker.is_busy),) if updates else ()

    def _told(self, *, done: bool) -> Message:
        return {**self._frame, "done": done, "figures": tuple(self._figures)}


def a_core_is_idle() -> bool:
    """Whether the machine has a processor to spare; taken for granted where nobody can say."""
    if not hasattr(os, "getloadavg"):  # Windows
        return True
    return os.getloadavg()[0] <= (os.cpu_count() or 1) - 1


def _frame(request: CounterfactualRequest, share: float, error: str) -> Message:
    return {
        "t": "what-if",
        "begin_ns": max(0, request.begin_ns),
        "end_ns": request.now_ns,
        "share": share,
        "error": error,
    }
