"""The options of a recording, before anything heavy is loaded."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Final

from emulator.errors import UserError
from emulator.names import shown
from rtgen_tui.commands.chosen import Choices, Rotation
from rtgen_tui.commands.values import duration_s

_SIZE: Final = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*(kB|MB|GB|kb|mb|gb|KB|B|b)\s*")
_BYTES: Final = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_MIN_BYTES: Final = 10_000
_MIN_S: Final = 1


def rotation(text: str) -> Rotation:
    """When to go on in another file: ``100MB`` or ``1h``.

    Raises:
        UserError: it is neither, or so little that it would make a flood of files.
    """
    if match := _SIZE.fullmatch(text):
        size = int(Fraction(match[1]) * _BYTES[match[2].lower()])
        if size < _MIN_BYTES:
            raise UserError(f"--rotate: expected at least 10kB, not {shown(text)}", key="--rotate")
        return Rotation(size_bytes=size)
    expected = f"--rotate: expected a size such as 100MB or a time such as 1h, not {shown(text)}"
    if not text.strip()[-1:].isalpha():  # a bare number could be either
        raise UserError(expected, key="--rotate")
    try:
        span_s = duration_s(text, "--rotate")
    except UserError:
        raise UserError(expected, key="--rotate") from None
    if span_s < _MIN_S:
        raise UserError(f"--rotate: expected at least 1s, not {shown(text)}", key="--rotate")
    return Rotation(duration_s=span_s)


def check_recording(choices: Choices) -> None:
    """Raises UserError: options that say how to record without --record, or a file that exists."""
    if choices.record is None:
        for option, given in (("--rotate", choices.rotate is not None), ("--force", choices.force)):
            if given:
                raise UserError(f"{option} needs --record FILE", key=option)
        return
    if choices.record == "-":
        raise UserError("--record: a session is a file: give its name, not '-'", key="--record")
    if not choices.force and "\0" not in choices.record and Path(choices.record).exists():
        raise exists(Path(choices.record))


def exists(path: Path) -> UserError:
    """The error for a recording that would overwrite something."""
    return UserError(
        f"--record: {path} exists already: choose another name, or --force to replace it",
        key="--record",
    )
