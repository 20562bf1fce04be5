"""Why a job missed its deadline: how long it waited, where, and behind whose slices."""

from collections.abc import Sequence

from emulator.metrics.backends import BackendState
from emulator.metrics.facts import NO_BACKEND
from emulator.metrics.jobs import OpenJob
from emulator.metrics.streams import Miss
from emulator.metrics.windows import NS_PER_MS
from emulator.snapshot import MissView, backend_label

_MAX_PLACES = 6


def explain(miss: Miss, backends: Sequence[BackendState], now_ns: int) -> MissView:
    """The miss in figures; of a job that has ended the same at any later instant."""
    job = miss.job
    stage = job.longest_wait()
    held_ns = job.behind_until_ns(now_ns)
    longest_first = sorted(held_ns.items(), key=lambda item: (-item[1], item[0]))
    return MissView(
        job=job.index,
        t_ns=miss.t_ns,
        stage=job.facts.stages[stage].name,
        backend=backend_name(job, stage, backends),
        outcome=miss.outcome,
        reason=miss.reason,
        cause=miss.cause,
        response_ms=(miss.t_ns - job.release_ns) / NS_PER_MS,
        deadline_ms=missed_deadline_ms(job),
        waited_ms=job.waited_until_ns(now_ns) / NS_PER_MS,
        ran_ms=job.ran_until_ns(miss.t_ns) / NS_PER_MS,
        behind=tuple((name, held / NS_PER_MS) for name, held in longest_first),
    )


def missed_deadline_ms(job: OpenJob) -> float:
    """The deadline that was missed first, from the release; 0 for a job without any."""
    if job.missed_limit is not None:
        return float(job.missed_limit.exact_ns) / NS_PER_MS
    if job.deadline_ns is not None:
        return (job.deadline_ns - job.release_ns) / NS_PER_MS
    return job.facts.tightest_ms or 0.0


def backend_name(job: OpenJob, stage: int, backends: Sequence[BackendState]) -> str:
    """Where the stage ran, or for which backend it waited."""
    backend = job.backend_of(stage)
    return "" if backend == NO_BACKEND else backends[backend].name


def late_line(job: OpenJob, t_ns: int, backend: str) -> str:
    """One line on a job that ended too late."""
    limit = job.missed_limit
    reached_ns = t_ns if limit is None or job.reached_ns < 0 else job.reached_ns
    spent = comparison((reached_ns - job.release_ns) / NS_PER_MS, missed_deadline_ms(job))
    what = ""
    if limit is not None and len(job.facts.stages) > 1:
        what = f"{job.facts.stages[limit.stage].name} "
    if limit is not None and limit.first_output:
        what += "first output "
    where = f" on {backend_label(backend)}" if backend else ""
    return f"{job.facts.name} #{job.index} late: {what}{spent}{where}"


def dropped_line(job: OpenJob, t_ns: int, reason: str) -> str:
    """One line on a job that was given up."""
    after = milliseconds((t_ns - job.release_ns) / NS_PER_MS)
    return f"{job.facts.name} #{job.index} dropped ({reason}) after {after} ms"


def milliseconds(value_ms: float, places: int = 1) -> str:
    """With one decimal below 100 ms, without from there on; more places on request."""
    if places == 1 and value_ms >= 100:  # noqa: PLR2004
        return f"{value_ms:.0f}"
    text = f"{value_ms:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def comparison(larger_ms: float, smaller_ms: float) -> str:
    """``3012 ms > 3000 ms``, with as many places as it takes to see the difference."""
    for places in range(1, _MAX_PLACES + 1):
        larger, smaller = milliseconds(larger_ms, places), milliseconds(smaller_ms, places)
        if larger != smaller:
            break
    return f"{larger} ms > {smaller} ms"
