"""Journal to snapshot: the figures on the screen, kept up to date event by event."""

from collections.abc import Mapping, Sequence
from typing import cast

from emulator import journal
from emulator.effects import ENERGY
from emulator.journal import INFERENCE, Event
from emulator.metrics import events, misses
from emulator.metrics.checkpoint import State, below, natural
from emulator.metrics.events import MISFITS, misfit, misread
from emulator.metrics.facts import StreamReader
from emulator.metrics.jobs import NOT_YET, OpenJob
from emulator.metrics.parts import Parts
from emulator.metrics.policies import PolicyRecord
from emulator.metrics.streams import Miss, StreamState
from emulator.metrics.views import backend_views, recent_slices, recent_swaps, stream_views
from emulator.metrics.windows import BUCKET_NS, NS_PER_S, SECOND_NS, WINDOW_NS
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.shared_time import place_of, share_ns
from emulator.snapshot import Pace, Snapshot, backend_label


class Metrics:
    """Everything a screen shows of one run, from its journal alone.

    Memory is bounded but for the jobs that are in flight. ``policies`` are the (name, description)
    of the pick list; a policy that is swapped in beside them joins the list. ``providers`` are what
    executes the slices of real backends, by name.
    """

    def __init__(
        self,
        profile: Profile,
        scenario: Scenario,
        policy: str,
        *,
        seed: int,
        run: int = 1,
        policies: Sequence[tuple[str, str]] = (),
        providers: Mapping[str, str] | None = None,
        effects: str = "",
    ) -> None:
        self._profile = profile
        self._scenario = scenario
        self._seed = seed
        self._run = run
        names = [name for name in effects.split(",") if name]
        self._has_energy = ENERGY in names
        # Energy shows itself, and changes nothing else.
        others = ", ".join(name for name in names if name != ENERGY)
        self._with = f" with {others}" if others else ""
        self._reader = StreamReader(profile, scenario)
        self._offered = tuple(policies)
        self._providers = dict(providers or {})
        self._now_ns = 0
        record = PolicyRecord(policies, policy)
        self._take(Parts.fresh(profile, record, with_energy=self._has_energy))
        self._handlers = self._all_handlers()

    def feed(self, new: Sequence[Event]) -> None:
        """Takes the next events of the journal, in order; kinds it does not know are ignored.

        Raises:
            JournalError: an event that cannot belong to a run of this profile and scenario.
        """
        deadlines, handler_of = self._deadlines, self._handlers.get
        event: events.Unread = ()
        try:
            for event in cast("Sequence[events.Unread]", new):
                if deadlines.next_ns < event[1]:
                    self._pass_deadlines(event[1])
                handler = handler_of(event[0])
                if handler is not None:
                    handler(event)
        except MISFITS as error:
            raise misfit(event, error) from error
        if event:
            self._now_ns = event[1]

    def state(self) -> State:
        """What a keyframe holds, for msgpack; see ``restore``. Taking it changes nothing."""
        return self._now_ns, self._parts.state(self._now_ns)

    def restore(self, state: State) -> None:
        """Goes on from where other metrics of this profile and scenario were.

        Later events and snapshots give what they would have given there, from the instant of the
        last event or snapshot before ``state()`` on.

        Raises:
            JournalError: it is no such state; nothing has changed then.
        """
        try:
            now_ns, parts = state
            restored = Parts.restored(
                self._profile, self._reader, self._offered, parts, with_energy=self._has_energy
            )
            self._now_ns = natural(now_ns)
        except MISFITS as error:
            raise misread("keyframe", error) from error
        self._take(restored)

    def snapshot(self, now_ns: int, *, state: str, speed: float, pace: Pace) -> Snapshot:
        """What the screen shows at this virtual time, not before that of the last event fed.

        Raises:
            JournalError: what was fed or restored contradicts itself.
        """
        try:
            return self._snapshot(now_ns, state, speed, pace)
        except MISFITS as error:
            raise misread("journal", error) from error

    def _snapshot(self, now_ns: int, state: str, speed: float, pace: Pace) -> Snapshot:
        now_ns = self._now_ns = max(now_ns, 0)
        self._pass_deadlines(now_ns)
        streams = tuple(stream_views(self._parts, now_ns))
        rates = [each.missed / each.known for each in streams if each.known]
        return Snapshot(
            run=self._run,
            t_ns=now_ns,
            state=state,
            speed=speed,
            pace=pace,
            scenario=self._scenario_name(),
            profile=self._profile.name,
            profile_title=self._profile.title or self._profile.name,
            seed=self._seed,
            policy=self._policies.active,
            window_s=WINDOW_NS / NS_PER_S,
            bucket_s=BUCKET_NS / NS_PER_S,
            backends=tuple(backend_views(self._parts, now_ns, self._providers)),
            streams=streams,
            policies=self._policies.views(now_ns),
            missed=sum(each.missed for each in streams),
            known=sum(each.known for each in streams),
            window_missed=sum(each.window_missed for each in streams),
            window_known=sum(each.window_known for each in streams),
            violation_rate_mean=sum(rates) / len(rates) if rates else 0.0,
            miss_history=self._missed.history(now_ns, NS_PER_S),
            tokens_per_s=self._tokens.per_second(now_ns, SECOND_NS),
            token_history=self._tokens.history(now_ns, NS_PER_S),
            slices=tuple(recent_slices(self._parts, now_ns)),
            swaps_ns=recent_swaps(self._parts, now_ns),
            log=self._log.lines(),
        )

    def specs(self) -> dict[str, Mapping[str, object] | None]:
        """What a command described each stream by, in stream order; None: as in the scenario."""
        return {each.facts.name: each.spec for _, each in sorted(self._streams.items())}

    def _take(self, parts: Parts) -> None:
        self._parts = parts
        self._streams = parts.streams
        self._backends = parts.backends
        self._occupancy = parts.occupancy
        self._deadlines = parts.deadlines
        self._policies = parts.policies
        self._swaps_ns = parts.swaps_ns
        self._log = parts.log
        self._missed = parts.missed
        self._tokens = parts.tokens
        self._power = parts.power

    def _all_handlers(self) -> events.Handlers:
        return {
            journal.STREAM_ADDED: self._stream_added,
            journal.STREAM_STARTED: self._stream_started,
            journal.STREAM_STOPPED: self._stream_stopped,
            journal.STREAM_CHANGED: self._stream_changed,
            journal.RELEASED: self._released,
            journal.READY: self._ready,
            journal.STARTED: self._started,
            journal.FINISHED: self._finished,
            journal.SKIPPED: self._skipped,
            journal.DEGRADED: self._degraded,
            journal.COMPLETED: self._completed,
            journal.DROPPED: self._dropped,
            journal.POLICY: self._policy_swapped,
            journal.POLICY_FAILED: self._policy_failed,
            journal.MARKER: self._marker,
            journal.BACKEND_DOWN: self._backend_down,
        }

    def _scenario_name(self) -> str:
        """The scenario, how many streams were added to it, and the effects of the run."""
        added = sum(
            not self._reader.is_written(stream.facts.name) for stream in self._streams.values()
        )
        return self._scenario.name + (f" +{added}" if added else "") + self._with

    # Streams

    def _stream_added(self, event: events.StreamAdded) -> None:
        _, t_ns, index, name, spec, *_ = event
        self._streams[index] = StreamState(self._reader.facts(name, spec), index, spec)
        if spec is not None:
            self._log.add(t_ns, "stream", f"{name} added", index)

    def _stream_started(self, event: events.OfStream) -> None:
        _, t_ns, index, *_ = event
        stream = self._streams[index]
        stream.stopped = False
        self._log.add(t_ns, "stream", f"{stream.facts.name} started", index)

    def _stream_stopped(self, event: events.OfStream) -> None:
        _, t_ns, index, *_ = event
        stream = self._streams[index]
        stream.stopped = True
        self._log.add(t_ns, "stream", f"{stream.facts.name} stopped", index)

    def _stream_changed(self, event: events.StreamChanged) -> None:
        _, t_ns, index, spec, *_ = event
        stream = self._streams[index]
        # Stages and their limits are as before, so that open jobs are judged as before.
        stream.facts, stream.spec = self._reader.facts(stream.facts.name, spec), spec
        self._log.add(t_ns, "stream", f"{stream.facts.name} changed", index)

    # Jobs

    def _released(self, event: events.Released) -> None:
        _, t_ns, index, number, deadline_ns, tokens, *_ = event
        stream = self._streams[index]
        facts = stream.facts
        job = OpenJob(facts, index, number, t_ns, deadline_ns, tokens, self._occupancy)
        stream.released(job)
        for stage in facts.roots:
            job.make_ready(stage, t_ns, facts.stages[stage].fastest)
        if job.judged:
            self._deadlines.watch(job)

    def _ready(self, event: events.OfStage) -> None:
        _, t_ns, index, number, stage, *_ = event
        stream = self._streams[index]
        job, facts = stream.open[number], stream.facts.stages[stage]
        if facts.may_skip and job.asked_ns[stage] == NOT_YET:
            self._deadlines.watch_stage(job, stage)
        job.make_ready(stage, t_ns, facts.fastest)

    def _started(self, event: events.Started) -> None:
        _, t_ns, index, number, stage, backend, phase, _, *place = event
        stream = self._streams[index]
        job = stream.open[number]
        job.start(stage, backend, phase, t_ns)
        stream.backend = backend
        if place and place_of(place)[0]:
            return  # it joins a batch, whose leader holds the backend
        self._backends[backend].start(job, stage, t_ns)
        self._occupancy.start(backend, job.facts.name, t_ns)
        if self._power is not None:
            self._power.start(backend, job, stage, t_ns)

    def _finished(self, event: events.Finished) -> None:
        _, t_ns, index, number, stage, backend, phase, _, start_ns, outputs, total, *place = event
        stream = self._streams[index]
        job = stream.open[number]
        new_token = phase != INFERENCE and outputs != job.outputs[stage]
        if place and place_of(place)[0]:
            self._backends[backend].join(job, stage, start_ns, t_ns)
        else:
            self._backends[backend].finish(job, stage, start_ns, t_ns)
            self._occupancy.finish(backend, t_ns)
        if self._power is not None:
            held_ns = share_ns(t_ns - start_ns, *place_of(place))
            self._power.finish(backend, job, stage, t_ns - held_ns, t_ns)
        job.finish(stage, outputs, total, t_ns)
        if new_token:
            stream.token(job, stage, total, t_ns)
            self._tokens.add(t_ns, 1)

    def _skipped(self, event: events.OfStage) -> None:
        _, _, index, number, stage, *_ = event
        self._streams[index].open[number].skip(stage)

    def _degraded(self, event: events.OfStage) -> None:
        _, _, index, number, stage, *_ = event
        stream = self._streams[index]
        stream.degrade(stream.open[number], below(stage, len(stream.facts.stages)))

    def _completed(self, event: events.Completed) -> None:
        _, t_ns, index, number, outcome, cause, *_ = event
        stream = self._streams[index]
        job = stream.open.pop(number)
        job.close(t_ns)
        if outcome != "skipped":
            stream.completed(job, t_ns, met=outcome == "met")
        if outcome == "skipped" or not job.judged:
            stream.no_fate(job)
            return
        late = outcome == "late"
        if not job.known:
            self._fate(stream, job, t_ns, missed=late)
        if late:
            stream.last_miss = Miss(job, t_ns, "late", "", cause)
            if self._log.takes_miss(t_ns):
                limit = job.missed_limit
                stage = job.longest_wait() if limit is None else limit.stage
                text = misses.late_line(job, t_ns, misses.backend_name(job, stage, self._backends))
                self._log.add(t_ns, "miss", text, index)

    def _dropped(self, event: events.Dropped) -> None:
        _, t_ns, index, number, reason, cause, *_ = event
        stream = self._streams[index]
        job = stream.open.pop(number)
        job.close(t_ns)
        stream.gave_up(job, t_ns)
        stream.last_miss = Miss(job, t_ns, "dropped", reason, cause)
        if not job.judged:
            stream.no_fate(job)
        elif not job.known:
            self._fate(stream, job, t_ns, missed=True)
        if self._log.takes_miss(t_ns):
            self._log.add(t_ns, "drop", misses.dropped_line(job, t_ns, reason), index)

    def _pass_deadlines(self, now_ns: int) -> None:
        """Jobs of which a deadline has passed before now have missed it, wherever they stand."""
        for deadline_ns, job, limit in self._deadlines.passed(now_ns):
            job.missed_limit = limit
            stream = self._streams[job.stream]
            self._fate(stream, job, deadline_ns, missed=True)
            if stream.first_overdue is None:
                stream.first_overdue = job

    def _fate(self, stream: StreamState, job: OpenJob, t_ns: int, *, missed: bool) -> None:
        stream.fate(job, t_ns, missed=missed)
        self._policies.fate(missed=missed)
        if missed:
            self._missed.add(t_ns, 1)

    # Policies and remarks

    def _policy_swapped(self, event: events.TwoTexts) -> None:
        _, t_ns, old, new, *_ = event
        self._policies.swap(new, t_ns)
        self._swaps_ns.append(t_ns)
        self._log.add(t_ns, "policy", f"{old} -> {new}")

    def _policy_failed(self, event: events.TwoTexts) -> None:
        _, t_ns, policy, error, *_ = event
        self._log.add(t_ns, "error", f"policy {policy} failed: {error}")

    def _marker(self, event: events.Marker) -> None:
        _, t_ns, text, *_ = event
        self._log.add(t_ns, "marker", text)

    def _backend_down(self, event: events.OfBackend) -> None:
        _, t_ns, index, reason, *_ = event
        backend = self._backends[index]
        lost = backend.lose(reason, t_ns)
        if lost is not None:
            self._occupancy.finish(index, t_ns)
            if self._power is not None:
                self._power.finish(index, lost.job, lost.stage, lost.start_ns, t_ns)
            for stream in self._streams.values():
                for job in stream.open.values():
                    job.lose_all_on(index, t_ns)
        self._log.add(t_ns, "error", f"{backend_label(backend.name)} is down: {reason}")
