"""How the program ends: exit codes, one sentence for a mistake, silence for a closed pipe."""

import io
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from emulator.errors import UserError

PROGRAM: Final = "rtgen-tui"

OK: Final = 0
FAILED: Final = 1
"""Something broke that the user did not write: the core ended, the disk is full."""
USER_ERROR: Final = 2
"""Wrong usage, or a wrong file."""
DIFFERENT: Final = 3
"""A claim is broken, or a session is not what it should be: the answer, not a mistake."""
INTERRUPTED: Final = 130
"""128 + SIGINT, as shells report it."""


class RunError(Exception):
    """A run that could not go on, through no mistake of the user; `str(error)` is one sentence."""


def user_error(sentence: str, key: str = "") -> "UserError":
    """A mistake of the user; help texts are printed without loading the core's errors.

    Args:
        sentence: what is wrong, and what would be right.
        key: the option that it is about.
    """
    from emulator.errors import UserError

    return UserError(sentence, key=key)


class EndedError(Exception):
    """Ends the program with this exit code; all has been said."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def exit_code_of(run: Callable[[], object]) -> int:
    """Runs the program and says how it ended; whatever else it raises is a bug."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show a character shows a question mark, not a traceback.
        sys.stdout.reconfigure(errors="replace")
    try:
        returned = run()
        if sys.stdout is not None:
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        ending = _ending_of(error)
        if ending is None:
            raise
        return ending
    if returned == INTERRUPTED:
        return fail("interrupted", INTERRUPTED)
    return returned if isinstance(returned, int) else OK


def _ending_of(error: BaseException) -> int | None:
    """Says in one sentence what happened, and returns the exit code; None for a bug."""
    match error:
        case EndedError():
            return error.code
        case KeyboardInterrupt():
            return fail("interrupted", INTERRUPTED)
        case BrokenPipeError():
            discard_stdout()
            return OK
        case OSError():
            discard_stdout()
            return fail(str(error), FAILED)
        case RunError():
            return fail(str(error), FAILED)
    # Imported late: help and completion of commands do not wait for the core.
    from emulator.errors import UserError

    return fail(str(error), USER_ERROR) if isinstance(error, UserError) else None


def fail(sentence: str, code: int) -> int:
    """Prints one sentence to stderr; returns the exit code."""
    say("error" if code != INTERRUPTED else "", sentence)
    return code


def note(sentence: str) -> None:
    """Prints one sentence to stderr that is no error."""
    say("note", sentence)


def say(kind: str, sentence: str) -> None:
    """Prints to stderr on one line, without what could steer a terminal."""
    printable = "".join(c if c.isprintable() else "?" for c in " ".join(sentence.split()))
    line = f"{_colored(kind)}: {printable}" if kind else printable
    if sys.stderr is not None:
        sys.stderr.write(f"{line}\n")


def is_terminal(*streams: TextIO | None) -> bool:
    """Whether all of them are terminals; a closed one is none."""
    return all(stream is not None and not stream.closed and stream.isatty() for stream in streams)


def has_screen() -> bool:
    """Whether the application can be shown: on a terminal, or in a browser by ``rtgen-tui web``."""
    return in_browser() or is_terminal(sys.stdin, sys.stdout)


def in_browser() -> bool:
    """Whether this process draws for a browser: its stdout is not for words then."""
    return os.environ.get("TEXTUAL_DRIVER", "").endswith(":WebDriver")


def _colored(kind: str) -> str:
    if not is_terminal(sys.stderr) or os.environ.get("NO_COLOR"):
        return kind
    return f"\x1b[1;{31 if kind == 'error' else 36}m{kind}\x1b[0m"


def discard_stdout() -> None:
    """Have the interpreter's own flush at exit go nowhere."""
    try:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)
    except (AttributeError, OSError):
        pass  # not a real file: nothing is flushed at exit
