"""What the simulator is given besides the two dicts, and the records it hands out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Slice = tuple[str, int, int]
Command = tuple[int, str, str]
Draws = Callable[[str, int, str, str, int], float]
Outcome = Literal["met", "late", "dropped", "skipped", "running"]
StageState = Literal["waiting", "active", "done", "skipped"]


@dataclass(frozen=True, slots=True)
class RefStage:
    """One stage of the result; `slices` are (backend, start_ns, end_ns)."""

    name: str
    ready_ns: int | None
    start_ns: int | None
    finish_ns: int | None
    first_token_ns: int | None
    outcome: StageState
    slices: list[Slice]


@dataclass(frozen=True, slots=True)
class RefJob:
    """One job of the result."""

    stream: str
    index: int
    release_ns: int
    deadline_ns: int | None
    start_ns: int | None
    finish_ns: int | None
    outcome: Outcome
    drop_reason: str | None
    stages: list[RefStage]
