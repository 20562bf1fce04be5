"""The result of a recording: the same as of the run, and whole jobs only where it has holes."""

from pathlib import Path

import pytest

from emulator import journal
from emulator.result import ResultBuilder, RunResult
from emulator.session import SessionError, SessionReader
from emulator.session.replayed import FinishedRun, finished_run
from emulator.session.run_inputs import run_inputs
from tests.emulator.session import steered
from tests.emulator.session.sessions import NS_PER_S, header_of
from tests.emulator.session.steered import ran, write

COMMANDS = [(NS_PER_S, steered.added())]


def built(events: list[journal.Event], end_ns: int) -> RunResult:
    """The result of a journal."""
    inputs = run_inputs(header_of(), "")
    builder = ResultBuilder(inputs.profile, inputs.scenario)
    builder.feed(events)
    return builder.result(end_ns)


def end_of(path: Path) -> int:
    """Where a recording ends."""
    with SessionReader(path) as reader:
        return reader.t_end_ns


def check_whole(run: FinishedRun, whole: RunResult) -> int:
    """Every job of the run is one of the whole run's; how many there are."""
    known = {(job.stream, job.index): job for job in whole.jobs}
    for job in run.result.jobs:
        assert known[job.stream, job.index] == job
    return len(run.result.jobs)


def test_whole_recording(tmp_path: Path) -> None:
    """Jobs, figures and the streams that came by a command."""
    events = ran(COMMANDS)
    path = write(tmp_path / "a.rtgen", events)
    run = finished_run(path)

    assert run.result == built(events, end_of(path))
    assert list(run.streams) == ["cam", "chat", "extra"]
    assert run.covered_ns == end_of(path)


def test_recording_from_mid_run_has_whole_jobs_only(tmp_path: Path) -> None:
    """Jobs that were open when it began are left out, and rates count from there."""
    events = ran(COMMANDS)
    first = steered.first_after(events, 2 * NS_PER_S)
    header = steered.cut_in(events, first, COMMANDS)
    path = write(tmp_path / "a.rtgen", events[first:], header=header)
    run = finished_run(path)
    released = [event for event in events[first:] if event[0] == journal.RELEASED]

    assert check_whole(run, built(events, end_of(path))) == len(released)
    assert "extra" in run.streams
    assert any("into the run" in words for words in run.notes)
    busy = sum(
        int(str(e[1])) - max(int(str(e[8])), header.begins_ns)
        for e in events[first:]
        if e[0] == journal.FINISHED
    )
    assert sum(run.busy_ns.values()) == busy
    shares = run.result.summary.utilization.values()
    assert sum(share or 0 for share in shares) == pytest.approx(busy / run.covered_ns)


def test_gap_costs_the_jobs_that_were_open(tmp_path: Path) -> None:
    """What is missing is said, and no half job is counted."""
    events = ran(COMMANDS)
    path = write(tmp_path / "a.rtgen", events, leave_out=[2, 3], size=15)
    run = finished_run(path)

    assert 0 < check_whole(run, built(events, end_of(path))) < len(built(events, 0).jobs)
    assert any("30 events are missing" in words for words in run.problems)


def test_lost_beginning(tmp_path: Path) -> None:
    """The streams of the header's scenario are known without their first events."""
    events = ran()
    run = finished_run(write(tmp_path / "a.rtgen", events, leave_out=[0], size=15))

    assert list(run.streams) == ["cam", "chat"]
    assert run.result.jobs


def test_failed_policy_is_told(tmp_path: Path) -> None:
    """A run that went on under another policy says so."""
    events = ran()
    at = next(n for n, event in enumerate(events) if event[1] != 0)
    events.insert(at, (journal.POLICY_FAILED, 0, "mine", "ValueError: no"))
    run = finished_run(write(tmp_path / "a.rtgen", events))

    assert run.notes == ("policy mine failed at 0.000 s: ValueError: no",)


def test_journal_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """One sentence that names the file."""
    events: list[journal.Event] = [(journal.COMPLETED, 0, 7, 0, "met", "")]

    with pytest.raises(SessionError, match=r"session .*a\.rtgen: the journal does not fit"):
        finished_run(write(tmp_path / "a.rtgen", events))


@pytest.mark.parametrize("key", ["profile", "scenario"])
def test_header_that_holds_no_run(key: str, tmp_path: Path) -> None:
    """A table that is no profile or scenario is refused."""
    table = {"name": 3}
    header = header_of(profile=table) if key == "profile" else header_of(scenario=table)
    path = write(tmp_path / "a.rtgen", [], header=header)

    with pytest.raises(SessionError, match=r"a\.rtgen holds a run that cannot be made again"):
        finished_run(path)
