"""What the last minute would have been: equal to separate runs, alone and from the worker."""

import math
import os
import select
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import AddStreams, Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.errors import PolicyError
from emulator.journal import POLICY_FAILED
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.session.origin import Origin
from emulator.simulation import simulate
from emulator.study import counterfactual_worker
from emulator.study.counterfactual import (
    AS_IT_WAS,
    CounterfactualRequest,
    Shadow,
    counterfactual,
)
from emulator.study.counterfactual_span import SpanCounts, SpanFigures
from emulator.study.counterfactual_updates import CatchingUp, Done, Failed, Found, Update
from emulator.study.counterfactual_worker import CounterfactualWorker

SECOND = 1_000_000_000
PROFILE = {"backends": ["npu"], "models": {"m": {"npu": 10}}}
EXTRA = Scenario.model_validate(
    {"streams": [{"name": "more", "model": "mediapipe-selfie", "rate_hz": 60}]}
).streams
COMMANDS: tuple[tuple[int, Command], ...] = (
    (1 * SECOND, SwapPolicy("static")),
    (2 * SECOND, StopStream("blur")),
    (3 * SECOND + 7, AddStreams(EXTRA)),
    (5 * SECOND, SwapPolicy("edf")),
    (5 * SECOND, StartStream("blur")),
    (6 * SECOND, Mark("half")),
    (7 * SECOND, SwapPolicy("fcfs")),
)


def origin(scenario: str = "video-call", policy: str = "fcfs", seed: int = 3) -> Origin:
    """A run on the default profile."""
    return Origin(load_profile("ryzen-ai-9-hx-370"), load_scenario(scenario), policy, seed)


def request(
    of: Origin, now_ns: int, *candidates: str, span_ns: int = 4 * SECOND + 13
) -> CounterfactualRequest:
    """A request with the commands that the run has had by then."""
    commands = tuple(each for each in COMMANDS if each[0] <= now_ns)
    return CounterfactualRequest(of, commands, now_ns, candidates, span_ns)


def cut_run(of: Origin, commands: list[tuple[int, Command]], t_ns: int) -> RunResult:
    """A virtual run of its own, cut at an instant."""
    return simulate(
        of.profile,
        of.scenario,
        of.policy,
        duration_s=str(Fraction(t_ns, SECOND)),
        seed=of.seed,
        journal=False,
        drain=False,
        commands=commands,
    )


def before_span(asked: CounterfactualRequest) -> RunResult | None:
    """The virtual run up to the beginning of the span; None where it begins with the run."""
    if asked.begin_ns <= 0:
        return None
    return cut_run(asked.origin, list(asked.commands), asked.begin_ns)


def separate(asked: CounterfactualRequest, candidate: str, before: RunResult | None) -> SpanFigures:
    """The figures of the span as the difference of two virtual runs, one for each end of it."""
    begin_ns = asked.begin_ns
    swapped = [
        each
        for each in asked.commands
        if each[0] <= begin_ns or candidate == AS_IT_WAS or not isinstance(each[1], SwapPolicy)
    ]
    if candidate != AS_IT_WAS:
        swapped.append((begin_ns + 1, SwapPolicy(candidate)))
    end = cut_run(asked.origin, swapped, asked.now_ns)
    known, missed = end.summary.overall.known, end.summary.overall.missed
    tokens = end.summary.overall.output_tokens
    if before is not None:
        known -= before.summary.overall.known
        missed -= before.summary.overall.missed
        tokens -= before.summary.overall.output_tokens
    first_tokens = sorted(
        stage.first_token_ns - (stage.ready_ns or 0)
        for job in end.jobs
        for stage in job.stages
        if stage.first_token_ns is not None and stage.first_token_ns > begin_ns
    )
    rank = math.ceil(Fraction(95, 100) * len(first_tokens))
    span_ns = asked.now_ns - max(0, begin_ns)
    return SpanFigures(
        policy=candidate,
        known=known,
        missed=missed,
        output_tokens=tokens,
        ttft_p95_ms=first_tokens[rank - 1] / 1_000_000 if first_tokens else None,
        tokens_per_s=tokens * SECOND / span_ns,
    )


