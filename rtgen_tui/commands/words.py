"""A scenario in words: how jobs are released, when they are late, how long prompts are."""

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from emulator.schema.arrival import ClosedLoop, Poisson
from emulator.schema.distributions import (
    MAX_TOKENS,
    Choice,
    Constant,
    Exponential,
    Lognormal,
    TokenCount,
    Uniform,
)
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream

NS_PER_MS = 1_000_000
MANY = 8
"""A list that is longer is told by its length and its limits."""


class Deadline(NamedTuple):
    """A deadline that a scenario gives as one number, from the release of the job."""

    stage: str | None
    """None: of the whole job."""
    first_output: bool
    ms: Fraction

    def __str__(self) -> str:
        what = " first output" if self.first_output else ""
        return f"{self.stage or 'job'}{what} {plain(self.ms)} ms"


def deadlines(stream: Stream) -> Iterator[Deadline]:
    """The deadlines of each job of a stream: the job's own first, then those of its stages."""
    own = stream.deadline_ms
    if isinstance(own, Fraction):
        yield Deadline(None, first_output=False, ms=own)
    elif own is None and stream.deadlines_ms is None and stream.period is not None:
        yield Deadline(None, first_output=False, ms=stream.period / NS_PER_MS)
    for stage in stream.stages:
        if stage.deadline_ms is not None:
            yield Deadline(stage.name, first_output=False, ms=stage.deadline_ms)
        if stage.first_output_deadline_ms is not None:
            yield Deadline(stage.name, first_output=True, ms=stage.first_output_deadline_ms)


def deadline_words(stream: Stream) -> str:
    """All deadlines of a stream in a few words."""
    if stream.deadlines_ms is not None:
        return f"{len(stream.deadlines_ms):,} given instants"
    return ", ".join(map(str, deadlines(stream))) or "none"


def arrival_words(stream: Stream) -> str:
    """How jobs are released."""
    words = _process_words(stream)
    if stream.phase_ms == "random":
        words += ", random phase"
    elif stream.phase_ms:
        words += f", first at {plain(stream.phase_ms)} ms"
    if stream.jitter_ms:
        words += f", jitter up to {plain(stream.jitter_ms)} ms"
    if stream.start_s:
        words += f", from {plain(stream.start_s)} s"
    return words + (f", until {plain(stream.stop_s)} s" if stream.stop_s is not None else "")


def _process_words(stream: Stream) -> str:
    if stream.rate_hz is not None:
        return f"{plain(stream.rate_hz)} Hz"
    if stream.period_ms is not None:
        return f"every {plain(stream.period_ms)} ms"
    match stream.arrival:
        case Poisson(rate_hz=None, mean_interval_s=interval) if interval is not None:
            return f"Poisson, mean {plain(interval)} s"
        case Poisson(rate_hz=rate) if rate is not None:
            return f"Poisson, mean {plain(rate)} Hz"
        case ClosedLoop(think_s=think):
            return f"{plain(think)} s after the last job ended"
    return f"{len(stream.arrivals_ms or ()):,} given instants"


def tokens_words(count: TokenCount) -> str:
    """How a number of tokens is drawn."""
    match count:
        case Constant():
            return f"{count.value:,}"
        case Choice() if len(count.values) <= MANY:
            return "one of " + ", ".join(f"{each:,}" for each in count.values)
        case Choice():
            return (
                f"one of {len(count.values):,} from {min(count.values):,} to {max(count.values):,}"
            )
        case Uniform():
            return f"uniform, {count.min:,} to {count.max:,}"
        case Lognormal():
            shape = f"lognormal, median {math.exp(count.log_median):,.0f}, sigma {count.sigma:g}"
        case Exponential():
            shape = f"exponential, mean {count.mean:,.0f}"
    least = f", at least {count.min:,}" if count.min > 1 else ""
    return shape + least + (f", at most {count.max:,}" if count.max < MAX_TOKENS else "")


def stage_words(stage: Stage) -> list[tuple[str, str]]:
    """What a stage does beyond running its model, as labels and texts."""
    rows: list[tuple[str, str]] = []
    if stage.after:
        rows.append(("after", ", ".join(_edge_words(stage))))
    if stage.probability != 1:
        rows.append(("runs", f"in {plain(100 * stage.probability)} % of the jobs"))
    if stage.prompt_tokens is not None:
        cached = stage.cached_prefix_tokens
        known = f"; {cached:,} more are cached" if cached else ""
        rows.append(("prompt", f"{tokens_words(stage.prompt_tokens)} tokens{known}"))
    if stage.output_tokens is not None:
        rows.append(("output", f"{tokens_words(stage.output_tokens)} tokens"))
    targets = (("TTFT", stage.ttft_ms), ("TPOT", stage.tpot_ms))
    if wanted := [f"{name} {plain(ms)} ms" for name, ms in targets if ms is not None]:
        rows.append(("targets", ", ".join(wanted)))
    if stage.slices_per_tokens is not None:
        rows.append(("pace", _pace_words(stage.slices_per_tokens)))
    if stage.on is not None:
        rows.append(("only on", ", ".join(stage.on)))
    if stage.degraded_model is not None:
        rows.append(("or else", f"{stage.degraded_model}, under a policy that degrades"))
    return rows


def _edge_words(stage: Stage) -> Iterator[str]:
    for edge in stage.after:
        streamed = f" (as it comes, from output {edge.after_tokens:,} on)" if edge.stream else ""
        yield f"{edge.stage}{streamed}"


def _pace_words(outputs: Fraction) -> str:
    if outputs < 1:
        return f"{plain(1 / outputs)} inferences per output"
    return f"one inference per {plain(outputs)} outputs"


def plain(value: Fraction | float) -> str:
    """A number as a person writes it, to six digits."""
    text = f"{float(value):,.6g}"
    return f"{float(value):,.0f}" if "e+" in text else text
