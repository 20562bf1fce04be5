"""What has to be done by when in a window: the jobs with deadlines that are released in it.

Arrivals and draws do not depend on the policy, so the jobs and what each would really take on each
backend are known beforehand, as a clairvoyant scheduler would know them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from emulator import draws
from emulator.cost import NO_NOISE, noise_factor
from emulator.engine.calendar import Calendar
from emulator.engine.jobs import NEVER, Job, StageRun
from emulator.engine.planner import Planner
from emulator.engine.release import is_triggered, make_job
from emulator.errors import UserError
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit
from emulator.timing import Timing


@dataclass(frozen=True, slots=True)
class Item:
    """One inference that must be done within a time, on any of its backends."""

    release_ns: int
    """Before it nothing that it waits for can have ended."""
    due_ns: int
    """After it a deadline is missed."""
    duration_ns: Mapping[int, int]
    """What it takes on each backend, draws included."""

    @property
    def fitting(self) -> dict[int, int]:
        """The backends on which it could be done in time, alone on an idle chip."""
        room_ns = self.due_ns - self.release_ns
        return {each: took for each, took in self.duration_ns.items() if took <= room_ns}


@dataclass(frozen=True, slots=True)
class WindowJob:
    """A job with a deadline. It is met only if all its items are done in time."""

    stream: str
    index: int
    release_ns: int
    items: tuple[Item, ...]
    """Without those of language models, and of what streams from them: their work is left out."""

    @property
    def is_hopeless(self) -> bool:
        """Whether it is missed even alone on an idle chip."""
        return any(not item.fitting for item in self.items)


def window_jobs(
    profile: Profile, scenario: Scenario, *, seed: int, noise: bool, begin_ns: int, end_ns: int
) -> tuple[WindowJob, ...]:
    """The jobs with deadlines released from ``begin_ns`` on and before ``end_ns``, in that order.

    Raises:
        UserError: a scenario that does not fit the profile, or with a stream whose releases depend
            on the policy.
    """
    check_fit(profile, scenario)
    planner = Planner(profile, Timing(profile, noise=noise), seed)
    calendar = Calendar(planner, seed=seed, end_ns=end_ns)
    for stream in scenario.streams:
        if calendar.add(stream, 0).plan.is_closed_loop:
            raise UserError(
                f"stream {stream.name!r} releases a job when its last one has ended (closed-loop): "
                "what would be the least number of misses then depends on the policy",
                source=scenario.name,
                key="arrival",
            )
    return tuple(each for each in _released(calendar, begin_ns) if each is not None)


def _released(calendar: Calendar, begin_ns: int) -> Iterator[WindowJob | None]:
    while calendar.next_ns != NEVER:
        run, release = calendar.take()
        job = make_job(run.plan, release, run.arrivals.origin)
        if job.release_ns >= begin_ns:
            yield _window_job(job)


def _window_job(job: Job) -> WindowJob | None:
    stages = job.stages
    deadlines = [min(each.deadline_ns, each.first_deadline_ns) for each in stages]
    if min(deadlines, default=NEVER) == NEVER:
        return None
    durations = [_durations(each) for each in stages]
    items = []
    heads, tails = _heads(job, durations), _dues(job, durations)
    for stage, taken in zip(stages, durations, strict=True):
        number = stage.plan.index
        if taken and tails[number] != NEVER:
            items.append(Item(heads[number], tails[number], taken))
    return WindowJob(job.plan.name, job.index, job.release_ns, tuple(items))


def _durations(stage: StageRun) -> dict[int, int]:
    """What the stage takes on each backend; empty where that is left out."""
    plan = stage.plan
    if plan.is_llm or plan.streamed_after >= 0 or not is_triggered(stage):
        return {}
    found = {}
    for backend in plan.inference.backends:
        timing = plan.timing.inference[backend]
        factor = NO_NOISE
        if timing.noise is not None:
            uniform = draws.uniform_at(plan.keys.latency, stage.job.index, 0)
            factor = noise_factor(timing.noise, uniform)
        found[backend] = sum(cost.duration_ns(factor) for cost in timing.slices)
    return found


def _heads(job: Job, durations: list[dict[int, int]]) -> list[int]:
    """When each stage can be ready at the earliest; what is left out takes no time."""
    heads = [job.release_ns] * len(job.stages)
    for number in job.plan.topological:
        for before in job.plan.stages[number].data_after:
            least_ns = min(durations[before].values(), default=0)
            heads[number] = max(heads[number], heads[before] + least_ns)
    return heads


def _dues(job: Job, durations: list[dict[int, int]]) -> list[int]:
    """When each stage must be done at the latest for itself and for those that wait for it."""
    dues = [min(each.deadline_ns, each.first_deadline_ns) for each in job.stages]
    for number in reversed(job.plan.topological):
        taken = durations[number]
        if not taken:
            continue
        for before in job.plan.stages[number].data_after:
            dues[before] = min(dues[before], dues[number] - min(taken.values()))
    return dues
