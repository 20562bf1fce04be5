"""Session files (``.rtgen``): one recorded run, written chunk by chunk, read at any place.

``SessionWriter`` writes, ``SessionReader`` reads, ``repair`` makes a damaged file whole again. The
layout is described in docs/session-format.md.
"""

from emulator.session.chunks import Chunk, ChunkEncoder, ChunkSummary
from emulator.session.columns import as_read
from emulator.session.errors import SessionError
from emulator.session.file import SessionFile
from emulator.session.format import CLEAN, End, Place, Span
from emulator.session.header import PlainInput, SessionHeader
from emulator.session.reader import SessionReader
from emulator.session.records import Gap, Keyframe, Note
from emulator.session.repair import RepairReport, repair
from emulator.session.writer import SessionWriter

__all__ = [
    "CLEAN",
    "Chunk",
    "ChunkEncoder",
    "ChunkSummary",
    "End",
    "Gap",
    "Keyframe",
    "Note",
    "Place",
    "PlainInput",
    "RepairReport",
    "SessionError",
    "SessionFile",
    "SessionHeader",
    "SessionReader",
    "SessionWriter",
    "Span",
    "as_read",
    "repair",
]
