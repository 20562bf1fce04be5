"""Session files (``.rtgen``): one recorded run, written chunk by chunk, read at any place.

``SessionWriter`` writes, ``SessionReader`` reads, ``repair`` makes a damaged file whole again. The
layout is described in docs/session-format.md.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.session.chunks import Chunk, ChunkEncoder, ChunkSummary
    from emulator.session.columns import as_read
    from emulator.session.errors import SessionError
    from emulator.session.file import SessionFile
    from emulator.session.format import CLEAN, End, Place, Span
    from emulator.session.header import PlainInput, SessionHeader
    from emulator.session.reader import SessionReader
    from emulator.session.records import Gap, Keyframe, Note
    from emulator.session.repairing import RepairReport, repair
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

_HOMES = {
    "chunks": ("Chunk", "ChunkEncoder", "ChunkSummary"),
    "columns": ("as_read",),
    "errors": ("SessionError",),
    "file": ("SessionFile",),
    "format": ("CLEAN", "End", "Place", "Span"),
    "header": ("PlainInput", "SessionHeader"),
    "reader": ("SessionReader",),
    "records": ("Gap", "Keyframe", "Note"),
    "repairing": ("RepairReport", "repair"),
    "writer": ("SessionWriter",),
}


def __getattr__(name: str) -> object:
    """Loads the module of a name when it is used: a core that records need not load the reader."""
    for home, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"emulator.session.{home}"), name)
    raise AttributeError(f"module 'emulator.session' has no attribute {name!r}")
