"""What a journal has said about one job and its stages so far, and what that allows."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from emulator.schema.exact import ms_to_ns
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream

NEVER: Final = 1 << 62


@dataclass(slots=True)
class StageAudit:
    """What the journal has said about one stage of one job."""

    spec: Stage
    release_ns: int
    total: int | None = None
    prompt: int = 0
    outputs: int = 0
    position: int = 0
    """Slices of the inference that are done, or tokens prefilled."""
    backend: int | None = None
    running: tuple[int, int, int, int] | None = None
    """(backend, phase, number, start) of the slice that runs."""
    skipped: bool = False
    degraded: bool = False
    end_ns: int | None = None
    first_ns: int | None = None

    @property
    def model(self) -> str:
        """What it runs now."""
        return (self.spec.degraded_model or "") if self.degraded else self.spec.model

    @property
    def ended(self) -> bool:
        """Finished or skipped."""
        return self.skipped or self.end_ns is not None

    def deadlines(self, job_deadline_ns: int | None) -> tuple[int, int]:
        """(of the end, of the first output), NEVER for none."""
        end = NEVER if job_deadline_ns is None else job_deadline_ns
        own, first = self.spec.deadline_ms, self.spec.first_output_deadline_ms
        if own is not None:
            end = math.floor(self.release_ns + ms_to_ns(own))
        first_ns = NEVER if first is None else math.floor(self.release_ns + ms_to_ns(first))
        return end, first_ns


@dataclass(slots=True)
class JobAudit:
    """What the journal has said about one job."""

    stream: Stream
    release_ns: int
    deadline_ns: int | None
    stages: list[StageAudit]
    ended: bool = False
    dropped: bool = False

    @property
    def runs(self) -> bool:
        """Whether one of its slices runs."""
        return any(stage.running for stage in self.stages)

    def named(self, name: str) -> StageAudit:
        """The stage with this name."""
        return next(stage for stage in self.stages if stage.spec.name == name)

    def is_late(self) -> bool:
        """Whether a deadline was passed before what it judges had happened; equal is met."""
        for stage in self.stages:
            end, first = stage.deadlines(self.deadline_ns)
            if stage.end_ns is not None and stage.end_ns > end:
                return True
            if stage.first_ns is not None and stage.first_ns > first:
                return True
        return False

    def open_deadline_ns(self) -> int:
        """The earliest deadline that has not been decided yet."""
        earliest = NEVER
        for stage in self.stages:
            if not stage.ended:
                end, first = stage.deadlines(self.deadline_ns)
                earliest = min(earliest, end, first if stage.first_ns is None else NEVER)
        return earliest

    def assert_may_begin(self, stage: StageAudit) -> None:
        """Data predecessors have ended, the streamed one has produced what the slice needs."""
        for edge in stage.spec.after:
            source = self.named(edge.stage)
            if not edge.stream:
                assert source.ended, "started before its predecessor ended"
            elif stage.position == 0:
                size = stage.spec.slices_per_tokens or Fraction(1)
                needed = max(edge.after_tokens, math.ceil((stage.outputs + 1) * size))
                assert source.outputs >= min(needed, source.total or 1), "started before its tokens"
        before = [self.named(edge.stage) for edge in stage.spec.after]
        assert not before or not all(source.skipped for source in before)
