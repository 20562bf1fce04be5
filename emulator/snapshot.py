"""What the screen shows at one instant: everything here is derived from the journal by ``metrics``.

Records are ``NamedTuple``s, not dataclasses, because msgpack writes tuples as arrays without any
conversion: a snapshot goes over the pipe many times a second. Times are virtual nanoseconds since
the start of the run, durations milliseconds.
"""

from typing import NamedTuple


class BackendView(NamedTuple):
    """One backend: utilization comes from slice intervals, not from samples."""

    name: str
    kind: str
    title: str
    busy_last_second: float
    """Busy time / time over the last second, 0 to 1."""
    busy_window: float
    """The same over the last ``Snapshot.window_s``."""
    busy_total: float
    """The same since the start of the run."""
    history: tuple[float, ...]
    """Utilization per bucket of ``Snapshot.bucket_s`` on an absolute time grid, oldest first, last
    bucket complete."""
    queue: int
    """Ready slices whose fastest backend is this one."""
    running: str
    """``stream#job`` of the slice that runs now, or an empty string."""
    down: str = ""
    """Why the backend is gone for the rest of the run; empty while it is there."""
    provider: str = ""
    """What really executes its slices, such as ``CPUExecutionProvider``; empty: the profile times
    them."""
    power_w: float | None = None
    """Mean power over the last second; None without the effect ``energy``, or where the profile
    does not give the power of a slice."""
    energy_j: float | None = None
    """Energy since the start; None as ``power_w``, or after a keyframe of an older file that did
    not say."""


def backend_label(name: str) -> str:
    """The name as screens write it: ``npu`` as ``NPU``, other names as they are."""
    return name.upper() if name in {"cpu", "gpu", "npu"} else name


class MissView(NamedTuple):
    """Why a job missed its deadline."""

    job: int
    t_ns: int
    stage: str
    """The stage that waited longest."""
    backend: str
    """Where it ran, or for which it waited."""
    outcome: str
    """``late`` or ``dropped``."""
    reason: str
    """Of a drop: ``late-rule``, ``drop-late``, ``early-drop``, ``skip``, ``policy`` or
    ``backend-down``; otherwise empty."""
    cause: str
    """``hopeless`` (could not be met alone on an idle chip), ``backlog`` (doomed at release) or
    ``avoidable``."""
    response_ms: float
    """From release to the end (or the drop)."""
    deadline_ms: float
    """The deadline that was missed, from release."""
    waited_ms: float
    """Time in which the job had a ready slice and none running."""
    ran_ms: float
    """Time in which a slice of it ran."""
    behind: tuple[tuple[str, float], ...]
    """Streams whose slices held the backend while the job waited, longest first, with
    milliseconds."""


class StreamView(NamedTuple):
    """One stream. Percentiles and rates are over the window; plain counts since the start."""

    index: int  # type: ignore[assignment]  # shadows tuple.index, which nobody calls
    name: str
    state: str
    """``ok``, ``late`` (missed in the window, not the last one), ``miss`` (the last known fate is a
    miss), ``idle``, ``stopped``."""
    phase: str
    """What the newest job does now: ``run``, ``prefill``, ``decode``, ``wait`` or an empty
    string."""
    backend: str
    """Name of the backend that ran its last slice, or an empty string."""
    rate_hz: float
    """Jobs finished per second over the window."""
    target_hz: float | None
    """Releases per second the scenario asks for; None for irregular streams."""
    deadline_ms: float | None
    """The tightest deadline of a job from its release (job, stage or first output), None without
    any."""
    p50_ms: float | None
    """Response time over the window, release to finish."""
    p95_ms: float | None
    frame_gap_p99_ms: float | None
    """Time between consecutive finishes, met or late, over the window."""
    window_missed: int
    window_known: int
    missed: int
    """Late, dropped and overdue since the start."""
    known: int
    """Jobs with a deadline whose fate is known since the start."""
    dropped: int
    in_flight: int
    tokens_per_s: float | None
    """Output tokens over the last second; None for a stream without an LLM."""
    ttft_p50_ms: float | None
    tpot_p50_ms: float | None
    llm_targets_met: int
    """Answers that kept their TTFT and TPOT targets since the start."""
    llm_targets_known: int
    """Answers with a target that finished or whose job was dropped since the start."""
    llm_job: int
    """Number of the job whose text is arriving, -1 when none has begun."""
    llm_tokens: int
    """Output tokens of that job so far."""
    llm_total: int
    longest_streak: int
    """Longest run of consecutive misses."""
    longest_freeze_ms: float | None
    """Longest gap between finishes of met jobs since the start; misses before the first of them
    count from the first release, misses after the last one up to now."""
    last_miss: MissView | None
    first_miss_ns: int | None = None
    """When the first miss since the start was known; None without one, or after a keyframe of an
    older file that did not say."""
    degraded: int | None = None
    """Jobs since the start that were given cheaper models, whatever became of them; None of a
    stream that has none."""
    mj_per_token: float | None = None
    """Energy of its language models over their tokens since the start; None as ``power_w``."""


