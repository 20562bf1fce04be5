"""The time of a backend, shared out among the slices that ran in it together.

Requests that decode in one batch have slices with the same start and end (docs/engine.md). Sums of
time and energy count each with its part, so that they are those of the backend.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from emulator.job_result import StageResult

ALONE: Final = (0, 1)
"""Rank and batch of a slice that has its backend to itself."""


def place_of(fields: Sequence[object]) -> tuple[int, int]:
    """Rank and batch from what follows the other fields of an event; ``ALONE`` without them."""
    match fields:
        case [int(rank), int(batch), *_] if 0 <= rank < batch:
            return rank, batch
    return ALONE


def share_ns(span_ns: int, rank: int, batch: int) -> int:
    """The part of the slice with this rank among ``batch``; together they are ``span_ns``."""
    return span_ns * (rank + 1) // batch - span_ns * rank // batch


def held(stage: StageResult, end_ns: int) -> Iterator[tuple[str, int]]:
    """(backend, ns) of each slice of a stage; one that ran when the run was cut counts up to then.

    Args:
        stage: of a result.
        end_ns: when that run ended.
    """
    shares = stage.shares_ns
    for number, (backend, start_ns, stop_ns) in enumerate(stage.slices):
        if shares:
            yield backend, shares[number]
        else:
            yield backend, (end_ns if stop_ns is None else stop_ns) - start_ns
