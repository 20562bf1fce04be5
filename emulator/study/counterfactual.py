"""What the last minute of a run would have been under another policy.

The run is made again with the same commands up to the beginning of the span, so that all policies
start from the same backlog. In the span the swaps that really came are left out, and the candidate
takes over at its first instant; streams are started, stopped and added as they really were.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from emulator.collector import collector_off
from emulator.commands import Command, SwapPolicy
from emulator.engine import Engine
from emulator.policies import find_policy
from emulator.session.origin import Origin
from emulator.study.counterfactual_span import SpanCounts, SpanFigures
from emulator.virtual import run_virtual

SPAN_NS: Final = 60_000_000_000
AS_IT_WAS: Final = ""
"""The candidate for the policies that there really were, swaps and all."""
STRIDE_NS: Final = 1_000_000_000
"""Virtual time between two looks at whether anybody still waits: a few milliseconds of work."""

TimedCommands: TypeAlias = tuple[tuple[int, Command], ...]


@dataclass(frozen=True, slots=True)
class CounterfactualRequest:
    """What the core knows of its run."""

    origin: Origin
    commands: TimedCommands
    """All so far: (virtual ns at which it took effect, command), in order."""
    now_ns: int
    """The instant that the run has processed last."""
    candidates: tuple[str, ...]
    """Policies by name, and ``AS_IT_WAS``; without any the run is only followed."""
    span_ns: int = SPAN_NS

    @property
    def begin_ns(self) -> int:
        """The last instant that is as it really was; -1: the span is the whole run."""
        return max(-1, self.now_ns - self.span_ns)


class Shadow:
    """The run made again, up to an instant that moves on with the real one.

    Raises UserError: an unknown policy, or a scenario that does not fit the profile.
    """

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self._engine = Engine(
            origin.profile,
            origin.scenario,
            origin.policy,
            seed=origin.seed,
            effects=origin.effects,
        )
        self._counts = SpanCounts(origin.profile, origin.scenario)
        self._commands: TimedCommands = ()
        self.reached_ns = -1

    def follows(self, request: CounterfactualRequest) -> bool:
        """Whether it is this run, and not yet beyond the beginning of the span."""
        done = len(self._commands)
        return (
            self.origin == request.origin
            and self.reached_ns <= request.begin_ns
            and self._commands == request.commands[:done]
            and all(t_ns > self.reached_ns for t_ns, _ in request.commands[done : done + 1])
        )

    def step(self, request: CounterfactualRequest) -> bool:
        """Goes on by a stride; returns whether the beginning of the span is reached."""
        until_ns = min(self.reached_ns + STRIDE_NS, request.begin_ns)
        waiting = request.commands[len(self._commands) :]
        due = tuple(each for each in waiting if each[0] <= until_ns)
        self._advance(due, until_ns)
        self._commands += due
        return until_ns == request.begin_ns

    def outcome(
        self, request: CounterfactualRequest, candidate: str
    ) -> Iterator[SpanFigures | None]:
        """Goes on to the end of the span under a candidate; yields None after each stride.

        The shadow cannot go on with the real run after that.

        Raises:
            UserError: no such policy.
        """
        self._counts.begin(request.begin_ns)
        rest = list(request.commands[len(self._commands) :])
        if candidate != AS_IT_WAS:
            takeover = SwapPolicy(find_policy(candidate).name)
            rest = [each for each in rest if not isinstance(each[1], SwapPolicy)]
            rest.insert(0, (request.begin_ns + 1, takeover))
        while self.reached_ns < request.now_ns:
            until_ns = min(self.reached_ns + STRIDE_NS, request.now_ns)
            self._advance([each for each in rest if each[0] <= until_ns], until_ns)
            rest = [each for each in rest if each[0] > until_ns]
            yield None
        yield self._counts.figures(candidate, request.now_ns)

    def _advance(self, commands: Iterable[tuple[int, Command]], until_ns: int) -> None:
        with collector_off():
            run_virtual(self._engine, self._counts.feed, until_ns=until_ns, commands=commands)
        self.reached_ns = until_ns


def counterfactual(request: CounterfactualRequest) -> Iterator[SpanFigures]:
    """The figures of the span under each candidate, each made from the start of the run, here.

    The plain way: for a run of minutes, and to check the worker by, which gives the same figures.

    Raises:
        UserError: no such policy.
    """
    for candidate in request.candidates:
        shadow = Shadow(request.origin)
        while not shadow.step(request):
            pass
        for figures in shadow.outcome(request, candidate):
            if figures is not None:
                yield figures