class PolicyView(NamedTuple):
    """One policy of the pick list, with what was observed while it was active."""

    name: str
    """As the user writes it: ``edf`` or ``edf/earliest-finish/early-drop/chunk-128``."""
    description: str
    active: bool
    swaps: int
    """How often it was swapped in."""
    active_s: float
    missed: int
    known: int


class SliceView(NamedTuple):
    """One slice of the recent past for the Gantt chart."""

    backend: int
    stream: int
    job: int
    label: str
    start_ns: int
    end_ns: int
    """-1 while it runs."""
    missed: bool
    """Its job is late or was dropped."""


class LogLine(NamedTuple):
    """One line of the event log. ``kind``: miss, drop, policy, stream, marker, error, info."""

    seq: int
    t_ns: int
    kind: str
    stream: int
    text: str


class Pace(NamedTuple):
    """Health of a paced run.

    How late events were handled, in milliseconds over the last 10 s of wall time.
    """

    lateness_p50_ms: float
    lateness_p99_ms: float
    lateness_max_ms: float
    achieved_speed: float
    """Virtual seconds per wall second over the last second."""
    keeps_pace: bool


class Snapshot(NamedTuple):
    """The whole state that the screens need, at most 30 a second."""

    run: int
    """Counts the runs of this core process; a new profile or seed starts a new run."""
    t_ns: int
    state: str
    """``running``, ``paused`` or ``ended``."""
    speed: float
    pace: Pace
    scenario: str
    """Its name; `` +2`` after it when two streams were added to the run, and then `` with`` its
    effects."""
    profile: str
    profile_title: str
    seed: int
    policy: str
    window_s: float
    bucket_s: float
    backends: tuple[BackendView, ...]
    streams: tuple[StreamView, ...]
    policies: tuple[PolicyView, ...]
    missed: int
    known: int
    window_missed: int
    window_known: int
    violation_rate_mean: float
    """Mean over streams of their violation rates since the start, 0 to 1."""
    miss_history: tuple[float, ...]
    """Misses per second, one value per bucket, oldest first."""
    tokens_per_s: float
    token_history: tuple[float, ...]
    slices: tuple[SliceView, ...]
    """Slices that touched the last ``GANTT_NS``."""
    swaps_ns: tuple[int, ...]
    """Instants of policy swaps within the same span."""
    log: tuple[LogLine, ...]
    """The newest lines, oldest first."""


GANTT_NS = 200_000_000
"""Span of the dashboard's mini Gantt chart."""


def from_wire(raw: tuple[object, ...] | list[object]) -> Snapshot:
    """Rebuilds a snapshot from the arrays that msgpack gives back.

    Raises TypeError when the shape is not ours.
    """
    snapshot = Snapshot(*raw)
    return snapshot._replace(
        pace=Pace(*snapshot.pace),
        backends=tuple(BackendView(*each) for each in snapshot.backends),
        streams=tuple(_stream_from_wire(each) for each in snapshot.streams),
        policies=tuple(PolicyView(*each) for each in snapshot.policies),
        slices=tuple(SliceView(*each) for each in snapshot.slices),
        log=tuple(LogLine(*each) for each in snapshot.log),
    )


def _stream_from_wire(raw: tuple[object, ...]) -> StreamView:
    view = StreamView(*raw)  # type: ignore[arg-type]
    return view if view.last_miss is None else view._replace(last_miss=MissView(*view.last_miss))
