"""The detail of one stream: its newest jobs, what their stages spent time on, and how tokens came.

Asked for while somebody looks at it, and answered from the chunks of the journal in the thread of
the other questions, so that a run does nothing for it.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from emulator.errors import UserError
from emulator.metrics.windows import nearest_rank
from emulator.protocol import Message
from emulator.serving import message_fields as fields
from emulator.serving.detail_jobs import JobTimes, StageTimes, StreamJobs
from emulator.timeline.job import NEVER

if TYPE_CHECKING:
    from emulator.serving.questions import Asker, Reading

MAX_GAPS: Final = 600
"""Inter-token gaps that are told of each LLM stage, the newest."""
_MISSED: Final = ("late", "dropped")


class JobCell(NamedTuple):
    """One job in short."""

    job: int
    release_ns: int
    took_ns: int
    """From its release to its end; so far, of a job that runs."""
    allowed_ns: int | None
    """From its release to its deadline."""
    outcome: str
    """``met``, ``late``, ``dropped``, ``skipped`` or ``running``."""


class StageFigures(NamedTuple):
    """One stage over the jobs that ended: the median and the 95th percentile, in ns."""

    name: str
    model: str
    jobs: int
    handed_ns: tuple[int, int]
    waited_ns: tuple[int, int]
    ran_ns: tuple[int, int]
    backends: tuple[tuple[int, int], ...]
    """Backend and number of jobs whose last slice ran there, most first."""
    first_tokens: tuple[tuple[int, int], ...]
    """Job and ns from ready to its first token, oldest first; empty for what is no LLM."""
    gaps: tuple[tuple[int, int], ...]
    """Job and ns between two of its tokens, oldest first; at most ``MAX_GAPS``."""


class DetailView(NamedTuple):
    """What is told of a stream."""

    stream: int
    name: str
    from_ns: int
    """The release of the first job."""
    until_ns: int
    jobs: tuple[JobCell, ...]
    """The newest that have ended, by their end, at most 200; then those that run."""
    stages: tuple[StageFigures, ...]
    worst: tuple[int, int] | None
    """Job and end (ns) of the miss that was over its deadline the longest; of drops the newest, and
    only if no late job ended."""


def from_wire(raw: Sequence[Any]) -> DetailView:
    """Rebuild what msgpack gives back. Raises TypeError: it has another shape."""
    view = DetailView(*raw)
    return view._replace(
        jobs=tuple(JobCell(*each) for each in view.jobs),
        stages=tuple(StageFigures(*each) for each in view.stages),
    )


class AskDetail:
    """The detail of a stream as of an instant."""

    kind = "detail"

    def __init__(self, message: Message) -> None:
        self.ask = fields.count(message, "ask")
        self._stream = fields.count(message, "stream")
        self._until_ns = fields.instant(message, "until_ns")

    def answer(self, reading: "Reading", asker: "Asker") -> Message:
        """Its view. Raises UserError: there is no such stream."""
        facts = reading.cast.facts(self._stream)
        if facts is None:
            raise UserError("this stream is not in what is kept of the journal")
        kept = reading.kept.jobs
        if kept is None or kept.stream != self._stream:
            kept = reading.kept.jobs = StreamJobs(self._stream, facts)
        jobs = kept.read(reading.pieces, self._until_ns)
        stages = [(each.name, each.model) for each in facts.stages]
        view = view_of(self._stream, facts.name, stages, jobs, self._until_ns)
        return {"t": "detail", "ask": self.ask, "view": view}


class AskInputs:
    """What the run goes by now: its profile, and its streams as they are."""

    kind = "inputs"

    def __init__(self, message: Message) -> None:
        self.ask = fields.count(message, "ask")

    def answer(self, reading: "Reading", asker: "Asker") -> Message:
        """All of it as in files. Raises UserError: of a recorded session."""
        return {"t": "inputs", "ask": self.ask, **reading.inputs()}


def view_of(
    stream: int,
    name: str,
    stages: Sequence[tuple[str, str]],
    jobs: Sequence[JobTimes],
    until_ns: int,
) -> DetailView:
    """The detail of a stream from its jobs, which have a time for each of the named stages."""
    ended = [each for each in jobs if each.outcome not in {"running", "skipped"}]
    return DetailView(
        stream,
        name,
        from_ns=min((each.release_ns for each in jobs), default=until_ns),
        until_ns=until_ns,
        jobs=tuple(map(_cell, jobs)),
        stages=tuple(
            _figures(*each, [(job.job, job.stages[n]) for job in ended])
            for n, each in enumerate(stages)
        ),
        worst=_worst(ended),
    )


def _cell(each: JobTimes) -> JobCell:
    allowed_ns = None if each.deadline_ns is None else each.deadline_ns - each.release_ns
    took_ns = each.end_ns - each.release_ns
    return JobCell(each.job, each.release_ns, took_ns, allowed_ns, each.outcome)


def _figures(name: str, model: str, jobs: Sequence[tuple[int, StageTimes | None]]) -> StageFigures:
    done = [(job, times) for job, times in jobs if times is not None]
    ran_on: dict[int, int] = {}
    for _, times in done:
        if times.backend >= 0:
            ran_on[times.backend] = ran_on.get(times.backend, 0) + 1
    gaps = [(job, gap_ns) for job, times in done for gap_ns in times.gaps_ns]
    return StageFigures(
        name,
        model,
        jobs=len(done),
        handed_ns=_ranks(times.handed_ns for _, times in done),
        waited_ns=_ranks(times.waited_ns for _, times in done),
        ran_ns=_ranks(times.ran_ns for _, times in done),
        backends=tuple(sorted(ran_on.items(), key=lambda each: (-each[1], each[0]))),
        first_tokens=tuple((job, times.ttft_ns) for job, times in done if times.ttft_ns != NEVER),
        gaps=tuple(gaps[-MAX_GAPS:]),
    )


def _ranks(values: Iterable[int]) -> tuple[int, int]:
    ascending = sorted(values)
    return round(nearest_rank(ascending, 50) or 0), round(nearest_rank(ascending, 95) or 0)


def _worst(ended: Sequence[JobTimes]) -> tuple[int, int] | None:
    missed = [each for each in ended if each.outcome in _MISSED]
    if not missed:
        return None
    late = [each for each in missed if each.outcome == "late" and each.deadline_ns is not None]
    chosen = max(late, key=lambda each: each.end_ns - (each.deadline_ns or 0), default=missed[-1])
    return chosen.job, chosen.end_ns
