"""Policies: parsing, keys, placements and admissions, each a plain scan over the whole state."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.reference import deadlines, durations
from tests.reference.loading import Ns, Profile
from tests.reference.state import Job, Stage, candidates, latency, slice_cost, slice_ready_ns
from tests.reference.work import Work

HYBRID = "hybrid"
NAMED = {
    "fcfs": "fcfs/first-idle/keep/whole",
    "static": "fcfs-slice/affinity/keep/whole",
    "edf": "edf/earliest-finish/keep/whole",
    "llf": "llf/earliest-finish/early-drop/chunk-256",
    HYBRID: f"edf/{HYBRID}/early-drop/chunk-128",
}
ORDERS = ("fcfs", "fcfs-slice", "edf", "llf", "rm", "sjf")
PLACEMENTS = ("first-idle", "fastest-idle", "earliest-finish", "affinity")
ADMISSIONS = ("keep", "drop-late", "early-drop", "degrade")
DEFAULTS = ("", "fastest-idle", "keep", "whole")


@dataclass(frozen=True, slots=True)
class Policy:
    """One point on the four axes; `chunk` None is granularity `whole`."""

    order: str
    placement: str
    admission: str
    chunk: int | None

    @property
    def sticky(self) -> bool:
        """Whether the slices of an LLM stage stay on one backend."""
        return self.placement != HYBRID


@dataclass(frozen=True, slots=True)
class View:
    """What a policy sees in a decision phase; `busy` maps running backends to their end, ns."""

    profile: Profile
    policy: Policy
    now_ns: int
    busy: dict[str, int]
    jobs: list[Job]

    def free_at(self, backend: str) -> int:
        """Now, or when the backend's running slice ends."""
        return max(self.now_ns, self.busy.get(backend, self.now_ns))

    def ready(self) -> list[tuple[Job, Stage]]:
        """All stages whose next slice can run: stream order, job number, stage order."""
        return [
            (job, stage)
            for job in self.jobs
            for stage in job.stages
            if job.outcome == "running" and slice_ready_ns(job, stage) is not None
        ]


def parse(text: str) -> Policy:
    """Read `order/placement/admission/granularity`, or a bare name of the table."""
    parts = text.split("/") if "/" in text else NAMED[text].split("/")
    order, placement, admission, granularity = (*parts, *DEFAULTS[len(parts) :])
    chunk = None if granularity == "whole" else int(granularity.removeprefix("chunk-"))
    return Policy(order, placement, admission, chunk)


# --- order -------------------------------------------------------------------------------------


def order_key(view: View, job: Job, stage: Stage) -> int | Ns | None:
    """The key of a ready slice; None sorts last."""
    order, chunk = view.policy.order, view.policy.chunk
    if order == "fcfs":
        return job.release_ns
    if order == "fcfs-slice":
        return slice_ready_ns(job, stage)
    if order == "edf":
        return deadlines.slice_deadline_ns(job, stage)
    if order == "llf":
        return deadlines.latest_start_ns(view.profile, job, stage, chunk)
    if order == "rm":
        return job.stream.period_ns
    if order == "sjf":
        work = Work(view.profile, job, chunk)
        return max(work.finish(index) for index in range(len(job.stages)))
    raise ValueError(f"order {order} is not known")


def in_order(view: View) -> list[tuple[Job, Stage]]:
    """The ready slices as a walk meets them, ties included."""

    def key(item: tuple[Job, Stage]) -> tuple[bool, int | Ns, bool]:
        value = order_key(view, *item)
        continues = item[1].last_end_ns == view.now_ns
        return value is None, 0 if value is None else value, not continues

    # `sorted` keeps stream order, job number and stage order among equal keys.
    return sorted(view.ready(), key=key)


# --- placement ---------------------------------------------------------------------------------


def place(view: View, stage: Stage) -> str | None:
    """The backend on which the slice starts now; None: it waits."""
    names = candidates(view.profile, stage, sticky=view.policy.sticky)
    backend = PLACE[view.policy.placement](view, stage, names)
    return None if backend in view.busy else backend


def _first_idle(view: View, _stage: Stage, names: list[str]) -> str | None:
    return next((name for name in names if name not in view.busy), None)


def _fastest_idle(view: View, stage: Stage, names: list[str]) -> str | None:
    idle = [name for name in names if name not in view.busy]
    chunk = view.policy.chunk
    return min(idle, key=lambda name: latency(view.profile, stage, name, chunk), default=None)


