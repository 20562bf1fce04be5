"""The recorded sessions of a folder, each as one row of figures from its header and its end."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.errors import UserError
from emulator.session import CLEAN, SessionReader
from emulator.session.folder import SUFFIX
from emulator.session.repairing import RECOVERED

GROWING_S: Final = 5.0
"""A file without an end to which nothing was added for so long is not being written any more."""
MAX_FILES: Final = 2_000
"""The newest of a folder that are listed."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One session file."""

    path: str
    size: int
    modified_s: float
    """Unix time of the last change."""
    state: str
    """``clean``, ``recovered`` (something may be missing), ``recording`` or ``unreadable``."""
    created_s: float = 0.0
    """Unix time at which the recording began."""
    scenario: str = ""
    profile: str = ""
    policy: str = ""
    seed: int = 0
    length_s: float = 0.0
    jobs: int = 0
    misses: int = 0
    swaps: int = 0
    marks: int = 0
    problems: tuple[str, ...] = ()
    """What is wrong with it, a sentence each; of an unreadable file the reason."""
    ended: str = ""
    """Why the recording ended, if not because it was closed."""

    @property
    def name(self) -> str:
        """Of the file, without its folder."""
        return Path(self.path).name


def files_of(folder: Path) -> list[tuple[Path, int, float]]:
    """Path, bytes and time of the last change of a folder's sessions, newest first."""
    found = []
    try:
        for each in folder.iterdir():
            if each.suffix == SUFFIX:
                about = each.stat()
                found.append((each, about.st_size, about.st_mtime))
    except OSError:
        return []
    found.sort(key=lambda each: (-each[2], each[0].name))
    return found[:MAX_FILES]


def rows_of(folder: Path, known: Mapping[str, SessionRow]) -> Iterator[SessionRow]:
    """The rows of a folder, newest first; files that have not changed are not read again."""
    for path, size, modified_s in files_of(folder):
        before = known.get(str(path))
        if before is not None and (before.size, before.modified_s) == (size, modified_s):
            is_settled = before.state != "recording"
            if is_settled or time.time() - modified_s < GROWING_S:
                yield before
                continue
        yield read_row(path, size, modified_s)


def read_row(path: Path, size: int, modified_s: float) -> SessionRow:
    """The row of a file, all of which is looked at: an hour of recording takes 0.05 s."""
    try:
        with SessionReader(path, scan=True) as reader:
            return _row(reader, str(path), size, modified_s)
    except UserError as error:
        return SessionRow(str(path), size, modified_s, "unreadable", problems=(str(error),))


def _row(reader: SessionReader, path: str, size: int, modified_s: float) -> SessionRow:
    header, spans, end = reader.header, reader.spans, reader.end
    is_growing = end is None and time.time() - modified_s < GROWING_S
    is_whole = reader.clean and end is not None and end.reason != RECOVERED
    state = "recording" if is_growing else "clean" if is_whole else "recovered"
    return SessionRow(
        path,
        size,
        modified_s,
        state,
        created_s=header.created_ns / 1e9,
        scenario=str(header.scenario.get("name", "")),
        profile=str(header.profile.get("name", "")),
        policy=header.policy,
        seed=header.seed,
        length_s=(reader.t_end_ns - header.begins_ns) / 1e9,
        jobs=sum(each.jobs for each in spans),
        misses=sum(each.misses for each in spans),
        swaps=sum(each.swaps for each in spans),
        marks=sum(each.marks for each in spans),
        problems=() if is_growing else reader.problems,
        ended="" if end is None or end.reason in {CLEAN, RECOVERED} else end.reason,
    )
