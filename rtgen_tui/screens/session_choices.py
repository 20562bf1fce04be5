"""What the picker of sessions offers: those of the sessions folder, and any path."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from emulator.errors import UserError
from emulator.session import SessionReader
from emulator.session.folder import SUFFIX, sessions_folder
from rtgen_tui.screens.picker import Choice, Choices, matching
from rtgen_tui.widgets.numbers import size
from rtgen_tui.widgets.text import clean


def sessions(other_than: str) -> Choices[str]:
    """The files of the sessions folder, newest first, then the path that is typed.

    Args:
        other_than: a session that is not offered.
    """
    listed = [each for each in _recorded() if not _is_same(each.value, other_than)]

    def offer(text: str) -> Sequence[Choice[str]]:
        typed = text.strip()
        found = matching(listed)(typed)
        if not typed or typed in {each.label for each in listed}:
            return found
        path = str(Path(typed).expanduser())
        as_typed = Choice(path, clean(typed), "as typed")
        # Who types a path to a file means it.
        return [as_typed, *found] if Path(path).is_file() else [*found, as_typed]

    return offer


def not_a_session(path: str) -> str:
    """Why a file cannot be compared with, in a sentence; nothing if it can."""
    try:
        with SessionReader(path):
            return ""
    except UserError as error:
        return clean(str(error))


def _recorded() -> list[Choice[str]]:
    try:
        files = [each for each in sessions_folder().iterdir() if each.suffix == SUFFIX]
        found = [(each.stat(), each) for each in files]
    except OSError:
        return []
    found.sort(key=lambda each: each[0].st_mtime_ns, reverse=True)
    return [
        Choice(
            str(path),
            clean(path.name),
            f"{_local_time(about.st_mtime)}, {size(about.st_size)}",
        )
        for about, path in found
    ]


def _local_time(timestamp: float) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC).astimezone():%Y-%m-%d %H:%M}"


def _is_same(path: str, other: str) -> bool:
    try:
        return Path(path).samefile(other)
    except OSError:
        return False
