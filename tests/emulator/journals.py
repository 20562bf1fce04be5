"""Journals written by hand: a small SoC, a few streams, and the events as plain tuples."""

from collections.abc import Sequence

from emulator import journal
from emulator.catalog import load_profile, load_scenario
from emulator.journal import DECODE, INFERENCE, PREFILL, Event
from emulator.metrics import Metrics
from emulator.profile import Profile
from emulator.result import ResultBuilder, RunResult
from emulator.scenario import Scenario
from emulator.snapshot import Pace, Snapshot, StreamView

MS = 1_000_000
S = 1_000 * MS
NPU, GPU = 0, 1
PACE = Pace(0.1, 0.2, 0.3, 1.0, keeps_pace=True)

PROFILE: dict[str, object] = {
    "name": "soc",
    "backends": [{"name": "npu", "title": "The NPU"}, "gpu"],
    "models": {
        "blur": {"npu": 6, "gpu": 9},
        "asr": {"npu": 50, "gpu": 40},
        "llm": {
            "npu": {"prefill_ms": {"per_token": 0.5}, "decode_ms": 20},
            "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 10},
        },
        "tts": {"gpu": 5},
    },
}
CAM: dict[str, object] = {"name": "cam", "model": "blur", "period_ms": 10}
CHAT: dict[str, object] = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0, 400],
    "prompt_tokens": 100,
    "output_tokens": 5,
    "ttft_ms": 100,
    "tpot_ms": 20,
}
NPC: dict[str, object] = {
    "name": "npc",
    "period_ms": 1000,
    "deadline_ms": "none",
    "stages": [
        {"name": "think", "model": "llm", "prompt_tokens": 100, "output_tokens": 5},
        {
            "name": "speak",
            "model": "tts",
            "after": [{"stage": "think", "stream": True}],
            "slices_per_tokens": 2,
            "first_output_deadline_ms": 80,
        },
    ],
}


def profile() -> Profile:
    """The small SoC."""
    return load_profile(PROFILE)


def scenario(*streams: dict[str, object]) -> Scenario:
    """A scenario of these streams."""
    return load_scenario({"name": "handmade", "streams": list(streams)})


def begin(given: Scenario) -> list[Event]:
    """The streams of the scenario are there from the start."""
    events: list[Event] = []
    for index, stream in enumerate(given.streams):
        events.append((journal.STREAM_ADDED, 0, index, stream.name, None))
        events.append((journal.STREAM_STARTED, 0, index))
    return events


def released(
    ms: float,
    stream: int,
    job: int,
    deadline_ms: float | None = None,
    tokens: Sequence[Sequence[int] | None] | None = None,
) -> Event:
    """A release; the deadline is absolute."""
    deadline = None if deadline_ms is None else ns(deadline_ms)
    return (journal.RELEASED, ns(ms), stream, job, deadline, tokens)


def started(
    ms: float, stream: int, job: int, backend: int, stage: int = 0, phase: int = INFERENCE
) -> Event:
    """The start of a slice."""
    return (journal.STARTED, ns(ms), stream, job, stage, backend, phase, 0)


def finished(
    begin_ms: float,
    end_ms: float,
    stream: int,
    job: int,
    backend: int,
    stage: int = 0,
    phase: int = INFERENCE,
    outputs: int = 1,
    total: int = 1,
) -> Event:
    """The end of a slice."""
    produced = (outputs, total)
    place = (stream, job, stage, backend, phase, 0)
    return (journal.FINISHED, ns(end_ms), *place, ns(begin_ms), *produced)


def ran(
    begin_ms: float, end_ms: float, stream: int, job: int, backend: int, stage: int = 0
) -> list[Event]:
    """One inference from its start to its end."""
    return [
        started(begin_ms, stream, job, backend, stage),
        finished(begin_ms, end_ms, stream, job, backend, stage),
    ]


def prefilled(
    begin_ms: float, end_ms: float, stream: int, job: int, backend: int, total: int
) -> list[Event]:
    """A whole prefill of the first stage, whose end is the first token."""
    return [
        started(begin_ms, stream, job, backend, 0, PREFILL),
        finished(begin_ms, end_ms, stream, job, backend, 0, PREFILL, 1, total),
    ]


def decoded(
    begin_ms: float, end_ms: float, stream: int, job: int, backend: int, token: int, total: int
) -> list[Event]:
    """One more token of the first stage."""
    return [
        started(begin_ms, stream, job, backend, 0, DECODE),
        finished(begin_ms, end_ms, stream, job, backend, 0, DECODE, token, total),
    ]


def completed(ms: float, stream: int, job: int, outcome: str = "met", cause: str = "") -> Event:
    """The end of a job."""
    return (journal.COMPLETED, ns(ms), stream, job, outcome, cause)


def dropped(
    ms: float, stream: int, job: int, reason: str = "early-drop", cause: str = "avoidable"
) -> Event:
    """A job is given up."""
    return (journal.DROPPED, ns(ms), stream, job, reason, cause)


def ns(ms: float) -> int:
    """Milliseconds as whole nanoseconds."""
    return round(ms * MS)


def metrics(given: Scenario, events: Sequence[Event] = (), policy: str = "edf") -> Metrics:
    """Metrics that have seen the begin and these events."""
    made = Metrics(profile(), given, policy, seed=7, policies=[("edf", "earliest first")])
    made.feed(begin(given))
    made.feed(events)
    return made


def snapshot(given: Scenario, events: Sequence[Event], at_ms: float) -> Snapshot:
    """What the screen shows at an instant."""
    return metrics(given, events).snapshot(ns(at_ms), state="running", speed=1.0, pace=PACE)


def result(given: Scenario, events: Sequence[Event], end_ms: float) -> RunResult:
    """The result of a run with these events."""
    builder = ResultBuilder(profile(), given)
    builder.feed(begin(given))
    builder.feed(events)
    return builder.result(ns(end_ms), events)


def stream_at(spec: dict[str, object], events: Sequence[Event], at_ms: float) -> StreamView:
    """The view of the only stream at an instant."""
    return snapshot(scenario(spec), events, at_ms).streams[0]


ONE_LATE = [
    released(0, 0, 0, 10),
    *ran(0, 6, 0, 0, NPU),
    completed(6, 0, 0),
    released(10, 0, 1, 20),
    *ran(12, 24, 0, 1, NPU),
    completed(24, 0, 1, "late", "avoidable"),
]
"""Two frames, the second late by 4 ms."""
