"""A second reader of the journal that knows the rules of a run and objects to what breaks them.

It knows nothing of the engine: it follows jobs and backends from the events alone, and asks the
profile and the scenario what is allowed.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from emulator import journal as kinds
from emulator.catalog import load_profile, load_scenario
from emulator.journal import DECODE, INFERENCE, PREFILL, Event, as_dict
from emulator.policies import Admission, Axes, find_policy
from emulator.profile import Profile
from emulator.schema.stream import Stream
from tests.emulator.audit_jobs import JobAudit, StageAudit
from tests.emulator.strategies import Case


@dataclass(slots=True)
class Audit:
    """Reads events in order; raises AssertionError at the first that breaks a rule."""

    profile: Profile
    streams: list[Stream]
    """Grows by those that commands add."""
    policy: str
    jobs: dict[tuple[int, int], JobAudit] = field(default_factory=dict)
    busy: dict[int, StageAudit] = field(default_factory=dict)
    joined: dict[int, list[StageAudit]] = field(default_factory=dict)
    """By backend: who decodes there together with the slice in ``busy``, or after its end."""
    now_ns: int = 0
    last_rank: tuple[int, int] = (0, -1)
    """Phase of the instant, and the backend or stream whose turn it was."""
    failed_ns: int = -1
    """When the policy failed last; its successor comes then as a decision."""
    events_at: set[int] = field(default_factory=set)
    """Instants at which something happened that a decision could follow."""
    decided_at: set[int] = field(default_factory=set)
    down: set[int] = field(default_factory=set)
    """Backends that are gone."""
    lost: set[tuple[int, int]] = field(default_factory=set)
    """Jobs whose KV cache went with one of them."""

    def read(self, events: Iterable[Event]) -> "Audit":
        """Reads events; returns itself."""
        for event in events:
            self._see(as_dict(event))
        return self

    @property
    def in_flight(self) -> int:
        """Jobs released and not ended."""
        return sum(not job.ended for job in self.jobs.values())

    def close(self) -> None:
        """The run is over: what would still run or wait now was forgotten."""
        self.end_of_instant()
        assert self.in_flight == 0
        assert not self.busy
        assert not any(self.joined.values())

    def end_of_instant(self) -> None:
        """All decisions of this instant were taken."""
        for job in self.jobs.values():
            if self._drops_late(job) and not job.ended and not job.runs:
                assert self.now_ns <= job.open_deadline_ns(), "a late job was kept"

    def _see(self, event: dict[str, object]) -> None:
        kind, t_ns = str(event["kind"]), cast("int", event["t_ns"])
        assert t_ns >= self.now_ns, "time goes back"
        if t_ns > self.now_ns:
            self.end_of_instant()
            self.last_rank = (0, -1)
        self.now_ns = t_ns
        self._in_order(kind, t_ns, event)
        handler = _HANDLERS.get(kind)
        if handler is not None:
            handler(self, event)

    def _in_order(self, kind: str, t_ns: int, event: dict[str, object]) -> None:
        """Completions by backend, releases by stream, commands, decisions."""
        (self.decided_at if kind in _DECISIONS else self.events_at).add(t_ns)
        added_at_start = kind == kinds.STREAM_ADDED and event["spec"] is None
        if kind in _ANYWHERE or added_at_start or not self.jobs:
            return
        if event.get("reason") == kinds.BACKEND_DOWN:
            return
        phase = _RANKS[kind]
        if kind == kinds.RELEASED and self.last_rank[0] > phase:
            phase = _RELEASED_AFTER_COMMANDS
        if kind == kinds.POLICY and self.failed_ns == t_ns:
            phase = _RANKS[kinds.POLICY_FAILED]
        turn = event[_TURNS[kind]] if kind in _TURNS else 0
        rank = (phase, cast("int", turn))
        assert rank >= self.last_rank, f"{kind} out of order at one instant"
        self.last_rank = rank

    # Streams and policies

    def _stream_added(self, event: dict[str, object]) -> None:
        if event["spec"] is not None:
            assert event["stream"] == len(self.streams)
            self.streams.extend(load_scenario({"streams": [event["spec"]]}).streams)

    def _stream_changed(self, event: dict[str, object]) -> None:
        index = cast("int", event["stream"])
        (self.streams[index],) = load_scenario({"streams": [event["spec"]]}).streams

    def _policy_changed(self, event: dict[str, object]) -> None:
        assert event["old"] == self.policy
        self.policy = str(event["new"])

    def _policy_failed(self, event: dict[str, object]) -> None:
        assert event["policy"] == self.policy
        self.failed_ns = self.now_ns

    @property
    def axes(self) -> Axes | None:
        """The active policy, None for a general one."""
        rule = find_policy(self.policy).rule
        return rule if isinstance(rule, Axes) else None

    def _drops_late(self, job: JobAudit) -> bool:
        rule = find_policy(self.policy).rule
        keeps = rule.admission in (Admission.KEEP, Admission.SKIP)
        return job.stream.late == "drop" or not keeps

    # Jobs

    def _released(self, event: dict[str, object]) -> None:
        address = _address(event)
        assert address not in self.jobs, "released twice"
        stream = self.streams[address[0]]
        tokens = cast("Sequence[Sequence[int] | None] | None", event["tokens"])
        stages = [StageAudit(spec, self.now_ns) for spec in stream.stages]
        for stage, counts in zip(stages, tokens or [None] * len(stages), strict=True):
            if counts is not None:
                stage.prompt, stage.total = counts
        deadline = cast("int | None", event["deadline_ns"])
        self.jobs[address] = JobAudit(stream, self.now_ns, deadline, stages)
        # Jitter may bring a job before the one whose number it follows.
        has_before = address[1] == 0 or (address[0], address[1] - 1) in self.jobs
        assert has_before or stream.jitter_ms, "job numbers leave a gap"

    def _skipped(self, event: dict[str, object]) -> None:
        stage = self._stage(event)
        assert not stage.ended
        assert stage.running is None
        stage.skipped = True

    def _degraded(self, event: dict[str, object]) -> None:
        stage, job = self._stage(event), self.jobs[_address(event)]
        assert find_policy(self.policy).rule.admission is Admission.DEGRADE
        assert stage.spec.degraded_model is not None
        assert stage.backend is None, "degraded after its start"
        assert not stage.degraded
        assert not stage.ended
        assert not job.runs
        stage.degraded = True

    def _completed(self, event: dict[str, object]) -> None:
        job = self._end(event)
        assert all(stage.ended for stage in job.stages)
        skipped = all(stage.skipped for stage in job.stages)
        expected = "skipped" if skipped else "late" if job.is_late() else "met"
        assert event["outcome"] == expected

    def _dropped(self, event: dict[str, object]) -> None:
        job = self._end(event)
        job.dropped = True
        assert not job.runs, "dropped while it runs"
        assert not all(stage.ended for stage in job.stages)
        reason = event["reason"]
        if reason == "policy":
            return
        if reason == kinds.BACKEND_DOWN:
            lost = _address(event) in self.lost
            assert lost or any(map(self._runs_nowhere, job.stages)), "dropped without need"
            return
        if reason == "skip":
            assert find_policy(self.policy).rule.admission is Admission.SKIP
            assert job.stream.firm is not None
            assert all(stage.backend is None for stage in job.stages), "skipped after its start"
            return
        assert self._drops_late(job), "dropped though every rule keeps it"
        if reason != "early-drop":
            assert self.now_ns > job.open_deadline_ns(), "dropped before its deadline"

    def _runs_nowhere(self, stage: StageAudit) -> bool:
        """Whether no backend is left for the stage, or for one phase of it."""
        entries = {
            name: entry
            for name, entry in self.profile.models[stage.model].items()
            if self.profile.backend_names.index(name) not in self.down
            and (stage.spec.on is None or name in stage.spec.on)
        }
        if any(each.is_vision for each in entries.values()):
            return False
        prefills = any(each.has_prefill for each in entries.values())
        return not prefills or not any(each.has_decode for each in entries.values())

    def _backend_down(self, event: dict[str, object]) -> None:
        backend = cast("int", event["backend"])
        assert backend not in self.down
        self.down.add(backend)
        ran = [self.busy.pop(backend, None), *self.joined.pop(backend, [])]
        for each in ran:
            if each is not None:
                each.running = None
        for address, job in self.jobs.items():
            for stage in job.stages if not job.ended else ():
                if stage.backend != backend or stage.ended:
                    continue
                if stage.prompt and stage.outputs:
                    self.lost.add(address)
                elif stage.position or stage in ran:
                    stage.position, stage.backend = 0, None

    def _end(self, event: dict[str, object]) -> JobAudit:
        job = self.jobs[_address(event)]
        assert not job.ended, "ended twice"
        job.ended = True
        return job

    def _stage(self, event: dict[str, object]) -> StageAudit:
        job = self.jobs[_address(event)]
        assert not job.ended, "the job has ended"
        return job.stages[cast("int", event["stage"])]

    # Slices

    def _started(self, event: dict[str, object]) -> None:
        stage, job = self._stage(event), self.jobs[_address(event)]
        backend, phase, number = (cast("int", event[key]) for key in ("backend", "phase", "number"))
        if event.get("rank"):
            self._joins(stage, backend, event)
        else:
            assert backend not in self.busy, "the backend runs another slice"
            assert not self.joined.get(backend), "a batch has not ended"
        assert backend not in self.down, "the backend is down"
        assert _address(event) not in self.lost, "its cache is lost"
        assert stage.running is None, "the stage runs another slice"
        assert not stage.ended
        self._may_run_on(stage, backend, phase)
        job.assert_may_begin(stage)
        self._continues(stage, backend, phase, number)
        stage.running = (backend, phase, number, self.now_ns)
        stage.backend = backend
        if event.get("rank"):
            self.joined.setdefault(backend, []).append(stage)
        else:
            self.busy[backend] = stage

    def _joins(self, stage: StageAudit, backend: int, event: dict[str, object]) -> None:
        """The slice is the next of a batch that starts now, and belongs there."""
        leader = self.busy[backend]
        assert leader.running is not None
        assert leader.running[1] == event["phase"] == DECODE
        assert leader.running[3] == self.now_ns, "joined a batch that runs"
        assert leader.model == stage.model
        assert stage.backend == backend, "its cache is elsewhere"
        assert event["rank"] == len(self.joined.get(backend, ())) + 1
        entry = self.profile.models[stage.model][self.profile.backend_names[backend]]
        batch = cast("int", event["batch"])
        assert len(self.joined.get(backend, ())) + 1 < batch <= (entry.batch_max or 1)

    def _may_run_on(self, stage: StageAudit, backend: int, phase: int) -> None:
        name = self.profile.backend_names[backend]
        entry = self.profile.models[stage.model][name]
        assert (entry.is_vision, entry.has_prefill, entry.has_decode)[phase]
        assert stage.spec.on is None or name in stage.spec.on

    def _continues(self, stage: StageAudit, backend: int, phase: int, number: int) -> None:
        """The slice is the one that is due, and sticks to its backend where it must."""
        moved = stage.backend not in (None, backend)
        if phase == INFERENCE:
            assert number == stage.position
            assert stage.position == 0 or not moved, "an inference moved"
        elif phase == PREFILL:
            assert stage.outputs == 0
            chunk = find_policy(self.policy).rule.chunk or stage.prompt
            assert number == min(stage.prompt, stage.position + chunk)
            assert stage.position == 0 or self.axes is None or not moved, "a prefill moved"
        else:
            assert phase == DECODE
            assert number == stage.outputs
            assert not moved or self.axes is None or not self._holds(stage), "a cache moved"

    def _holds(self, stage: StageAudit) -> bool:
        """Whether the backend of the KV cache lists decode."""
        name = self.profile.backend_names[cast("int", stage.backend)]
        allowed = stage.spec.on is None or name in stage.spec.on
        return allowed and self.profile.models[stage.model][name].has_decode

    def _finished(self, event: dict[str, object]) -> None:
        stage = self._stage(event)
        backend, phase, number = (cast("int", event[key]) for key in ("backend", "phase", "number"))
        assert stage.running == (backend, phase, number, event["start_ns"])
        if event.get("rank"):
            assert backend not in self.busy, "ended before its leader"
            assert self.joined[backend].pop(0) is stage
        else:
            assert self.busy.pop(backend) is stage
        stage.running = None
        before = stage.outputs
        self._progress(stage, backend, phase, number)
        assert (event["outputs"], event["total"]) == (stage.outputs, self._total(stage, event))
        if before == 0 and stage.outputs:
            stage.first_ns = self.now_ns
        if stage.outputs == event["total"]:
            stage.end_ns = self.now_ns

    def _progress(self, stage: StageAudit, backend: int, phase: int, number: int) -> None:
        if phase == PREFILL:
            assert number > stage.position
            stage.position = number
            stage.outputs = int(number == stage.prompt)
        elif phase == DECODE:
            stage.outputs += 1
        else:
            entry = self.profile.models[stage.model][self.profile.backend_names[backend]]
            stage.position = (number + 1) % len(entry.slices_ms or (1,))
            stage.outputs += stage.position == 0

    def _total(self, stage: StageAudit, event: dict[str, object]) -> int:
        if stage.total is None:
            edge, size = stage.spec.streamed_after, stage.spec.slices_per_tokens
            stage.total = 1
            if edge is not None and size is not None:
                source = self.jobs[_address(event)].named(edge.stage)
                stage.total = math.ceil((source.total or 1) / size)
        return stage.total


def _address(event: dict[str, object]) -> tuple[int, int]:
    return cast("int", event["stream"]), cast("int", event["job"])


_DECISIONS: Final = {kinds.STARTED, kinds.DROPPED, kinds.DEGRADED, kinds.POLICY_FAILED}
_ANYWHERE: Final = {kinds.READY, kinds.SKIPPED, kinds.COMPLETED}
_RELEASED_AFTER_COMMANDS: Final = 3
_RANKS: Final = {
    kinds.FINISHED: 0,
    kinds.RELEASED: 1,
    kinds.STREAM_ADDED: 2,
    kinds.STREAM_STARTED: 2,
    kinds.STREAM_STOPPED: 2,
    kinds.STREAM_CHANGED: 2,
    kinds.POLICY: 2,
    kinds.MARKER: 2,
    kinds.BACKEND_DOWN: 2,
    kinds.DROPPED: 4,
    kinds.DEGRADED: 4,
    kinds.STARTED: 4,
    kinds.POLICY_FAILED: 4,
}
_TURNS: Final = {kinds.FINISHED: "backend", kinds.RELEASED: "stream"}
_HANDLERS: Final = {
    kinds.STREAM_ADDED: Audit._stream_added,
    kinds.STREAM_CHANGED: Audit._stream_changed,
    kinds.POLICY: Audit._policy_changed,
    kinds.POLICY_FAILED: Audit._policy_failed,
    kinds.RELEASED: Audit._released,
    kinds.SKIPPED: Audit._skipped,
    kinds.DEGRADED: Audit._degraded,
    kinds.COMPLETED: Audit._completed,
    kinds.DROPPED: Audit._dropped,
    kinds.STARTED: Audit._started,
    kinds.FINISHED: Audit._finished,
    kinds.BACKEND_DOWN: Audit._backend_down,
}


def audited(case: Case, events: Iterable[Event]) -> Audit:
    """The events of a whole run, read to the end; raises AssertionError if they break a rule."""
    streams = list(load_scenario(case.scenario).streams)
    audit = Audit(load_profile(case.profile), streams, case.policy).read(events)
    audit.close()
    return audit
