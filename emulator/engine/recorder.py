"""What the engine tells about a run: the only way out of it, one method per kind of event."""

from emulator import journal
from emulator.engine.jobs import NEVER, Job, StageRun
from emulator.engine.release import tokens_of
from emulator.journal import Event


class Recorder:
    """Writes the journal."""

    __slots__ = ("_events",)

    def __init__(self) -> None:
        self._events: list[Event] = []

    def drain(self) -> list[Event]:
        """The events since the last call."""
        events, self._events = self._events, []
        return events

    def stream_added(
        self, stream: int, name: str, spec: dict[str, object] | None, t_ns: int
    ) -> None:
        """``spec`` is the stream as a dict, None for a stream of the scenario."""
        self._events.append((journal.STREAM_ADDED, t_ns, stream, name, spec))

    def stream_started(self, stream: int, t_ns: int) -> None:
        """It releases jobs from now on."""
        self._events.append((journal.STREAM_STARTED, t_ns, stream))

    def stream_stopped(self, stream: int, t_ns: int) -> None:
        """It releases none any more."""
        self._events.append((journal.STREAM_STOPPED, t_ns, stream))

    def stream_changed(self, stream: int, spec: dict[str, object], t_ns: int) -> None:
        """It goes on by this dict."""
        self._events.append((journal.STREAM_CHANGED, t_ns, stream, spec))

    def policy(self, old: str, new: str, t_ns: int) -> None:
        """The policy was swapped."""
        self._events.append((journal.POLICY, t_ns, old, new))

    def policy_failed(self, policy: str, error: str, t_ns: int) -> None:
        """The policy broke."""
        self._events.append((journal.POLICY_FAILED, t_ns, policy, error))

    def backend_down(self, backend: int, reason: str, t_ns: int) -> None:
        """A backend is gone; the slice that ran there ends without a result."""
        self._events.append((journal.BACKEND_DOWN, t_ns, backend, reason))

    def marker(self, text: str, t_ns: int) -> None:
        """A remark of the user."""
        self._events.append((journal.MARKER, t_ns, text))

    def released(self, job: Job, t_ns: int) -> None:
        """A job came."""
        plan = job.plan
        deadline = None if job.deadline_ns == NEVER else job.deadline_ns
        tokens = tokens_of(job) if plan.has_llm else None
        self._events.append((journal.RELEASED, t_ns, plan.index, job.index, deadline, tokens))

    def ready(self, stage: StageRun, t_ns: int) -> None:
        """A stage became ready after its job's release."""
        job = stage.job
        self._events.append((journal.READY, t_ns, job.plan.index, job.index, stage.plan.index))

    def started(self, stage: StageRun, backend: int, number: int, t_ns: int) -> None:
        """The stage's next slice started."""
        job = stage.job
        self._events.append(
            (
                journal.STARTED,
                t_ns,
                job.plan.index,
                job.index,
                stage.plan.index,
                backend,
                stage.phase,
                number,
            )
        )

    def finished(
        self, stage: StageRun, backend: int, phase: int, number: int, start_ns: int, t_ns: int
    ) -> None:
        """A slice ended; the stage counts its output already."""
        job = stage.job
        self._events.append(
            (
                journal.FINISHED,
                t_ns,
                job.plan.index,
                job.index,
                stage.plan.index,
                backend,
                phase,
                number,
                start_ns,
                stage.outputs,
                stage.total,
            )
        )

    def skipped(self, stage: StageRun, t_ns: int) -> None:
        """A stage will not run."""
        job = stage.job
        self._events.append((journal.SKIPPED, t_ns, job.plan.index, job.index, stage.plan.index))

    def degraded(self, stage: StageRun, t_ns: int) -> None:
        """A stage will run its cheaper model."""
        job = stage.job
        self._events.append((journal.DEGRADED, t_ns, job.plan.index, job.index, stage.plan.index))

    def completed(self, job: Job, outcome: str, t_ns: int) -> None:
        """All stages of a job ended: met, late or skipped."""
        cause = job.cause if outcome == "late" else ""
        self._events.append((journal.COMPLETED, t_ns, job.plan.index, job.index, outcome, cause))

    def dropped(self, job: Job, reason: str, t_ns: int) -> None:
        """A job was given up."""
        self._events.append((journal.DROPPED, t_ns, job.plan.index, job.index, reason, job.cause))


class SilentRecorder(Recorder):
    """Writes down what is done to the run, and nothing of its jobs."""

    __slots__ = ()

    def released(self, job: Job, t_ns: int) -> None:
        """Not written."""

    def ready(self, stage: StageRun, t_ns: int) -> None:
        """Not written."""

    def started(self, stage: StageRun, backend: int, number: int, t_ns: int) -> None:
        """Not written."""

    def finished(
        self, stage: StageRun, backend: int, phase: int, number: int, start_ns: int, t_ns: int
    ) -> None:
        """Not written."""

    def skipped(self, stage: StageRun, t_ns: int) -> None:
        """Not written."""

    def degraded(self, stage: StageRun, t_ns: int) -> None:
        """Not written."""

    def completed(self, job: Job, outcome: str, t_ns: int) -> None:
        """Not written."""

    def dropped(self, job: Job, reason: str, t_ns: int) -> None:
        """Not written."""
