"""What each event of the journal changes in the figures."""

from emulator import journal
from emulator.journal import INFERENCE
from emulator.metrics import events, misses
from emulator.metrics.checkpoint import below
from emulator.metrics.facts import StreamReader
from emulator.metrics.jobs import NOT_YET, OpenJob
from emulator.metrics.parts import Parts
from emulator.metrics.streams import Miss, StreamState
from emulator.policies.own_name import brief
from emulator.shared_time import place_of, share_ns
from emulator.snapshot import backend_label


class Counting:
    """Keeps the parts up to date; ``reader`` says what the streams of the run are.

    An event that does not fit the run raises one of ``MISFITS``.
    """

    def __init__(self, parts: Parts, reader: StreamReader) -> None:
        self._reader = reader
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
        self.handlers: events.Handlers = self._all_handlers()
        """By kind of event."""

    def pass_deadlines(self, now_ns: int) -> None:
        """Jobs of which a deadline has passed before now have missed it, wherever they stand."""
        for deadline_ns, job, limit in self._deadlines.passed(now_ns):
            job.missed_limit = limit
            stream = self._streams[job.stream]
            self._fate(stream, job, deadline_ns, missed=True)
            if stream.first_overdue is None:
                stream.first_overdue = job

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
        self._log.add(t_ns, "policy", f"{brief(str(old))} -> {brief(str(new))}")

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
