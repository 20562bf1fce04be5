"""The detail of a stream: its newest jobs, of a live run and of a session file alike."""

from pathlib import Path

import pytest

from emulator.protocol import Message
from emulator.serving.detail import DetailView
from emulator.serving.detail_jobs import MAX_JOBS
from emulator.session.replayed import finished_run
from tests.emulator.recorded_runs import SECOND, START, LiveCore

OVERLOAD: Message = {
    **START,
    "profile": "ryzen-ai-9-hx-370",
    "scenario": "overload",
    "policy": "fcfs",
    "paused": True,
}


def begun(path: Path | None = None) -> LiveCore:
    """A core that runs the overload scenario, recorded if there is a path."""
    core = LiveCore()
    core.say(OVERLOAD)
    if path is not None:
        core.say({"t": "record", "path": str(path)})
    core.say({"t": "resume"})
    return core


def detail(core: LiveCore, stream: int, until_ns: int) -> DetailView:
    """The answer to a question."""
    core.say({"t": "detail", "stream": stream, "until_ns": until_ns, "ask": 1})
    core.run_for(0)
    view = core.frames("detail")[-1]["view"]
    assert isinstance(view, DetailView)
    return view


def test_it_tells_every_job_of_the_stretch_as_the_run_ended_them(tmp_path: Path) -> None:
    """Outcome and response of each are those of the session."""
    path = tmp_path / "a.rtgen"
    core = begun(path)
    core.run_for(SECOND + SECOND // 2)
    core.say({"t": "pause"}, {"t": "stop-recording"})
    core.run_for(SECOND)
    now_ns = core.snapshots[-1].t_ns
    run = finished_run(path)
    for index, name in enumerate(run.streams):
        view = detail(core, index, now_ns)
        expected = {
            each.index: (each.outcome, each.response_ns)
            for each in run.result.jobs
            if each.stream == name and each.outcome in {"met", "late"}
        }
        told = {
            each.job: (each.outcome, each.took_ns)
            for each in view.jobs
            if each.outcome in {"met", "late"}
        }
        assert told == expected
        assert view.name == name
    core.close()


def test_an_answer_that_is_kept_up_equals_one_that_is_read_at_once() -> None:
    """However often it was asked for on the way, at most 200 jobs that ended."""
    often, once = begun(), begun()
    for step in range(1, 33):
        often.run_for(SECOND // 4)
        detail(often, 3, step * SECOND // 4)
    once.run_for(8 * SECOND)
    told = [detail(core, 3, 8 * SECOND) for core in (often, once)]

    assert told[0] == told[1]
    assert sum(each.outcome != "running" for each in told[0].jobs) == MAX_JOBS
    often.close()
    once.close()


def test_a_replay_tells_what_was_known_at_its_instant(tmp_path: Path) -> None:
    """Also after going back; later events of the file stay unknown."""
    path = tmp_path / "a.rtgen"
    live, replay = begun(path), LiveCore()
    seen = {}
    for second in (1, 2, 3):
        live.run_for(SECOND)
        seen[second] = detail(live, 1, second * SECOND)
    live.say({"t": "stop-recording"})
    live.run_for(SECOND)
    replay.say({"t": "replay", "path": str(path), "paused": True})
    for second in (3, 1, 2):
        assert detail(replay, 1, second * SECOND) == seen[second]
    live.close()
    replay.close()


def test_tokens_and_the_worst_miss_are_told() -> None:
    """Of an LLM its first tokens and gaps; the worst miss is late by the most."""
    core = begun()
    core.run_for(14 * SECOND)
    view = detail(core, 6, 14 * SECOND)
    (stage,) = view.stages
    assert stage.first_tokens
    assert all(gap_ns > 0 for _, gap_ns in stage.gaps)
    late = detail(core, 3, 14 * SECOND)
    over = {
        each.job: each.took_ns - each.allowed_ns
        for each in late.jobs
        if each.outcome == "late" and each.allowed_ns is not None
    }
    assert late.worst is not None
    assert over[late.worst[0]] == max(over.values())
    core.close()


@pytest.mark.parametrize("message", [{"stream": 99}, {"stream": -1}, {"stream": "x"}])
def test_a_stream_that_is_none_is_refused(message: Message) -> None:
    """In a sentence."""
    core = begun()
    core.run_for(SECOND)
    core.say({"t": "detail", "until_ns": 0, "ask": 1, **message})
    core.run_for(0)
    told = [str(each.get("error", "")) for each in core.frames("detail")] + core.errors
    assert "stream" in told[-1]
    core.close()


def test_inputs_are_what_the_run_goes_by_now() -> None:
    """With streams that were added or changed; a changed one is as it was told to be."""
    core = begun()
    core.run_for(SECOND)
    spec = {"name": "blur", "model": "mediapipe-selfie", "rate_hz": 15, "late": "drop"}
    core.say(
        {"t": "change-stream", "stream": "blur", "spec": spec},
        {"t": "add-stream", "scenario": "overload", "stream": "code"},
        {"t": "inputs", "ask": 5},
    )
    core.run_for(SECOND)
    (told,) = core.frames("inputs")
    streams = told["streams"]
    assert isinstance(streams, list)
    assert [each["name"] for each in streams][-1] == "code-2"
    assert streams[0]["rate_hz"] == 15
    assert told["policy"] == "fcfs"
    assert core.snapshots[-1].streams[0].target_hz == 15
    assert core.snapshots[-1].scenario == "overload +1"
    core.close()


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"name": "blur", "model": "mediapipe-selfie"}, "give one of rate_hz"),
        ({"name": "blur", "model": "eye-gaze", "rate_hz": 1}, "a stream that runs keeps it"),
        ("fast", "expected a table"),
        (None, "expected a table"),
    ],
)
def test_a_change_that_is_none_is_refused(spec: object, says: str) -> None:
    """In a sentence; the run goes on."""
    core = begun()
    core.say({"t": "change-stream", "stream": "blur", "spec": spec})
    assert says in core.errors[-1]
    core.close()
