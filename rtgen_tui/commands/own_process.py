"""A process of its own for foreign code: it has the same terminal, and may end at any time."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_longlong
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from emulator.how_ended import how_ended
from emulator.sweep import interrupts_held
from rtgen_tui.exits import FAILED, EndedError, exit_code_of

_PATIENCE_S: Final = 2.0
"""How long a process may take to end after ctrl-C."""
_NEVER: Final = -1


@dataclass(frozen=True, slots=True)
class Death:
    """How a process ended that had not done what it was to do."""

    how: str
    """Such as ``exit code 3``."""
    at_ns: int | None
    """The last instant that it told of."""


def attempt(task: Callable[[Callable[[int], None]], None]) -> Death | None:
    """Does it in a process of its own; None once it is done.

    Args:
        task: is given what it may tell the virtual instant to that it has reached, in ns; it must
            go through pickle.

    Raises:
        EndedError: it failed in good order, and has said why.
    """
    spawn = multiprocessing.get_context("spawn")
    # Without a lock, which the process could take with it.
    instant = spawn.RawValue(c_longlong, _NEVER)
    ours, theirs = spawn.Pipe(duplex=False)
    process = spawn.Process(target=_do, args=(task, theirs, instant))
    with interrupts_held():  # until it can say so in one word
        process.start()
    theirs.close()
    _wait_for(process)
    # A process that was forked from it may still hold the other end.
    with ours, suppress(EOFError):
        if ours.poll():
            code: int = ours.recv()
            if code:
                raise EndedError(code)
            return None
    at_ns = instant.value
    return Death(how_ended(process.exitcode or 0), None if at_ns == _NEVER else at_ns)


def _do(
    task: Callable[[Callable[[int], None]], None], done: Connection, instant: c_longlong
) -> None:
    """What the process does."""

    def tell(now_ns: int) -> None:
        instant.value = now_ns

    def work() -> None:
        _keep_stdout()
        if hasattr(signal, "pthread_sigmask"):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        task(tell)

    code = FAILED
    try:
        code = exit_code_of(work)
    finally:
        done.send(code)


def _keep_stdout() -> None:
    """Has what foreign code, or a program that it starts, writes past Python go to stderr."""
    kept = os.dup(1)
    os.dup2(2, 1)
    encoding = sys.stdout.encoding
    sys.stdout = os.fdopen(kept, "w", encoding=encoding, errors="replace", buffering=1)


def _wait_for(process: SpawnProcess) -> None:
    """Until it has ended; ctrl-C reaches it too, and foreign code may not care."""
    try:
        process.join()
    except KeyboardInterrupt:
        process.join(_PATIENCE_S)
        if process.is_alive():
            process.kill()
            process.join()
            raise
