"""What runs on a backend right now: all that somebody who executes the slice has to know."""

from dataclasses import dataclass

from emulator.engine.jobs import StageRun
from emulator.journal import DECODE, PREFILL


@dataclass(frozen=True, slots=True)
class RunningSlice:
    """One slice that has started and not ended."""

    stream: str
    job: int
    stage: str
    model: str
    phase: int
    """INFERENCE, PREFILL or DECODE of the journal."""
    number: int
    """As in the journal's ``started``: of the slice within a ``slices_ms`` list, tokens prefilled
    after this chunk (the cached prefix left out), index of the token after the first."""
    begin_tokens: int
    end_tokens: int
    """Context before and after a prefill chunk, the cached prefix included; 0 in other phases."""
    context: int
    """Tokens in the KV cache at which a token is decoded; 0 in other phases."""
    start_ns: int
    expected_ns: int
    """The estimate: the table value with its overheads."""


def running_slice(stage: StageRun, number: int, start_ns: int, expected_ns: int) -> RunningSlice:
    """The record of a stage's running slice."""
    plan, phase = stage.plan, stage.phase
    prefills = phase == PREFILL
    return RunningSlice(
        stream=stage.job.plan.name,
        job=stage.job.index,
        stage=plan.name,
        model=plan.model,
        phase=phase,
        number=number,
        begin_tokens=plan.cached + stage.position if prefills else 0,
        end_tokens=plan.cached + number if prefills else 0,
        context=stage.context if phase == DECODE else 0,
        start_ns=start_ns,
        expected_ns=expected_ns,
    )
