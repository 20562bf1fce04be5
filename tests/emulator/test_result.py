"""Results of journals written by hand."""

import pytest

from emulator import journal
from emulator.journal import Event
from emulator.metrics import JournalError
from emulator.result import JobResult, ResultBuilder, SliceResult
from tests.emulator import journals
from tests.emulator.journals import CAM, CHAT, GPU, NPC, NPU, ns


def jobs_of(spec: dict[str, object], events: list[Event], end_ms: float) -> tuple[JobResult, ...]:
    """The jobs of a run with one stream."""
    return journals.result(journals.scenario(spec), events, end_ms).jobs


def test_a_job_that_was_met() -> None:
    """Every instant of it stands in the result."""
    events = [
        journals.released(10, 0, 0, 20),
        *journals.ran(12, 18, 0, 0, NPU),
        journals.completed(18, 0, 0),
    ]
    (job,) = jobs_of(CAM, events, 20)
    assert (job.stream, job.index, job.release_ns, job.deadline_ns) == ("cam", 0, ns(10), ns(20))
    assert (job.start_ns, job.finish_ns, job.response_ns) == (ns(12), ns(18), ns(8))
    assert (job.outcome, job.reason, job.cause, job.missed) == ("met", "", "", False)
    (stage,) = job.stages
    assert (stage.name, stage.model, stage.outcome) == ("cam", "blur", "met")
    assert (stage.ready_ns, stage.start_ns, stage.finish_ns) == (ns(10), ns(12), ns(18))
    assert (stage.deadline_ns, stage.first_token_ns) == (ns(20), None)
    assert (stage.prompt_tokens, stage.output_tokens) == (None, None)


def test_a_slice_unpacks() -> None:
    """(backend, start_ns, end_ns), by position as by name."""
    (job,) = jobs_of(CAM, [journals.released(0, 0, 0, 10), *journals.ran(0, 6, 0, 0, GPU)], 6)
    ((backend, start_ns, end_ns),) = job.stages[0].slices
    assert (backend, start_ns, end_ns) == ("gpu", 0, ns(6))
    assert job.stages[0].slices[0] == SliceResult("gpu", 0, ns(6))


def test_a_late_job_keeps_its_cause() -> None:
    """The verdict is the journal's."""
    events = [
        journals.released(0, 0, 0, 10),
        *journals.ran(10, 16, 0, 0, NPU),
        journals.completed(16, 0, 0, "late", "backlog"),
    ]
    (job,) = jobs_of(CAM, events, 20)
    assert (job.outcome, job.cause, job.missed, job.response_ns) == (
        "late",
        "backlog",
        True,
        ns(16),
    )
    assert job.stages[0].outcome == "late"


def test_a_dropped_job_has_no_finish() -> None:
    """Not even when slices of it have run."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5]]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
        journals.dropped(60, 0, 0, "policy", ""),
    ]
    (job,) = jobs_of(CHAT, events, 100)
    assert (job.outcome, job.reason, job.cause, job.missed) == ("dropped", "policy", "", None)
    assert (job.start_ns, job.finish_ns, job.response_ns) == (0, None, None)
    (stage,) = job.stages
    assert (stage.finish_ns, stage.outcome, stage.first_token_ns) == (None, "dropped", ns(50))
    assert [each.end_ns for each in stage.slices] == [ns(50)]


def test_a_stage_that_finished_before_the_drop_did_finish() -> None:
    """What happened is not taken back: only the stages that were given up have no finish."""
    events = [
        journals.released(0, 0, 0, None, [[100, 1], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 1),
        (journal.READY, ns(50), 0, 0, 1),
        journals.dropped(60, 0, 0),
    ]
    (job,) = jobs_of(NPC, events, 100)
    assert job.finish_ns is None
    assert [each.finish_ns for each in job.stages] == [ns(50), None]
    assert [each.outcome for each in job.stages] == ["met", "dropped"]


def test_a_skipped_job_asked_for_nothing() -> None:
    """It ends when that is decided, and has no response time and no fate."""
    events = [
        journals.released(0, 0, 0, 10),
        (journal.SKIPPED, 0, 0, 0, 0),
        journals.completed(0, 0, 0, "skipped"),
    ]
    (job,) = jobs_of({**CAM, "probability": 0.5}, events, 10)
    assert (job.outcome, job.missed, job.response_ns, job.finish_ns) == ("skipped", None, None, 0)
    assert (job.stages[0].outcome, job.stages[0].ready_ns) == ("skipped", None)


@pytest.mark.parametrize(("end_ms", "missed"), [(10, None), (10.001, True)])
def test_a_job_that_is_cut_is_overdue_after_its_deadline(
    end_ms: float, missed: bool | None
) -> None:
    """At its deadline nothing is known yet; a starved job counts from right after it."""
    events = [journals.released(0, 0, 0, 10), journals.started(8, 0, 0, NPU)]
    (job,) = jobs_of(CAM, events, end_ms)
    assert (job.outcome, job.missed, job.overdue) == ("running", missed, missed is True)
    assert (job.start_ns, job.finish_ns) == (ns(8), None)
    assert job.stages[0].slices == (SliceResult("npu", ns(8), None),)


def test_a_running_job_is_overdue_by_a_stage_that_was_late() -> None:
    """A first output after its deadline is a miss, although the job goes on."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
        *journals.decoded(50, 80, 0, 0, NPU, 2, 5),
        (journal.READY, ns(80), 0, 0, 1),
        journals.started(80, 0, 0, GPU, 1),
        journals.finished(80, 85, 0, 0, GPU, 1, outputs=1, total=3),
    ]
    (job,) = jobs_of(NPC, events, 86)
    assert (job.outcome, job.missed, job.deadline_ns) == ("running", True, None)


