"""One run of a capacity search, and the figure that the limit is on."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from emulator.claims.grammar import UPPER, Claim, ClaimError, Figure, parse_figure
from emulator.claims.testing import Rtgen
from emulator.claims.values import Value, value_of
from emulator.session.replayed import FinishedRun
from emulator.study.capacity_tally import TALLIED, tallied
from emulator.sweep import Case, interrupts_held

Read: TypeAlias = Callable[[Figure, str], Value]
"""A figure of a stream, or as it is written for an empty name."""

BLAMED: Final = {"violation_rate": "missed", "violation_rate_mean": "violation_rate"}
"""By metric of a run: the one that says which stream is to blame, where that is another one."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A run to be made, and what to read of it."""

    case: Case
    limit: Claim
    each: tuple[str, ...] = ()
    """Streams of which each must keep the limit by itself; empty: the run or a backend must."""
    copies: tuple[str, ...] = ()
    """A stream and its copies, which share the blame."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    value: Value
    """Of the stream that is furthest from keeping the limit, where there are several."""
    blame: tuple[tuple[str, Value], ...]
    """By stream, how much it has to do with that."""


def run_trial(trial: Trial) -> Outcome:
    """Makes the run.

    Raises:
        UserError: a policy that does not exist or broke, a figure that the run does not have.
    """
    read = _reader(trial)
    figure = trial.limit.figure
    if trial.each:
        by_stream = tuple((name, read(figure, name)) for name in trial.each)
        return Outcome(_worst(trial.limit, by_stream), by_stream)
    if figure.subject:
        return Outcome(read(figure, ""), ())
    return Outcome(read(figure, ""), tuple(_blame(trial, read)))


def run_trials(trials: Iterable[Trial], executor: Executor | None = None) -> Iterator[Outcome]:
    """Makes all runs and yields what came of them, in order; ``executor`` as for ``sweep.run_all``.

    Raises:
        UserError: as ``run_trial``.
        BrokenExecutor: a worker process died.
    """
    if executor is None:
        yield from map(run_trial, trials)
        return
    with interrupts_held():
        waiting = [executor.submit(run_trial, trial) for trial in trials]
    for each in waiting:
        yield each.result()


def finished(case: Case) -> FinishedRun:
    """The run with all its figures."""
    judged = Rtgen().simulate(
        case.profile,
        case.scenario,
        case.policy,
        duration_s=str(case.duration_s),
        seed=case.seed,
        noise=case.noise,
        effects=case.effects,
    )
    return judged.run


def _reader(trial: Trial) -> Read:
    needed = (trial.limit.figure.metric, _blamed(trial.limit.figure).metric)
    tally = None
    if all(metric.name in TALLIED for metric in needed):
        tally = tallied(trial.case)
    if tally is None:
        run = finished(trial.case)
        return lambda figure, name: value_of(_of(figure, name), run)
    counts = tally
    return lambda figure, name: counts.value(figure.metric.name, name)


def _of(figure: Figure, name: str) -> Figure:
    return replace(figure, subject=f"stream:{name}") if name else figure


def _blamed(figure: Figure) -> Figure:
    metric = figure.metric
    if metric.name in BLAMED:
        return parse_figure(BLAMED[metric.name])
    return figure if {"run", "stream"} <= metric.of else parse_figure("missed")


def _blame(trial: Trial, read: Read) -> Iterator[tuple[str, Value]]:
    figure = _blamed(trial.limit.figure)
    of_copies: list[tuple[str, Value]] = []
    for stream in trial.case.scenario.streams:
        try:
            value = read(figure, stream.name)
        except ClaimError:  # a stream without a language model
            continue
        if stream.name in trial.copies:
            of_copies.append((stream.name, value))
        else:
            yield stream.name, value
    if of_copies and figure.metric.kind == "count":
        yield trial.copies[0], sum(value for _, value in of_copies if value is not None)
    elif of_copies:
        yield trial.copies[0], _worst(trial.limit, of_copies)


def _worst(limit: Claim, by_stream: Iterable[tuple[str, Value]]) -> Value:
    values = [value for _, value in by_stream if value is not None]
    furthest = max if limit.op in UPPER else min
    return furthest(values, default=None)
