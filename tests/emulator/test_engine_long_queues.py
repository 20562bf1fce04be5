"""An overloaded stream that keeps its late jobs costs as little per job as an idle one."""

from collections.abc import Collection, Sequence

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine, general
from emulator.policies import BackendState, Decision, NamedPolicy, ReadySlice, Run, hybrid
from emulator.policies.base import Queue
from tests.emulator.strategies import MS, Dict

SERVICE_MS = 2
JOBS = 200
STREAM: Dict = {"name": "frames", "model": "m", "deadline_ms": "none", "late": "keep"}
PROFILE: Dict = {"backends": ["npu"], "models": {"m": {"npu": SERVICE_MS}}}


class Work:
    """What a run made and looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shown = 0
        self.looked_at = 0
        view, place = general.GeneralDispatcher._view, hybrid._place

        def counted_view(*arguments: object) -> ReadySlice:
            self.shown += 1
            return view(*arguments)  # type: ignore[arg-type]

        def counted_place(*arguments: object) -> int | None:
            self.looked_at += 1
            return place(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(general.GeneralDispatcher, "_view", counted_view)
        monkeypatch.setattr(hybrid, "_place", counted_place)


def work_behind(backlog: int) -> tuple[float, float]:
    """Slices shown and looked at under hybrid, while so many jobs wait all the time."""
    releases = [0] * backlog + [SERVICE_MS * job for job in range(JOBS)]
    scenario = load_scenario({"streams": [{**STREAM, "arrivals_ms": releases}]})
    until_ns = JOBS * SERVICE_MS * MS
    with pytest.MonkeyPatch.context() as monkeypatch:
        engine = Engine(load_profile(PROFILE), scenario, "hybrid", duration_ns=until_ns)
        engine.advance(0)
        assert engine.open_jobs == backlog + 1
        work = Work(monkeypatch)
        engine.advance(until_ns - 1)
        assert engine.open_jobs == backlog + 1
    return work.shown, work.looked_at


def test_hybrid_looks_at_as_few_slices_behind_a_long_queue() -> None:
    """Ten jobs wait, or a thousand: each is shown once, and only the heads are looked at."""
    short = work_behind(10)
    assert work_behind(1_000) == short
    assert max(short) <= 2 * JOBS


class LastFirst(hybrid.Hybrid):
    """Starts the last slice of a queue, which a policy may do."""

    def decide_queues(
        self, now_ns: int, queues: Collection[Queue], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """Whatever comes last."""
        last = [queue[-1][1] for queue in queues]
        return [Run(last[0], last[0].backends[0])] if backends[0].idle else []


def test_a_grouped_policy_may_start_any_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the head of a queue; every job ends all the same."""
    monkeypatch.setattr(
        "emulator.policies.registry.HEADLINE",
        (NamedPolicy("last-first", "", "", LastFirst()),),
    )
    scenario = load_scenario({"streams": [{**STREAM, "arrivals_ms": [0] * 5}]})
    engine = Engine(load_profile(PROFILE), scenario, "last-first")
    engine.advance(1_000 * MS)
    order = [event[3] for event in engine.drain() if event[0] == "started"]
    assert order == [4, 3, 2, 1, 0]
    assert engine.open_jobs == 0
