"""Small runs and their session headers, for the tests of sessions."""

import io
from collections.abc import Iterable, Sequence
from typing import Final

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.journal import Event
from emulator.session import SessionHeader, SessionReader, SessionWriter

NS_PER_S: Final = 1_000_000_000
PROFILE: Final[dict[str, object]] = {
    "format": 1,
    "name": "soc",
    "backends": ["npu", "gpu"],
    "models": {
        "blur": {"npu": 6, "gpu": 9},
        "llm": {
            "npu": {"prefill_ms": {"per_token": 0.5}, "decode_ms": 20},
            "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 10},
        },
    },
}
SCENARIO: Final[dict[str, object]] = {
    "format": 1,
    "name": "small",
    "streams": [
        {"name": "cam", "model": "blur", "rate_hz": 8, "deadline_ms": 20},
        {
            "name": "chat",
            "model": "llm",
            "arrival": {"process": "poisson", "mean_interval_s": 2},
            "prompt_tokens": 100,
            "output_tokens": 5,
        },
    ],
}


def machine(seed: int = 0) -> Engine:
    """A small run before its first instant."""
    return Engine(load_profile(PROFILE), load_scenario(SCENARIO), "edf", seed=seed)


def header_of(seed: int = 0, **changed: object) -> SessionHeader:
    """The header of that run."""
    given: dict[str, object] = {
        "created_ns": 1_770_000_000_000_000_000,
        "versions": {"rtgen-tui": "0.1.0", "python": "3.11.7"},
        "seed": seed,
        "profile": load_profile(PROFILE).to_dict(),
        "scenario": load_scenario(SCENARIO).to_dict(),
        "policy": "edf",
    }
    return SessionHeader(**(given | changed))  # type: ignore[arg-type]


def recorded(
    parts: Iterable[Sequence[Event]], *, closed: bool = True, header: SessionHeader | None = None
) -> bytes:
    """A file with a chunk, a keyframe and a note for each part."""
    file = io.BytesIO()
    header = header or header_of()
    writer = SessionWriter(file, header)
    reached_ns = header.begins_ns
    seen = 0
    for part in parts:
        seen += len(part)
        reached_ns = max([reached_ns, *(int(str(event[1])) for event in part)])
        writer.append(part, reached_ns)
        writer.keyframe(reached_ns, {"seen": seen})
    if closed:
        writer.close()
    return file.getvalue()


def events_in(reader: SessionReader) -> list[Event]:
    """All events that can be read."""
    return list(reader.events())
