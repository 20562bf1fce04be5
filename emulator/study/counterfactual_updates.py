"""What a ``CounterfactualWorker`` tells, and what goes to its process."""

from dataclasses import dataclass
from typing import TypeAlias

from emulator.session.origin import Origin
from emulator.study.counterfactual import CounterfactualRequest, TimedCommands
from emulator.study.counterfactual_span import SpanFigures


@dataclass(frozen=True, slots=True)
class CatchingUp:
    """The run is being made again up to the beginning of the span."""

    serial: int
    """Of the request: what ``CounterfactualWorker.start`` returned."""
    share: float
    """How much of the way is behind it, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Found:
    """The figures of one candidate, as soon as they are there."""

    serial: int
    figures: SpanFigures


@dataclass(frozen=True, slots=True)
class Done:
    """All candidates were told."""

    serial: int


@dataclass(frozen=True, slots=True)
class Failed:
    """There will be no more of it."""

    serial: int
    error: str


Update: TypeAlias = CatchingUp | Found | Done | Failed


@dataclass(frozen=True, slots=True)
class Asked:
    """A request on its way to the process, about the ``Origin`` that was sent last."""

    serial: int
    commands: TimedCommands
    now_ns: int
    candidates: tuple[str, ...]
    span_ns: int

    def request(self, origin: Origin) -> CounterfactualRequest:
        """The whole of it."""
        return CounterfactualRequest(
            origin, self.commands, self.now_ns, self.candidates, self.span_ns
        )


ToProcess: TypeAlias = Origin | Asked | None
"""A new run, a request, or that nobody waits for the last one any more."""