@pytest.mark.parametrize("now_ns", [9_500_000_017, 3_000_000_001])
@pytest.mark.parametrize("scenario", ["video-call", "overload"])
def test_figures_equal_those_of_separate_runs(scenario: str, now_ns: int) -> None:
    """Exactly, with swaps, stops and added streams in and before the span, or in a young run."""
    scenario_of_blur = origin(scenario)
    asked = request(scenario_of_blur, now_ns, "fcfs", "edf", "llf", "hybrid", AS_IT_WAS)
    found = list(counterfactual(asked))

    before = before_span(asked)
    assert found == [separate(asked, candidate, before) for candidate in asked.candidates]
    assert len({(each.known, each.missed) for each in found}) > 1


def test_one_backlog_for_all() -> None:
    """A job of before the span is known or missed under each policy alike, or not counted."""
    scenario = {
        "streams": [
            {"name": "a", "model": "m", "arrivals_ms": [0] * 4 + [100], "deadline_ms": 25},
        ]
    }
    of = Origin(load_profile(PROFILE), load_scenario(scenario), "fcfs")
    # Ends at 10, 20, 30 (late), 40 (late), 110; the deadlines of the first four pass after 25.
    asked = CounterfactualRequest(of, (), 200_000_000, ("fcfs", AS_IT_WAS), 175_000_000)
    later = CounterfactualRequest(of, (), 200_000_000, ("fcfs",), 170_000_000)

    assert [(each.known, each.missed) for each in counterfactual(asked)] == [(3, 2)] * 2
    assert [(each.known, each.missed) for each in counterfactual(later)] == [(1, 0)]


def test_what_happens_at_the_first_instant_is_of_before() -> None:
    """A span is open at its beginning and closed at its end."""
    scenario = {"streams": [{"name": "a", "model": "m", "rate_hz": 10}]}
    of = Origin(load_profile(PROFILE), load_scenario(scenario), "fcfs")
    ends_at_each = CounterfactualRequest(of, (), 210_000_000, ("edf",), 100_000_000)
    (found,) = counterfactual(ends_at_each)

    assert (found.known, found.missed, found.violation_rate) == (1, 0, 0.0)
    assert (found.ttft_p95_ms, found.tokens_per_s) == (None, None)


def test_the_candidate_takes_over_what_waits() -> None:
    """The order of a backlog that was there at the beginning of the span is the candidate's."""
    scenario = {
        "streams": [
            {"name": "loose", "model": "m", "arrivals_ms": [0] * 5, "deadline_ms": 500},
            {"name": "tight", "model": "m", "arrivals_ms": [1], "deadline_ms": 35},
        ]
    }
    of = Origin(load_profile(PROFILE), load_scenario(scenario), "fcfs")
    asked = CounterfactualRequest(of, (), 100_000_000, ("fcfs", "edf"), 85_000_000)

    assert [each.missed for each in counterfactual(asked)] == [1, 0]


def test_an_unknown_policy_is_refused() -> None:
    """In one sentence."""
    with pytest.raises(PolicyError, match=r"policy 'nope' does not exist"):
        list(counterfactual(request(origin(), SECOND, "nope")))


def test_a_shadow_follows_its_run_only() -> None:
    """It goes on with the same run, and not with another one, back, or with another past."""
    of = origin()
    asked = request(of, 8 * SECOND, "edf")
    shadow = Shadow(of)
    while not shadow.step(asked):
        pass

    assert shadow.follows(request(of, 9 * SECOND, "edf"))
    assert shadow.follows(request(origin(), 9 * SECOND, "edf"))
    assert not shadow.follows(request(of, 7 * SECOND, "edf"))
    assert not shadow.follows(request(origin(seed=4), 9 * SECOND, "edf"))
    other = CounterfactualRequest(of, COMMANDS[1:], 9 * SECOND, ("edf",), 4 * SECOND)
    assert not shadow.follows(other)


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no worker without fork")


@pytest.fixture
def worker() -> Iterator[CounterfactualWorker]:
    """A worker that is closed at the end."""
    made = CounterfactualWorker()
    yield made
    made.close()


def wait(worker: CounterfactualWorker) -> list[Update]:
    """The next updates."""
    while worker.fd is not None:
        writes = [worker._outbox.fd] if worker._outbox and worker._outbox._bytes else []
        ready, able, _ = select.select([worker.fd], writes, [], 60)
        assert ready or able, "nothing came for a minute"
        if came := worker.poll():
            return came
    return []


def updates_until_done(worker: CounterfactualWorker) -> list[Update]:
    """All updates up to the last one."""
    came: list[Update] = []
    while worker.is_busy:
        came += wait(worker)
    return came


