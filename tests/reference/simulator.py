"""The simulator: at each instant completions, releases, commands, decisions, all from scratch."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from tests.reference import batching, deadlines, durations, policies
from tests.reference.contention import Memory
from tests.reference.loading import (
    NS_PER_S,
    Profile,
    StageSpec,
    StreamSpec,
    Table,
    exact,
    load_profile,
    load_streams,
)
from tests.reference.policies import View
from tests.reference.records import Command, Draws, RefJob
from tests.reference.state import (
    Job,
    Stage,
    next_chunk,
    slice_cost,
    to_record,
    tokens_needed,
    tokens_total,
)
from tests.reference.streams import Stream


def reference_simulate(
    profile: Table,
    scenario: Table,
    policy: str,
    duration_s: float | str,
    seed: int = 0,  # noqa: ARG001
    commands: Sequence[Command] = (),
    *,
    drain: bool = True,
    draws: Draws | None = None,
    contention: bool = False,
    batches: bool = False,
) -> list[RefJob]:
    """Run a scenario without noise; the jobs come by release, then stream order.

    Args:
        profile: a profile dict.
        scenario: a scenario dict, without random arrivals.
        policy: `order/placement/admission/granularity` or a bare name.
        duration_s: releases are strictly before it.
        seed: not used here; the uniforms come from `draws`.
        commands: (time_ns, kind, argument); kinds are swap, stop_stream and start_stream.
        drain: whether jobs run to completion, or are cut at `duration_s`.
        draws: the uniforms for triggers and for lists of token counts.
        contention: whether slices slow each other down on the shared memory.
        batches: whether requests of one model decode together.
    """
    end = exact(duration_s) * NS_PER_S
    world = World(load_profile(profile), policies.parse(policy), list(commands), end, draws)
    world.batches = batches
    if contention:
        world.memory = Memory(world.profile)
    world.streams = [Stream(spec, spec.start_ns) for spec in load_streams(scenario)]
    while (now := world.next_instant_ns()) is not None:
        if not drain and now > math.floor(end):
            break
        world.complete(now)
        if not drain and now == math.floor(end):
            break
        world.release(now)
        world.apply_commands(now)
        world.release(now)
        world.decide(now)
    by_release = sorted(world.jobs, key=lambda job: (job.release_ns, job.stream.index, job.index))
    return [to_record(job) for job in by_release]


@dataclass(slots=True)
class World:
    """Everything there is at one instant; `busy` maps a backend to what runs on it."""

    profile: Profile
    policy: policies.Policy
    commands: list[Command]
    end: Fraction
    draws: Draws | None
    streams: list[Stream] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    busy: dict[str, tuple[Job, Stage]] = field(default_factory=dict)
    chunks: dict[str, int] = field(default_factory=dict)
    estimates: dict[str, int] = field(default_factory=dict)
    """By backend: when its slice ends by the table."""
    memory: Memory | None = None
    """Where slices contend for it."""
    batches: bool = False
    joined: dict[str, list[tuple[Job, Stage]]] = field(default_factory=dict)
    """By backend: who decodes there together with the slice in `busy`."""

    def next_instant_ns(self) -> int | None:
        """The earliest completion, release or command that is still to come."""
        ends = [stage.slices[-1][2] for _, stage in self.busy.values()]
        releases = [stream.next_release(self.end) for stream in self.streams]
        floored = [math.floor(release) for release in releases if release is not None]
        return min([*ends, *floored, *(command[0] for command in self.commands)], default=None)

    # --- completions ---------------------------------------------------------------------------

    def complete(self, now: int) -> None:
        """End the slices that end now, in backend order."""
        for backend in self.profile.backends:
            if backend.name in self.busy:
                job, stage = self.busy[backend.name]
                if stage.last_end_ns == now:
                    del self.busy[backend.name]
                    if self.memory is not None:
                        self.memory.end(now, backend.name)
                        self._move_ends(now)
                    self._end_slice(job, stage, backend.name, now)
                    self._settle(job, now)
                    for other, beside in self.joined.pop(backend.name, []):
                        self._end_slice(other, beside, backend.name, now)
                        self._settle(other, now)

    def _move_ends(self, now: int) -> None:
        """Slices end later or sooner with what runs beside them."""
        for backend, (_, stage) in self.busy.items():
            if self.memory is not None:
                name, start, end = stage.slices[-1]
                if end != now:
                    end = self.memory.end_ns(now, backend)
                    stage.slices[-1] = (name, start, end)
                    for _, beside in self.joined.get(backend, []):
                        beside.slices[-1] = (name, start, end)

    def _end_slice(self, job: Job, stage: Stage, backend: str, now: int) -> None:
        phase = stage.phase
        stage.running = False
        if phase == "vision":
            stage.position += 1
            slices = durations.slices_per_inference(self.profile, stage.spec.model, backend)
            if stage.position == slices:
                stage.position = 0
                stage.token_times.append(now)
        elif phase == "decode":
            stage.token_times.append(now)
        else:
            stage.prefilled = self.chunks.pop(backend)
            if stage.prefilled == stage.prompt:
                stage.token_times.append(now)
        if stage.produced == tokens_total(job, stage.spec.index):
            stage.state, stage.finish_ns = "done", now

    # --- releases ------------------------------------------------------------------------------

    def release(self, now: int) -> None:
        """Release the jobs that are due, in stream order."""
        for stream in self.streams:
            due = stream.next_release(self.end)
            while due is not None and math.floor(due) == now:
                self._release_job(stream, due)
                due = stream.next_release(self.end)

    def _release_job(self, stream: Stream, release: Fraction) -> None:
        index = stream.jobs_released
        stages = [self._new_stage(stream.spec, index, spec) for spec in stream.spec.stages]
        job = Job(stream.spec, index, release, stream.job_deadline_ns(release), stages)
        stream.since_origin += 1
        stream.jobs_released += 1
        self.jobs.append(job)
        self.jobs.sort(key=lambda job: (job.stream.index, job.index))
        self._settle(job, job.release_ns)

    def _new_stage(self, stream: StreamSpec, job: int, spec: StageSpec) -> Stage:
        prompt = self._pick(stream.name, job, spec.name, "prompt", spec.prompt)
        output = self._pick(stream.name, job, spec.name, "output", spec.output)
        return Stage(spec, self.profile.is_llm(spec.model), prompt, output)

    def _pick(
        self, stream: str, job: int, stage: str, quantity: str, choices: tuple[int, ...]
    ) -> int:
        if len(choices) == 1:
            return choices[0]
        return choices[math.floor(self._uniform(stream, job, stage, quantity) * len(choices))]

    def _uniform(self, stream: str, job: int, stage: str, quantity: str) -> Fraction:
        if self.draws is None:
            raise ValueError(f"stream {stream}: the {quantity} of {stage} needs draws")
        return Fraction(self.draws(stream, job, stage, quantity, 0))

    def _settle(self, job: Job, now: int) -> None:
        """Decide all stages that can be decided, then whether the job has ended."""
        undecided = [stage for stage in job.stages if stage.state == "waiting"]
        while any(self._decided(job, stage, now) for stage in undecided):
            undecided = [stage for stage in job.stages if stage.state == "waiting"]
        if job.outcome == "running" and all(stage.closed for stage in job.stages):
            job.finish_ns = now
            if all(stage.state == "skipped" for stage in job.stages):
                job.outcome = "skipped"
            else:
                job.outcome = "late" if deadlines.is_late(job) else "met"

    def _decided(self, job: Job, stage: Stage, now: int) -> bool:
        edge = stage.spec.streamed
        source = job.stages[edge.source] if edge is not None else None
        before = [job.stages[index] for index in stage.spec.after]
        if not all(predecessor.closed for predecessor in before):
            return False
        if source is not None:
            before.append(source)
            needed = max(1, tokens_needed(job, stage.spec.index, 1))
            if source.state != "skipped" and source.produced < needed:
                return False
        # Without tokens there is no inference to run, whatever else was joined.
        silent = source is not None and source.state == "skipped"
        all_skipped = bool(before) and all(p.state == "skipped" for p in before)
        if silent or all_skipped or not self._triggered(job, stage):
            stage.state = "skipped"
        else:
            stage.state, stage.ready_ns = "active", now
        return True

    def _triggered(self, job: Job, stage: Stage) -> bool:
        probability = stage.spec.probability
        if probability in (0, 1):
            return probability == 1
        draw = self._uniform(job.stream.name, job.index, stage.spec.name, "trigger")
        return draw < probability

    # --- commands ------------------------------------------------------------------------------

    def apply_commands(self, now: int) -> None:
        """Apply the commands of this instant in order of arrival."""
        for command in [command for command in self.commands if command[0] == now]:
            self.commands.remove(command)
            _, kind, argument = command
            if kind == "swap":
                self.policy = policies.parse(argument)
                continue
            stream = next(s for s in self.streams if s.spec.name == argument)
            if kind == "stop_stream":
                stream.active = False
            elif not stream.active:
                stream.active, stream.origin, stream.since_origin = True, Fraction(now), 0

    # --- decisions -----------------------------------------------------------------------------

    def decide(self, now: int) -> None:
        """Give jobs up, then start slices until none can start."""
        for job in [job for job in self.jobs if job.queued]:
            job.drop_reason = policies.drop_reason(self._view(now), job)
            if job.drop_reason is None:
                continue
            if self.policy.admission == "degrade" and policies.degraded(self._view(now), job):
                job.drop_reason = None
            else:
                job.outcome = "dropped"
        while self._start_one(now):
            pass

    def _view(self, now: int) -> View:
        busy = {name: self.estimates[name] for name in self.busy}
        return View(self.profile, self.policy, now, busy, self.jobs)

    def _start_one(self, now: int) -> bool:
        view = self._view(now)
        for job, stage in policies.in_order(view):
            backend = policies.place(view, stage)
            if backend is not None:
                self._start(job, stage, backend, now)
                return True
        return False

    def _start(self, job: Job, stage: Stage, backend: str, now: int) -> None:
        cost = slice_cost(self.profile, stage, backend, self.policy.chunk)
        joiners = batching.joiners(self._view(now), stage, backend) if self.batches else []
        if joiners:
            cost = batching.cost(self._view(now), stage, backend, 1 + len(joiners))
        if stage.phase == "prefill":
            self.chunks[backend] = next_chunk(stage, self.policy.chunk)[2]
        if self.memory is not None:
            self.memory.start(now, backend, stage, self.policy.chunk, cost)
        self.estimates[backend] = now + cost
        stage.slices.append((backend, now, now + cost))
        stage.running = True
        self.busy[backend] = (job, stage)
        self.joined[backend] = joiners
        for _, beside in joiners:
            beside.slices.append((backend, now, now + cost))
            beside.running = True
        self._move_ends(now)