def _earliest_finish(view: View, stage: Stage, names: list[str]) -> str | None:
    return min(names, key=lambda name: finish_ns(view, stage, name), default=None)


def _affinity(view: View, stage: Stage, names: list[str]) -> str | None:
    return names[0] if len(names) == 1 else home(view, stage)


def _hybrid(view: View, stage: Stage, names: list[str]) -> str | None:
    if not stage.is_llm:
        return _earliest_finish(view, stage, names)
    profile, model, chunk = view.profile, stage.spec.model, view.policy.chunk

    def yardstick(name: str) -> int:
        if stage.phase == "prefill":
            return durations.static_prefill(profile, model, name, chunk)
        return durations.decode_slice(profile, model, name, durations.STATIC_PREFILL_TOKENS)

    backend = min(names, key=yardstick)
    if backend in view.busy or _someone_would_miss(view, stage, backend):
        return None
    return backend


PLACE: dict[str, Callable[[View, Stage, list[str]], str | None]] = {
    "first-idle": _first_idle,
    "fastest-idle": _fastest_idle,
    "earliest-finish": _earliest_finish,
    "affinity": _affinity,
    HYBRID: _hybrid,
}


def finish_ns(view: View, stage: Stage, backend: str) -> int:
    """When the stage's current work would end on that backend."""
    return view.free_at(backend) + latency(view.profile, stage, backend, view.policy.chunk)


def home(view: View, stage: Stage) -> str:
    """Affinity: where the model is fastest alone, among the backends the stage may use."""
    profile, spec, chunk = view.profile, stage.spec, view.policy.chunk

    def prefill(name: str) -> int:
        return durations.static_prefill(profile, spec.model, name, chunk)

    def decodes(name: str) -> int:
        return durations.static_decodes(profile, spec.model, name)

    names = durations.allowed(profile, spec.model, spec.on, stage.phase)
    if not stage.is_llm:
        return min(names, key=lambda name: durations.vision_rest(profile, spec.model, name, 0))
    listing_decode = durations.allowed(profile, spec.model, spec.on, "decode")
    both = [
        name
        for name in durations.allowed(profile, spec.model, spec.on, "prefill")
        if name in listing_decode
    ]
    if both:
        return min(both, key=lambda name: prefill(name) + decodes(name))
    return min(names, key=prefill if stage.phase == "prefill" else decodes)


def _someone_would_miss(view: View, stage: Stage, backend: str) -> bool:
    """Whether the LLM slice on that backend makes a waiting slice of another model miss."""
    ends = view.now_ns + slice_cost(view.profile, stage, backend, view.policy.chunk)
    after = replace(view, busy={**view.busy, backend: ends})
    for job, other in view.ready():
        deadline = deadlines.slice_deadline_ns(job, other)
        names = candidates(view.profile, other, sticky=False)
        if other.is_llm or deadline is None or backend not in names:
            continue
        best_now = min(finish_ns(view, other, name) for name in names)
        best_then = min(finish_ns(after, other, name) for name in names)
        if best_now <= deadline < best_then:
            return True
    return False


# --- admission ---------------------------------------------------------------------------------


def degraded(view: View, job: Job) -> bool:
    """Gives a job that is to be dropped its cheaper models, if it fits then; else nothing."""
    before = [stage.spec for stage in job.stages]
    for stage in job.stages:
        cheaper = stage.spec.degraded_model
        if cheaper is not None and not stage.slices and not stage.closed:
            stage.spec = replace(stage.spec, model=cheaper, degraded_model=None)
    if any(stage.spec is not spec for stage, spec in zip(job.stages, before, strict=True)):
        if drop_reason(view, job) is None:
            return True
        for stage, spec in zip(job.stages, before, strict=True):
            stage.spec = spec
    return False


def drop_reason(view: View, job: Job) -> str | None:
    """Why a queued job is given up now, None if it is not."""
    milestones = list(deadlines.open_milestones(job, set(range(len(job.stages)))))
    drops_late = job.stream.late_drop or view.policy.admission == "drop-late"
    if drops_late and any(view.now_ns > milestone.deadline_ns for milestone in milestones):
        return "late"
    if view.policy.admission not in ("early-drop", "degrade"):
        return None
    work = Work(view.profile, job, view.policy.chunk)
    for milestone in milestones:
        if view.now_ns + deadlines.work_until(work, milestone) > milestone.deadline_ns:
            return "early-drop"
    return None
