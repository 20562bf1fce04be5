"""What grows in a capacity search: a stream's rate, its copies, its tokens, or the whole load."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias, get_args

from emulator.errors import UserError
from emulator.names import shown, unknown
from emulator.scenario import Scenario
from emulator.schema.arrival import MAX_RATE_HZ, ClosedLoop, Poisson
from emulator.schema.distributions import (
    MAX_TOKENS,
    Choice,
    Constant,
    Exponential,
    Lognormal,
    TokenCount,
    Uniform,
)
from emulator.schema.stream import Stream
from emulator.serving.emulation import free_name, with_name

What: TypeAlias = Literal["rate", "count", "prompt_tokens", "output_tokens", "load"]
LOAD: Final = "load"
OF_A_STREAM: Final = tuple(each for each in get_args(What) if each != LOAD)
MAX_COUNT: Final = 1_000
MAX_FACTOR: Final = 1_000

_SCENARIO_WIDE: Final = "load, STREAM.rate, STREAM.count, STREAM.prompt_tokens or "
_EXPECTED: Final = f"expected {_SCENARIO_WIDE}STREAM.output_tokens"


@dataclass(frozen=True, slots=True)
class Variable:
    """One quantity of a scenario that a search may change."""

    text: str
    """As it was written."""
    what: What
    stream: str
    """Empty for the load."""
    own: Fraction
    """Its value in the scenario: releases per second, 1 copy, or a factor of 1."""

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole values only."""
        return self.what == "count"

    @property
    def unit(self) -> str:
        """What its values are: ``/s``, ``copies``, or ``x`` for a factor."""
        return {"rate": "/s", "count": "copies"}.get(self.what, "x")

    @property
    def most(self) -> Fraction:
        """The largest value that it takes."""
        limits = {"rate": MAX_RATE_HZ, "count": MAX_COUNT}
        return Fraction(limits.get(self.what, MAX_FACTOR))


def variable(text: str, scenario: Scenario) -> Variable:
    """What a text such as ``npc-dialogue.rate`` or ``load`` names in a scenario.

    Raises:
        UserError: no such stream or quantity, or a stream that does not have it.
    """
    name, _, what = text.strip().rpartition(".")
    if not name and what == LOAD:
        return Variable(text, "load", "", Fraction(1))
    if not name:
        raise _wrong(text, _EXPECTED)
    streams = {stream.name: stream for stream in scenario.streams}
    if name not in streams:
        raise _wrong(text, unknown("stream", name, streams))
    match what:
        case "rate":
            return Variable(text, what, name, _own_rate(streams[name], text))
        case "count":
            return Variable(text, what, name, Fraction(1))
        case "prompt_tokens" | "output_tokens":
            if all(stage.output_tokens is None for stage in streams[name].stages):
                raise _wrong(text, f"stream {shown(name)} has no language model, and so no {what}")
            return Variable(text, what, name, Fraction(1))
    raise _wrong(text, unknown("quantity of a stream", what, OF_A_STREAM))


def varied(scenario: Scenario, what: Variable, value: Fraction) -> Scenario:
    """The scenario with another value of the variable; everything else stays as it is."""
    if what.what == "load":
        streams = tuple(_loaded(stream, value) for stream in scenario.streams)
    elif what.what == "count":
        streams = _with_copies(scenario, what.stream, copies(scenario, what, value))
    else:
        streams = tuple(
            _changed(stream, what, value) if stream.name == what.stream else stream
            for stream in scenario.streams
        )
    return scenario.model_copy(update={"streams": streams})


def copies(scenario: Scenario, what: Variable, value: Fraction) -> tuple[str, ...]:
    """Names of the varied stream and its copies; empty for the load."""
    if what.what != "count":
        return (what.stream,) if what.stream else ()
    taken = {stream.name for stream in scenario.streams}
    names = [what.stream]
    while len(names) < value:
        names.append(free_name(what.stream, taken))
        taken.add(names[-1])
    return tuple(names)


def _with_copies(scenario: Scenario, name: str, names: tuple[str, ...]) -> tuple[Stream, ...]:
    streams: list[Stream] = []
    for stream in scenario.streams:
        if stream.name == name:
            # The copies stand where the stream does, so that ties with others go as before.
            streams += [with_name(stream, each) for each in names]
        else:
            streams.append(stream)
    return tuple(streams)


def _own_rate(stream: Stream, text: str) -> Fraction:
    if stream.period is not None:
        return 10**9 / stream.period
    if isinstance(stream.arrival, Poisson):
        return 10**9 / stream.arrival.mean_interval_ns
    if isinstance(stream.arrival, ClosedLoop):
        what = "waits for its own jobs to end and has no rate"
    else:
        what = "is released at given instants and has no rate"
    raise _wrong(text, f"stream {shown(stream.name)} {what}: vary {stream.name}.count or load")


def _changed(stream: Stream, what: Variable, value: Fraction) -> Stream:
    if what.what == "rate":
        return _with_rate(stream, value)
    stages = tuple(
        stage
        if (count := getattr(stage, what.what)) is None
        else stage.model_copy(update={what.what: _scaled(count, value)})
        for stage in stream.stages
    )
    return stream.model_copy(update={"stages": stages})


def _with_rate(stream: Stream, rate_hz: Fraction) -> Stream:
    if stream.is_periodic:
        return stream.model_copy(update={"rate_hz": rate_hz, "period_ms": None})
    arrival = Poisson(process="poisson", rate_hz=rate_hz)
    return stream.model_copy(update={"arrival": arrival})


def _loaded(stream: Stream, factor: Fraction) -> Stream:
    """Jobs come so many times as often; deadlines that count from a release stay."""
    if isinstance(stream.arrival, ClosedLoop):
        faster = ClosedLoop(process="closed-loop", think_s=stream.arrival.think_s / factor)
        return stream.model_copy(update={"arrival": faster})
    if stream.arrivals_ms is None:
        return _with_rate(stream, _own_rate(stream, LOAD) * factor)
    arrivals = tuple(each / factor for each in stream.arrivals_ms)
    deadlines = stream.deadlines_ms
    if deadlines is not None:
        pairs = zip(arrivals, stream.arrivals_ms, deadlines, strict=True)
        deadlines = tuple(now + deadline - before for now, before, deadline in pairs)
    return stream.model_copy(update={"arrivals_ms": arrivals, "deadlines_ms": deadlines})


def _scaled(count: TokenCount, factor: Fraction) -> TokenCount:
    """The distribution of the count times a factor."""

    def tokens(value: int) -> int:
        return max(1, min(MAX_TOKENS, round(value * factor)))

    match count:
        case Constant(value=value):
            return Constant(value=tokens(value))
        case Choice(values=values):
            return Choice(values=tuple(map(tokens, values)))
    limits = {"min": tokens(count.min), "max": tokens(count.max)}
    match count:
        case Uniform():
            return count.model_copy(update=limits)
        case Exponential(mean=mean):
            return count.model_copy(update={**limits, "mean": mean * float(factor)})
        case Lognormal(median=None):
            median = float(factor) * math.exp(count.log_median)
            return count.model_copy(update={**limits, "mu": None, "median": median})
        case Lognormal(median=median):
            return count.model_copy(update={**limits, "median": float(factor) * (median or 0.0)})


def _wrong(text: str, what: str) -> UserError:
    return UserError(f"--vary {shown(text)}: {what}", key="--vary")
