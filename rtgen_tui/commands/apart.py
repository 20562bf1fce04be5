"""Commands that run somebody's own policy do so in a process of their own: it may end it.

The process has the same terminal, and prints as the command would here.
"""

import multiprocessing
import signal
from collections.abc import Callable
from contextlib import suppress
from ctypes import c_longlong
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from emulator.policies.own_name import own_name
from emulator.policies.registry import is_foreign
from rtgen_tui.exits import EndedError, RunError, exit_code_of

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


def apart(task: Callable[[], None], policies: str | None) -> None:
    """Does it here, or in a process of its own if one of the policies is somebody's own.

    Args:
        task: what is to be done; it must go through pickle.
        policies: as the user gave them, with commas between their names.

    Raises:
        UserError: there is no such file.
        RunError: the process ended in the middle.
        EndedError: it failed in good order, and has said why.
    """
    foreign = foreign_of(policies)
    if not foreign:
        task()
        return
    death = attempt(_Untold(task))
    if death is not None:
        raise RunError(f"policy {' or '.join(foreign)} ended the process ({death.how})")


def worker_died(policies: str | None) -> RunError:
    """What is said when one of several processes died that ran these policies."""
    foreign = foreign_of(policies)
    if foreign:
        why = f"policy {' or '.join(foreign)} ended it, or memory ran short"
    else:
        why = "perhaps for want of memory"
    return RunError(f"a worker process died, {why}: try fewer with --jobs")


def foreign_of(policies: str | None) -> list[str]:
    """Those that are somebody's own. Raises PolicyError: a file that cannot be read."""
    names = [name.strip() for name in (policies or "").split(",")]
    found = [name for name in names if is_foreign(name)]
    for wanted in map(own_name, found):
        if wanted.is_file:
            from emulator.policies.own_file import read_source

            read_source(wanted)
    return found


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
    return Death(_how(process.exitcode or 0), None if at_ns == _NEVER else at_ns)


@dataclass(frozen=True, slots=True)
class _Untold:
    """A task that tells of no instants."""

    task: Callable[[], None]

    def __call__(self, _tell: Callable[[int], None]) -> None:
        self.task()


def _do(
    task: Callable[[Callable[[int], None]], None], done: Connection, instant: c_longlong
) -> None:
    """What the process does."""

    def tell(now_ns: int) -> None:
        instant.value = now_ns

    code = 1
    try:
        code = exit_code_of(lambda: task(tell))
    finally:
        done.send(code)


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


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return f"by signal {name}" + (", or for want of memory" if name == "SIGKILL" else "")
