"""Making a session file whole again: what is intact is kept, the rest is left out."""

import os
import shutil
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from emulator.session import columns
from emulator.session.chunks import Chunk
from emulator.session.contents import Contents, Problems
from emulator.session.errors import DamageError
from emulator.session.file import SessionFile
from emulator.session.format import EVENTS, HEADER, KEYFRAME, NOTE, PREAMBLE, Place, Span, frame
from emulator.session.header import SessionHeader
from emulator.session.index import summary_of
from emulator.session.packing import unpack, unpack_body
from emulator.session.reader import SessionReader
from emulator.session.records import note_from
from emulator.session.scan import Frame
from emulator.session.source import Source

RECOVERED: Final = "recovered"
"""The reason in the end chunk of a file that had none."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was done."""

    path: Path
    """The file that is whole now."""
    changed: bool
    """False: nothing was wrong with it, so it was left as it is."""
    events: int
    problems: tuple[str, ...]
    """What was wrong, a sentence each."""


def repair(path: Path | str, to: Path | str | None = None) -> RepairReport:
    """Write the intact chunks of a session with a new index and end, in place of it or elsewhere.

    The new file appears under its name at once, whole or not at all. A file that is still being
    written must be left alone.

    Raises:
        SessionError: no session, its header is lost, or the new file cannot be written.
    """
    source_path = Path(path).resolve()
    with SessionReader(path) as reader:
        is_clean = reader.check()
        problems, end = reader.problems, reader.end
        events = sum(span.events for span in reader.spans)
    if is_clean and to is None:
        return RepairReport(source_path, changed=False, events=events, problems=())
    target = source_path if to is None else Path(to).resolve()
    reason = RECOVERED if end is None else end.reason
    with closing(Source(source_path)) as source:
        try:
            events = _replace(target, source_path, source, reason)
        except OSError as error:
            why = error.strerror or error
            raise source.error(f"cannot be repaired: {target.name}: {why}") from None
    return RepairReport(target, changed=True, events=events, problems=problems)


def _replace(target: Path, like: Path, source: Source, reason: str) -> int:
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            events = _copy(source, file, reason)
            os.fsync(file.fileno())
        shutil.copymode(like, name)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return events


def _copy(source: Source, file: BinaryIO, reason: str) -> int:
    """Write what is intact; returns the number of events."""
    contents = Contents(Problems())
    header = _header(source)
    contents.take(header)
    written = SessionFile(file, _chunk(header))
    for found in source.scan(PREAMBLE.size, source.size()):
        is_wanted = isinstance(found, Frame) and found.kind != HEADER and _decodes(found)
        if is_wanted and contents.take(found):
            written.append(_chunk(cast("Frame", found)))
    return written.close(reason).events


def _header(source: Source) -> Frame:
    for found in source.scan(PREAMBLE.size, source.size()):
        if isinstance(found, Frame) and found.kind == HEADER:
            try:
                SessionHeader.from_body(found.body)
            except DamageError:
                continue
            return found
    raise source.error("has no intact header")


def _decodes(found: Frame) -> bool:
    """Whether a reader can use the chunk; chunks of unknown kinds are kept as they are."""
    try:
        if found.kind == EVENTS:
            columns.decode(unpack_body(found.body), summary_of(Span, unpack(found.summary)))
        elif found.kind == KEYFRAME:
            unpack_body(found.body)
        elif found.kind == NOTE:
            note_from(summary_of(Place, unpack(found.summary)), unpack_body(found.body))
    except DamageError:
        return False
    return True


def _chunk(found: Frame) -> Chunk:
    summary: Span | Place | None = None
    if found.kind == EVENTS:
        summary = summary_of(Span, unpack(found.summary))
    elif found.kind in {KEYFRAME, NOTE}:
        summary = summary_of(Place, unpack(found.summary))
    return Chunk.of_frame(found.kind, summary, frame(found.kind, found.summary, found.body))
