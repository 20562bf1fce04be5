"""What a snapshot shows of the parts that takes more than one of them to know."""

from collections.abc import Iterator, Mapping

from emulator.metrics.backends import MAX_SHOWN
from emulator.metrics.facts import NO_BACKEND
from emulator.metrics.misses import explain
from emulator.metrics.parts import Parts
from emulator.metrics.streams import Miss, StreamState
from emulator.snapshot import GANTT_NS, BackendView, MissView, SliceView, StreamView


def stream_views(parts: Parts, now_ns: int) -> Iterator[StreamView]:
    """All streams by their index."""
    for _, stream in sorted(parts.streams.items()):
        stream.last_miss = parts.explained(stream)
        backend = "" if stream.backend == NO_BACKEND else parts.backends[stream.backend].name
        view = stream.view(now_ns, backend, stream.last_miss or _overdue(parts, stream, now_ns))
        if parts.power is not None and stream.facts.has_llm:
            mj_per_token = parts.power.mj_per_token(stream.index, stream.output_tokens)
            view = view._replace(mj_per_token=mj_per_token)
        yield view


def backend_views(parts: Parts, now_ns: int, providers: Mapping[str, str]) -> Iterator[BackendView]:
    """All backends in profile order; ``providers`` execute the slices of real ones, by name."""
    for index, backend in enumerate(parts.backends):
        view = backend.view(now_ns, parts.occupancy.queue[index], providers.get(backend.name, ""))
        if parts.power is not None:
            power = parts.power
            view = view._replace(
                power_w=power.watts(index, now_ns), energy_j=power.joules(index, now_ns)
            )
        yield view


def recent_slices(parts: Parts, now_ns: int) -> Iterator[SliceView]:
    """The slices of the Gantt chart, by backend, oldest first."""
    for index, backend in enumerate(parts.backends):
        shown = list(backend.recent(now_ns - GANTT_NS, MAX_SHOWN))
        for start_ns, end_ns, job, stage in reversed(shown):
            label = job.facts.label(stage)
            yield SliceView(
                index, job.stream, job.index, label, start_ns, end_ns, job.known and job.missed
            )


def recent_swaps(parts: Parts, now_ns: int) -> tuple[int, ...]:
    """The instants of the swaps in the same span."""
    return tuple(t_ns for t_ns in parts.swaps_ns if t_ns >= now_ns - GANTT_NS)


def _overdue(parts: Parts, stream: StreamState, now_ns: int) -> MissView | None:
    """The first miss, of a stream so starved that none of its misses has ended."""
    job = stream.first_overdue
    if job is None:
        return None
    return explain(Miss(job, now_ns, "late", "", ""), parts.backends, now_ns)
