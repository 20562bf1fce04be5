"""Live runs on a clock that is moved by hand, recorded, and what was seen of them."""

import queue
from collections.abc import Mapping
from pathlib import Path

from emulator.journal import Event
from emulator.protocol import Message
from emulator.serving.clock import ManualClock
from emulator.serving.core import Core
from emulator.serving.replay import Replay, ReplayRequest, TapeStatus
from emulator.session import SessionHeader, SessionReader
from emulator.snapshot import Pace, Snapshot, from_wire
from tests.emulator.paced_fakes import MS

SECOND = 1000 * MS
NO_PACE = Pace(0.0, 0.0, 0.0, 0.0, keeps_pace=True)
PROFILE: dict[str, object] = {
    "name": "soc",
    "backends": ["npu", "gpu"],
    "models": {
        "blur": {"npu": 6.0, "gpu": 9.0},
        "chat": {
            "gpu": {"prefill_ms": {"base": 2, "per_token": 0.1}, "decode_ms": 4},
            "npu": {"prefill_ms": {"base": 1, "per_token": 0.05}, "decode_ms": 7},
        },
    },
}
SCENARIO: dict[str, object] = {
    "name": "busy",
    "streams": [
        {"name": "cam", "model": "blur", "rate_hz": 60},
        {"name": "screen", "model": "blur", "period_ms": 25, "jitter_ms": 3, "late": "drop"},
        {
            "name": "talk",
            "model": "chat",
            "arrival": {"process": "poisson", "rate_hz": 8},
            "prompt_tokens": 50,
            "output_tokens": [5, 9, 20],
            "deadline_ms": 120,
        },
    ],
}
START: Message = {"t": "start", "profile": PROFILE, "scenario": SCENARIO, "policy": "edf"}


class LiveCore:
    """A core with a real engine, moved by hand; keeps what it sends."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.sent: list[Message] = []
        self.ready = True
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.core = Core(self.clock, self._inbox, self)

    def send(self, message: Message) -> None:
        """As an outbox."""
        self.sent.append(message)

    def say(self, *messages: Mapping[str, object]) -> None:
        """Send commands and let the core take them."""
        for message in messages:
            self._inbox.put(dict(message))
        self.core.turn()

    def run_for(self, wall_ns: int) -> None:
        """Let wall time pass as the loop would."""
        until_ns = self.clock.now_ns() + wall_ns
        while (due_ns := self.core.turn()) is not None and due_ns <= until_ns:
            self.clock.move_to(due_ns)
        self.clock.move_to(until_ns)
        self.core.turn()

    def close(self, reason: str = "quit") -> None:
        """End as the process does."""
        self.core.close(reason)

    def frames(self, kind: str) -> list[Message]:
        """All frames of a kind, oldest first."""
        return [each for each in self.sent if each["t"] == kind]

    @property
    def tape(self) -> TapeStatus:
        """As of the newest snapshot."""
        found = self.frames("snapshot")[-1]["tape"]
        assert isinstance(found, TapeStatus)
        return found

    @property
    def snapshots(self) -> list[Snapshot]:
        """Oldest first."""
        return [each["s"] for each in self.frames("snapshot") if isinstance(each["s"], Snapshot)]

    @property
    def errors(self) -> list[str]:
        """Sentences of the error frames."""
        return [str(each["message"]) for each in self.frames("error")]


def compared(snapshot: Snapshot) -> Snapshot:
    """All that a replay must show as the live run did, as it comes over the wire."""
    return from_wire(snapshot._replace(run=0, state="", speed=0.0, pace=NO_PACE))


def last_of_each_instant(snapshots: list[Snapshot]) -> dict[int, Snapshot]:
    """What was seen last at each virtual time: a command may change it without time passing.

    The start is left out: there the live run showed what was before its first instant. So is an
    instant at which a command took effect after it was seen last.
    """
    newest = {line.t_ns: line.seq for each in snapshots for line in each.log}
    return {
        each.t_ns: compared(each)
        for each in snapshots
        if each.t_ns
        and newest.get(each.t_ns, -1) <= max((line.seq for line in each.log), default=-1)
    }


def replayed(path: Path, **changed: object) -> Replay:
    """A paused replay on a clock of its own."""
    request = {"path": str(path), "paused": True, **changed}
    return Replay(ReplayRequest(**request), 1, ManualClock())  # type: ignore[arg-type]


def seen_at(replay: Replay, t_ns: int) -> Snapshot:
    """What a replay shows after a seek."""
    replay.seek(t_ns)
    return compared(replay.snapshot())


def events_of(path: Path) -> list[Event]:
    """All events of a file that is clean."""
    with SessionReader(path, scan=True) as reader:
        assert reader.check()
        return list(reader.events())


def header_in(path: Path) -> SessionHeader:
    """The header of a file."""
    with SessionReader(path) as reader:
        return reader.header


def begun(**changed: object) -> LiveCore:
    """A run that has gone on for 3 s, with a swap and a mark in it."""
    live = LiveCore()
    live.say({**START, **changed})
    live.run_for(SECOND)
    live.say({"t": "swap", "policy": "llf"})
    live.run_for(SECOND)
    live.say({"t": "marker", "text": "before"})
    live.run_for(SECOND)
    return live


def recorded(path: Path, seconds: int = 4) -> LiveCore:
    """A closed recording from the start of a run, with a swap at 1 s and a mark at 2 s."""
    live = LiveCore()
    live.say({**START, "paused": True}, {"t": "record", "path": str(path)}, {"t": "resume"})
    live.run_for(SECOND)
    live.say({"t": "swap", "policy": "fcfs"})
    live.run_for(SECOND)
    live.say({"t": "marker", "text": "half time"})
    live.run_for((seconds - 2) * SECOND)
    live.say({"t": "stop-recording"})
    live.close()
    return live
