"""The core answers questions about its journal, of a live run and of a session file alike."""

from pathlib import Path

import pytest

from emulator.protocol import Message
from emulator.serving import live, questions
from emulator.timeline.window import WindowView
from tests.emulator.recorded_runs import SECOND, START, LiveCore, begun

WINDOW: Message = {"t": "window", "from_ns": 0, "column_ns": 10_000_000, "columns": 100, "ask": 1}


def window(core: LiveCore, **changed: object) -> WindowView:
    """The newest answer to a window."""
    core.say({**WINDOW, **changed})
    core.run_for(0)
    view = core.frames("window")[-1]["view"]
    assert isinstance(view, WindowView)
    return view


def test_a_live_run_shows_its_newest_slices_too() -> None:
    """What is in no chunk yet is there; later the same stretch is the same."""
    core = begun()
    now_ns = 3 * SECOND
    newest = window(core, from_ns=now_ns - SECOND)
    core.run_for(SECOND)
    again = window(core, from_ns=now_ns - SECOND)

    assert newest.slices
    assert again.slices is not None
    assert newest.ends_ns == now_ns
    ended = [each for each in newest.slices if each.end_ns > 0]
    assert ended == [each for each in again.slices if 0 < each.end_ns <= now_ns]


def test_a_replay_of_a_run_answers_as_the_run_did(tmp_path: Path) -> None:
    """Windows, jobs and incidents of the file equal those of the run."""
    path = str(tmp_path / "a.rtgen")
    live, replay = LiveCore(), LiveCore()
    live.say({**START, "paused": True}, {"t": "record", "path": path}, {"t": "resume"})
    live.run_for(SECOND)
    live.say({"t": "swap", "policy": "fcfs"})
    live.run_for(3 * SECOND)
    live.say({"t": "stop-recording"}, {"t": "pause"})
    replay.say({"t": "replay", "path": path, "paused": True})
    replay.run_for(SECOND)
    for core in (live, replay):
        core.sent.clear()
        for column_ns in (5_000_000, 20_000_000, 250_000_000):
            window(core, column_ns=column_ns)
        core.say({"t": "find", "t_ns": 0, "direction": 1, "ask": 2})
        core.say({"t": "find", "t_ns": 3 * SECOND, "direction": -1, "ask": 3})
        core.say({"t": "job", "stream": 0, "job": 10, "near_ns": 2 * SECOND, "ask": 4})
        core.run_for(0)

    kinds = {"window", "job", "find"}
    told = [[each for each in core.sent if each["t"] in kinds] for core in (live, replay)]
    for one, other in zip(*told, strict=True):
        view, others = one.get("view"), other.get("view")
        if isinstance(view, WindowView) and isinstance(others, WindowView):
            assert view._replace(ends_ns=0) == others._replace(ends_ns=0)
        else:
            assert one == other
    for core in (live, replay):
        core.close()
    assert len(told[0]) == 6
    assert all("error" not in each for each in told[0])


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ({**WINDOW, "columns": 0}, "'columns' from 1"),
        ({**WINDOW, "column_ns": 0}, "'column_ns' is from 1"),
        ({**WINDOW, "from_ns": "x"}, "'from_ns' must be a whole number"),
        ({"t": "job", "stream": -1}, "'stream' must be a whole number"),
        ({"t": "find", "t_ns": 0, "direction": 3}, "'direction' must be 1 or -1"),
        ({"t": "find", "t_ns": 0, "direction": 1, "streams": "all"}, "'streams' is a list"),
    ],
)
def test_a_question_that_is_none_is_refused(message: Message, says: str) -> None:
    """In a sentence; the run goes on."""
    core = begun()
    core.say(message)

    assert says in core.errors[-1]
    assert core.snapshots


def test_a_job_that_is_not_there_is_answered_so() -> None:
    """With the number of the question, and why."""
    core = begun()
    core.say({"t": "job", "stream": 99, "job": 1, "near_ns": 0, "ask": 7})
    core.run_for(0)
    (answer,) = core.frames("job")

    assert answer["ask"] == 7
    assert "not in what is kept" in str(answer["error"])


def test_questions_change_nothing() -> None:
    """A run that is asked has the same figures as one that is not."""
    asked, quiet = begun(), begun()
    for _ in range(5):
        window(asked)
        asked.run_for(SECOND // 5)
    quiet.run_for(SECOND)
    for core in (asked, quiet):
        core.say({"t": "pause"})
        core.run_for(SECOND)

    assert asked.snapshots[-1]._replace(pace=quiet.snapshots[-1].pace) == quiet.snapshots[-1]


def test_both_kinds_of_run_know_every_question() -> None:
    """Their kinds stand where they cost no import, too."""
    assert set(questions.QUESTIONS) == live.QUESTIONS