def test_a_stage_has_its_own_deadline_or_the_jobs() -> None:
    """Absolute in both cases, and each stage is judged by its one."""
    stream = {
        "name": "pair",
        "period_ms": 100,
        "stages": [
            {"name": "a", "model": "blur", "deadline_ms": 5},
            {"name": "b", "model": "blur", "after": ["a"]},
        ],
    }
    events = [
        journals.released(100, 0, 1, 200),
        *journals.ran(100, 106, 0, 1, NPU),
        (journal.READY, ns(106), 0, 1, 1),
        *journals.ran(106, 112, 0, 1, NPU, 1),
        journals.completed(112, 0, 1, "late", "hopeless"),
    ]
    (job,) = jobs_of(stream, events, 200)
    assert [each.deadline_ns for each in job.stages] == [ns(105), ns(200)]
    assert [each.outcome for each in job.stages] == ["late", "met"]
    assert [each.ready_ns for each in job.stages] == [ns(100), ns(106)]


def test_tokens_and_the_first_one() -> None:
    """Counts are drawn at the release; the first token is the end of the last prefill slice."""
    events = [
        journals.released(0, 0, 0, None, [[100, 2]]),
        journals.started(0, 0, 0, NPU, phase=journal.PREFILL),
        journals.finished(0, 30, 0, 0, NPU, phase=journal.PREFILL, outputs=0, total=2),
        *journals.prefilled(30, 50, 0, 0, NPU, 2),
        *journals.decoded(50, 70, 0, 0, NPU, 2, 2),
        journals.completed(70, 0, 0),
    ]
    (job,) = jobs_of(CHAT, events, 100)
    (stage,) = job.stages
    assert (stage.prompt_tokens, stage.output_tokens) == (100, 2)
    assert (stage.first_token_ns, stage.finish_ns, len(stage.slices)) == (ns(50), ns(70), 3)


def test_a_stage_is_ready_when_it_is_ready_first() -> None:
    """A streamed stage that becomes ready again was asked only once."""
    events = [
        journals.released(0, 0, 0, None, [[100, 5], None]),
        *journals.prefilled(0, 50, 0, 0, NPU, 5),
        (journal.READY, ns(60), 0, 0, 1),
        (journal.READY, ns(90), 0, 0, 1),
    ]
    (job,) = jobs_of(NPC, events, 100)
    assert job.stages[1].ready_ns == ns(60)


def test_jobs_come_by_release_then_stream() -> None:
    """Whatever the order in which they ended."""
    events = [
        journals.released(0, 1, 0, 10),
        journals.released(5, 1, 1, 15),
        journals.released(5, 0, 0, 15),
        *journals.ran(5, 11, 1, 1, NPU),
        journals.completed(11, 1, 1),
    ]
    given = journals.scenario(CAM, {**CAM, "name": "other"})
    found = [(job.stream, job.index) for job in journals.result(given, events, 20).jobs]
    assert found == [("other", 0), ("cam", 0), ("other", 1)]


def test_the_journal_is_kept_on_request() -> None:
    """As it was given, or not at all."""
    builder = ResultBuilder(journals.profile(), journals.scenario(CAM))
    assert builder.result(0).journal is None
    events: list[Event] = [(journal.MARKER, 0, "x")]
    assert builder.result(0, events).journal == tuple(events)


def test_records_cannot_be_changed() -> None:
    """A result is a record of what was."""
    (job,) = jobs_of(CAM, [journals.released(0, 0, 0, 10)], 1)
    with pytest.raises(AttributeError):
        job.outcome = "met"  # type: ignore[misc]


def test_a_journal_of_something_else_is_refused() -> None:
    """With one sentence."""
    builder = ResultBuilder(journals.profile(), journals.scenario(CAM))
    with pytest.raises(JournalError, match="does not fit its profile and scenario"):
        builder.feed([journals.completed(5, 0, 3)])
