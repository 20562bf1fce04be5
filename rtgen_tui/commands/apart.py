"""Commands that run somebody's own policy do so in a process of their own: it may end it."""

from collections.abc import Callable
from functools import partial

from emulator.policies.own_name import own_name
from emulator.policies.registry import is_foreign
from rtgen_tui.exits import RunError


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
    from rtgen_tui.commands.own_process import attempt

    death = attempt(partial(_untold, task))
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


def _untold(task: Callable[[], None], _tell: Callable[[int], None]) -> None:
    """A task that tells of no instants."""
    task()
