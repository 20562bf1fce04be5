"""A run without a screen, in virtual time as fast as the machine can."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Final, TypeAlias, cast

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.commands import FailPolicy
from emulator.energy import energy_of
from emulator.engine.scheduler import FALLBACK
from emulator.errors import UserError
from emulator.journal import POLICY_FAILED, Event
from emulator.policies import find_policy
from emulator.policies.own_name import is_own
from emulator.simulation import TimedCommand, simulate
from rtgen_tui.commands.apart import foreign_of
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.recording import recording_of, tell
from rtgen_tui.commands.report import Run, print_report, record
from rtgen_tui.commands.scores import scores_of
from rtgen_tui.exits import RunError, is_terminal, note
from rtgen_tui.render import print_json

EventSink: TypeAlias = Callable[[Sequence[Event], int], None]

DURATION_S: Final = Fraction(60)
ATTEMPTS: Final = 5
"""How often a run is tried whose policy ends its process."""


def run_headless(choices: Choices, *, with_scores: bool = False) -> None:
    """Runs and prints the summary, with scores if wanted.

    Somebody's own policy is run in a process of its own. Where it ends that, the run is made again
    and goes on without it from the instant at which it did.

    Raises:
        UserError: an option or a file is wrong.
        RunError: the run was printed, but could not be recorded to its end; or a policy that ends
            its process time and again.
        EndedError: another process has said what of it happened.
    """
    if not foreign_of(choices.policy):
        _run(choices, with_scores, ())
        return
    from rtgen_tui.commands.own_process import attempt

    failures: tuple[TimedCommand, ...] = ()
    for _ in range(ATTEMPTS):
        death = attempt(partial(_run, choices, with_scores, failures))
        if death is None:
            return
        if death.at_ns is None:
            raise UserError(f"policy {choices.policy}: loading it ended the process ({death.how})")
        failures = ((death.at_ns, FailPolicy(f"it ended the process ({death.how})", 0)),)
        choices = replace(choices, force=True)  # the file of --record was made by this run
    raise RunError(f"policy {choices.policy} ended its process {ATTEMPTS} times")


def _run(
    choices: Choices,
    with_scores: bool,
    failures: Sequence[TimedCommand],
    reached: Callable[[int], None] | None = None,
) -> None:
    scenario = load_scenario(choices.scenario)
    run = Run(
        scenario=scenario,
        profile=load_profile(choices.profile or profile_of(scenario)),
        policy=find_policy(choices.policy),
        seed=choices.seed,
        duration_s=DURATION_S if choices.duration_s is None else choices.duration_s,
        noise=choices.noise,
        effects=choices.effects,
    )
    if reached is not None:
        from emulator.policies.own_pace import watch_pace

        watch_pace(run.policy, reached)
    with (
        recording_of(choices, run) as recording,
        progress(f"{run.scenario.name} under {run.policy.name}") as report,
    ):
        result = simulate(
            run.profile,
            run.scenario,
            run.policy.name,
            duration_s=str(run.duration_s),
            seed=run.seed,
            noise=run.noise,
            effects=run.effects,
            journal=False,
            commands=failures,
            on_progress=report,
            on_events=_watched(run.policy.name, None if recording is None else recording.take),
        )
        if recording is not None:
            recording.close(result.end_ns)
    scores = scores_of(result, run.profile, run.scenario) if with_scores else None
    if choices.as_json:
        print_json(record(run, result.summary, scores, energy_of(result, run.profile)))
    else:
        print_report(run, result.summary, scores, energy_of(result, run.profile))
    if recording is not None:
        tell(recording)


def _watched(policy: str, take: EventSink | None) -> EventSink | None:
    """Hands events on, and tells when a policy that is somebody's own has failed."""
    if not is_own(policy):
        return take

    def watch(events: Sequence[Event], now_ns: int) -> None:
        for kind, t_ns, *fields in events:
            if kind == POLICY_FAILED:
                name, why = fields[:2]
                note(f"policy {name} failed at {cast('int', t_ns) / 1e9:.3f} s: {why}")
                note(f"the run went on under {FALLBACK}")
        if take is not None:
            take(events, now_ns)

    return watch


@contextmanager
def progress(words: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr, if somebody is there to see it; takes the share that is done, 0 to 1."""
    if not is_terminal(sys.stderr):
        yield lambda _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=1.0)
        yield lambda share: bar.update(task, completed=share)
