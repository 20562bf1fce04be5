"""What is told of a policy's error: its kind and words, then its own traceback."""

import traceback
from itertools import dropwhile
from pathlib import Path
from types import TracebackType
from typing import Final

from emulator.policies.overtime import OvertimeError, QuitError

MAX_WORDS: Final = 500
MAX_TEXT: Final = 2000
"""Characters of all of it."""
_FRAMES: Final = 6
_OURS: Final = (str(Path(__file__).resolve().parents[1]), "emulator/")
"""Files of this package; compiled ones are named by the latter."""


def told(error: BaseException) -> str:
    """One line, then ``FILE, line N, in NAME`` with the source line below it, innermost last."""
    lines = [headline(error)]
    for frame in _foreign_frames(error.__traceback__):
        lines.append(f"  {frame.filename}, line {frame.lineno}, in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line}")
    return "\n".join(line[:MAX_WORDS] for line in lines)[:MAX_TEXT]


def headline(error: BaseException) -> str:
    """Kind and words of an error in one line; some errors cannot even be shown."""
    try:
        words = " ".join(str(error).split())[:MAX_WORDS]
    except Exception:  # noqa: BLE001 - the words of a foreign error are foreign code too
        words = "an error that cannot be shown"
    if isinstance(error, OvertimeError | QuitError):
        return words
    kind = type(error).__name__
    return f"{kind}: {words}" if words else kind


def _foreign_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    """The innermost frames from where the policy was called."""
    frames = dropwhile(lambda frame: frame.filename.startswith(_OURS), traceback.extract_tb(trace))
    return list(frames)[-_FRAMES:]
