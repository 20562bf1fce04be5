"""What became of one job: the records of a result.

Named tuples, because a frozen dataclass takes several times as long to make, and a run has many.
"""

from typing import Literal, NamedTuple, TypeAlias

Outcome: TypeAlias = Literal["met", "late", "dropped", "skipped", "running"]
"""``running``: had not ended when the run was cut."""


class SliceResult(NamedTuple):
    """One slice: ``backend, start_ns, end_ns = slice``."""

    backend: str
    start_ns: int
    end_ns: int | None
    """None for a slice that ran when the run was cut."""


class StageResult(NamedTuple):
    """One stage of one job. An instant is None where it did not come."""

    name: str
    model: str
    ready_ns: int | None
    """When it became ready first: the *ask* from which TTFT counts."""
    start_ns: int | None
    finish_ns: int | None
    """None unless the stage itself has finished, whatever slices of it have run."""
    deadline_ns: int | None
    """Absolute: its own deadline, else the job's."""
    prompt_tokens: int | None
    output_tokens: int | None
    """Tokens to be produced, drawn at the release; both counts are None without an LLM."""
    first_token_ns: int | None
    outcome: Outcome
    """By its own deadlines, else the job's."""
    slices: tuple[SliceResult, ...]
    shares_ns: tuple[int, ...] = ()
    """In step with the slices, the time of its backend that each stands for, less than it took
    where requests decoded together; empty where none did."""


class JobResult(NamedTuple):
    """One job. ``reason`` (of a drop) and ``cause`` (of a miss) are empty where there is none."""

    stream: str
    index: int  # type: ignore[assignment]  # hides a method of tuple
    release_ns: int
    deadline_ns: int | None
    """The job's own deadline; its stages may have others."""
    start_ns: int | None
    finish_ns: int | None
    """When its last stage ended; None for a dropped or running job."""
    outcome: Outcome
    response_ns: int | None
    """From release to finish, of a job that was met or late."""
    reason: str
    cause: str
    missed: bool | None
    """The fate: True for late, dropped and overdue, False for met, None where there is no deadline
    or it is not known yet."""
    stages: tuple[StageResult, ...]
    degraded: bool = False
    """Whether a stage ran, or would have run, its cheaper model."""

    @property
    def overdue(self) -> bool:
        """Whether a deadline had passed already when the run was cut."""
        return self.outcome == "running" and self.missed is True
