"""Small cases computed by hand, as data: any simulator of the semantics page must agree.

An expected run is a table, one job a line:

    cam 0  met | hear: npu 0-6; think: gpu 6-8* gpu 8-9; speak: skipped

that is stream, job number, outcome, and per stage (in file order) its slices with start and end
in milliseconds. `*` marks the slice whose end is an LLM's first token, `-` a stage without slices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from tests.reference.loading import NS_PER_MS, Table
from tests.reference.records import Command, Slice
from tests.reference.rows.commands import COMMAND_ROWS
from tests.reference.rows.instants import INSTANT_ROWS
from tests.reference.rows.jobs import JOB_ROWS
from tests.reference.rows.orders import ORDER_ROWS
from tests.reference.rows.page import PAGE_ROWS
from tests.reference.rows.slices import SLICE_ROWS
from tests.reference.rows.streamed import STREAMED_ROWS


@dataclass(frozen=True, slots=True)
class ExpectedStage:
    """One stage of an expected job, times in ns."""

    name: str
    slices: list[Slice]
    first_token_ns: int | None
    skipped: bool


@dataclass(frozen=True, slots=True)
class ExpectedJob:
    """One job of an expected run."""

    stream: str
    index: int
    outcome: str
    stages: list[ExpectedStage]

    @property
    def finish_ns(self) -> int | None:
        """The end of the last slice, None unless the job was completed."""
        if self.outcome not in ("met", "late"):
            return None
        return max(part[2] for stage in self.stages for part in stage.slices)


@dataclass(frozen=True, slots=True)
class Example:
    """A case with its expected run; `why` is the arithmetic in words."""

    name: str
    why: str
    profile: Table
    scenario: Table
    policy: str
    duration_s: float
    commands: Sequence[Command]
    drain: bool
    expected: list[ExpectedJob]


def parse_jobs(table: str) -> list[ExpectedJob]:
    """Read a table of expected jobs."""
    return [_job(line) for line in table.strip().splitlines()]


def _job(line: str) -> ExpectedJob:
    head, _, stages = line.partition("|")
    stream, index, outcome = head.split()
    return ExpectedJob(stream, int(index), outcome, [_stage(text) for text in stages.split(";")])


def _stage(text: str) -> ExpectedStage:
    name, _, slices = text.partition(":")
    words = slices.split()
    if words in (["-"], ["skipped"]):
        return ExpectedStage(name.strip(), [], None, skipped=words == ["skipped"])
    found: list[Slice] = []
    first_token_ns = None
    for backend, span in list(pairwise(words))[::2]:
        start, end = (_to_ns(value) for value in span.removesuffix("*").split("-"))
        found.append((backend, start, end))
        if span.endswith("*"):
            first_token_ns = end
    return ExpectedStage(name.strip(), found, first_token_ns, skipped=False)


def _to_ns(milliseconds: str) -> int:
    return int(Fraction(milliseconds) * NS_PER_MS)


EXAMPLES = [
    Example(
        name=row.name,
        why=row.why,
        profile=row.profile,
        scenario={"streams": row.streams},
        policy=row.policy,
        duration_s=row.duration_s,
        commands=row.commands,
        drain=row.drain,
        expected=parse_jobs(row.expected),
    )
    for row in (
        *PAGE_ROWS,
        *ORDER_ROWS,
        *INSTANT_ROWS,
        *SLICE_ROWS,
        *STREAMED_ROWS,
        *JOB_ROWS,
        *COMMAND_ROWS,
    )
]
