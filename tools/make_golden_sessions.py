"""Makes the golden session files of format version 1: ``python -m tools.make_golden_sessions``.

They are made once per format version and stay as they are for ever: every later reader must read
them. So files that exist are left alone.
"""

import io
import sys
from pathlib import Path

from emulator.catalog import load_profile, load_scenario
from emulator.commands import Command, Mark, StopStream, SwapPolicy
from emulator.engine import Engine
from emulator.journal import FIELDS, Event
from emulator.session import SessionHeader, SessionWriter
from emulator.virtual import run_virtual

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "session"
NS_PER_S = 1_000_000_000
DURATION_NS = 4 * NS_PER_S
PROFILE: dict[str, object] = {
    "name": "golden-soc",
    "backends": ["npu"],
    "models": {
        "blur": {"npu": 6},
        "llm": {"npu": {"prefill_ms": {"per_token": 0.5}, "decode_ms": 20}},
    },
}
SCENARIO: dict[str, object] = {
    "name": "golden",
    "streams": [
        {"name": "cam", "model": "blur", "rate_hz": 10, "deadline_ms": 15},
        {
            "name": "chat",
            "model": "llm",
            "arrivals_ms": [300, 2300],
            "prompt_tokens": 60,
            "output_tokens": 12,
        },
    ],
}
COMMANDS: list[tuple[int, Command]] = [
    (NS_PER_S, SwapPolicy("fcfs")),
    (2 * NS_PER_S, Mark("second speaker joins")),
    (3 * NS_PER_S, StopStream("cam")),
]
UNKNOWN = "thermal-throttled"
"""A kind of event that version 1 does not know."""


def header() -> SessionHeader:
    """The header of the run."""
    return SessionHeader(
        created_ns=1_767_225_600 * NS_PER_S,
        versions={"rtgen-tui": "0.1.0", "python": "3.11"},
        seed=7,
        profile=load_profile(PROFILE).to_dict(),
        scenario=load_scenario(SCENARIO).to_dict(),
        policy="edf",
        duration_ns=DURATION_NS,
        fields=dict(FIELDS),
    )


def from_later(events: list[Event]) -> list[Event]:
    """As a later version may write them: an unknown kind, one more field at the end of a known."""
    changed: list[Event] = []
    for event in events:
        is_end = event[0] == "completed"
        changed.append((*event, 41_500) if is_end else event)
        if is_end:
            changed.append((UNKNOWN, event[1], 0, 84, "clock 0.9", [1, [2, 3]]))
    return changed


def session(*, later: bool = False) -> bytes:
    """A closed session with a chunk a second, a note, and two keyframes."""
    engine = Engine(
        load_profile(PROFILE), load_scenario(SCENARIO), "edf", seed=7, duration_ns=DURATION_NS
    )
    file = io.BytesIO()
    writer = SessionWriter(file, header())
    seen = 0
    for second in range(1, 5):
        until_ns = second * NS_PER_S
        commands = [each for each in COMMANDS if each[0] == until_ns]
        events: list[Event] = []
        run_virtual(engine, events.extend, until_ns=until_ns, commands=commands)
        written = from_later(events) if later else events
        writer.append(written, until_ns)
        seen += len(written)
        if second == 1:
            writer.note(until_ns, "speed", {"speed": 2.0, "wall_ns": 500_000_000})
        if second in {1, 3}:
            writer.keyframe(until_ns, {"events": seen, "streams": [["cam", 0.5], None]})
    writer.close()
    return file.getvalue()


def files() -> dict[str, bytes]:
    """The golden files by name."""
    clean = session()
    third = [at for at in range(len(clean)) if clean.startswith(b"\xc1RTGE", at)][2]
    flipped = bytearray(clean)
    flipped[third + 60] ^= 0x10
    return {
        "clean.rtgen": clean,
        "torn-tail.rtgen": clean[: third + 60],
        "flipped-bit.rtgen": bytes(flipped),
        "unknown-event.rtgen": session(later=True),
    }


def main() -> int:
    """Write those that are not there; returns the exit status."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in files().items():
        path = FOLDER / name
        if path.exists():
            print(f"{path.name} exists and stays as it is")
            continue
        path.write_bytes(data)
        print(f"{path.name}: {len(data):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