def figures(updates: list[Update]) -> list[SpanFigures]:
    """The figures among them."""
    return [each.figures for each in updates if isinstance(each, Found)]


@needs_fork
def test_the_worker_gives_the_same_figures(worker: CounterfactualWorker) -> None:
    """One that follows the run from request to request agrees with runs made from the start."""
    of = origin()
    for now_ns in (2 * SECOND, 4 * SECOND + 5, 6 * SECOND):
        asked = request(of, now_ns, "fcfs", "hybrid", AS_IT_WAS)
        serial = worker.start(asked)
        came = updates_until_done(worker)

        assert figures(came) == list(counterfactual(asked))
        assert came[-1] == Done(serial)


@needs_fork
def test_only_the_newest_request_is_answered(worker: CounterfactualWorker) -> None:
    """What was asked before is given up, and so is what was canceled."""
    worker.start(request(origin("overload"), 9 * SECOND, "edf", "llf"))
    newest = request(origin(), 3 * SECOND, "edf")
    serial = worker.start(newest)

    assert figures(updates_until_done(worker)) == list(counterfactual(newest))
    worker.start(request(origin("overload"), 9 * SECOND, "edf", "llf"))
    worker.cancel()
    assert not worker.is_busy
    assert worker.poll() == []
    assert worker.start(newest) == serial + 2
    assert len(figures(updates_until_done(worker))) == 1


@needs_fork
def test_the_worker_says_what_is_wrong(worker: CounterfactualWorker) -> None:
    """A policy that does not exist has an error for figures; the others are told."""
    worker.start(request(origin(), SECOND, "nope", "edf"))
    wrong, right = figures(updates_until_done(worker))

    assert "'nope' does not exist" in wrong.error
    assert right.error == ""


@needs_fork
def test_a_worker_that_ends_is_started_again(worker: CounterfactualWorker) -> None:
    """Its end is told, and the next request is answered by a new one."""
    asked = request(origin(), 2 * SECOND, "edf")
    worker.start(asked)
    process = worker._process
    assert process is not None
    process.kill()
    process.wait()
    (failed,) = updates_until_done(worker)

    assert isinstance(failed, Failed)
    assert "has ended" in failed.error
    worker.start(asked)
    assert figures(updates_until_done(worker)) == list(counterfactual(asked))


@needs_fork
def test_the_worker_ends_with_its_pipe(worker: CounterfactualWorker) -> None:
    """However the core ends, the process reads the end of its pipe and ends too."""
    worker.start(request(origin(), 500 * SECOND, "edf"))
    process = worker._process
    assert process is not None
    assert process.stdin is not None
    assert isinstance(wait(worker)[0], CatchingUp)
    process.stdin.close()

    assert process.wait(timeout=60) == 0
    worker._outbox = None


def test_a_policy_that_broke_is_told() -> None:
    """Its figures are not its own: the run went on under another one."""
    counts = SpanCounts(load_profile(PROFILE), load_scenario("overload"))
    counts.feed([(POLICY_FAILED, 5, "theirs", "KeyError: 1")])
    counts.begin(10)
    assert counts.figures("mine", 20).error == ""
    counts.feed([(POLICY_FAILED, 15, "mine", "ValueError: 2")])
    assert counts.figures("mine", 20).error == "policy mine failed: ValueError: 2"


HOSTILE = """
import os
from emulator.study import counterfactual_process as process
class Shadow(process.Shadow):
    def outcome(self, request, candidate):
        if candidate == "exits":
            os._exit(0)
        while candidate == "loops":
            pass
        return super().outcome(request, candidate)
process.Shadow, process.CPU_S = Shadow, 1
process.main()
"""


@needs_fork
def test_a_hostile_policy_takes_only_its_fork_along(
    worker: CounterfactualWorker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that ends its process, or never comes back, has an error for figures."""
    (tmp_path / "hostile_process.py").write_text(HOSTILE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(counterfactual_worker, "MODULE", "hostile_process")
    worker.start(request(origin(), SECOND, "exits", "loops", "edf"))
    exits, loops, right = figures(updates_until_done(worker))

    assert "policy exits ended its process" in exits.error
    assert "policy loops ended its process, or was not done" in loops.error
    assert right == next(counterfactual(request(origin(), SECOND, "edf")))
