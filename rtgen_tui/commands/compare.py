"""`rtgen-tui compare`: policies side by side on the same jobs, and how sure the differences are."""

from functools import partial
from typing import Annotated, Final

import typer

from rtgen_tui.commands.names import complete_policies, complete_scenario
from rtgen_tui.commands.run import ProfileName
from rtgen_tui.commands.study_options import (
    MAX_SEEDS,
    AsJson,
    Duration,
    Jobs,
    NoNoise,
    job_count,
    seed_count,
)

SESSION: Final = ".rtgen"
SEEDS: Final = "5"
DURATION: Final = "60s"

EPILOG: Final = "Example:  rtgen-tui compare video-call --policies fcfs,edf,hybrid --seeds 10"


def compare(  # noqa: PLR0913, PLR0917 - one parameter per option
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A name or a TOML file; left out with --all-scenarios. Or the first of two "
            "sessions (.rtgen).",
            autocompletion=complete_scenario,
            show_default=False,
        ),
    ] = "",
    other: Annotated[
        str,
        typer.Argument(
            metavar="SESSION", help="The second of two sessions (.rtgen).", show_default=False
        ),
    ] = "",
    profile: ProfileName = None,
    policies: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Names, order/placement/admission/granularity or FILE.py:CLASS; differences are "
            "to the first. "
            "Default: the five that have a name.",
            autocompletion=complete_policies,
        ),
    ] = None,
    seeds: Annotated[
        str,
        typer.Option(
            metavar="N", help=f"Runs per policy, under the seeds 0 to N - 1; at most {MAX_SEEDS}."
        ),
    ] = SEEDS,
    duration: Duration = DURATION,
    no_noise: NoNoise = False,
    no_flips: Annotated[
        bool,
        typer.Option(
            "--no-flips",
            help="Do not run it all again with another tie order and with random phases: a third "
            "of the work.",
        ),
    ] = False,
    effects: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Also run it all with each of these effects, and say what it changes: contention "
            "(slices slow each other down on the shared memory), batching (requests of one model "
            "decode together).",
            show_default=False,
        ),
    ] = "",
    regret: Annotated[
        bool,
        typer.Option(
            "--regret",
            help="Also bound what any schedule could have missed in the 2 s where the first "
            "policy misses most: see rtgen-tui regret.",
        ),
    ] = False,
    all_profiles: Annotated[
        bool, typer.Option("--all-profiles", help="On each profile that `list profiles` shows.")
    ] = False,
    all_scenarios: Annotated[
        bool, typer.Option("--all-scenarios", help="Of each scenario that `list scenarios` shows.")
    ] = False,
    jobs: Jobs = None,
    as_json: AsJson = False,
    on_screen: Annotated[
        bool, typer.Option("--screen", help="Replay two sessions side by side on one clock.")
    ] = False,
) -> None:
    """Compare policies on the same jobs, or two recorded sessions.

    Runs each policy under the same seeds, and prints means, differences to the first policy with
    their confidence intervals, and which differences hang on the order or the phase of streams.
    """
    from rtgen_tui.commands import values

    if other or on_screen or scenario.endswith(SESSION):
        given = {
            "--profile": profile,
            "--policies": policies,
            "--seeds": seeds != SEEDS,
            "--duration": duration != DURATION,
            "--no-noise": no_noise,
            "--no-flips": no_flips,
            "--effects": effects,
            "--regret": regret,
            "--all-profiles": all_profiles,
            "--all-scenarios": all_scenarios,
            "--jobs": jobs,
        }
        _compare_sessions(
            scenario,
            other,
            [name for name, value in given.items() if value],
            as_json=as_json,
            on_screen=on_screen,
        )
        return
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.comparing import Choices, run_comparisons

    choices = Choices(
        scenario=scenario,
        profile=profile,
        policies=policies,
        seeds=seed_count(seeds),
        duration_s=values.duration_s(duration),
        noise=not no_noise,
        flips=not no_flips,
        effects=values.effects(effects),
        regret=regret,
        all_profiles=all_profiles,
        all_scenarios=all_scenarios,
        jobs=job_count(jobs),
        as_json=as_json,
    )
    apart(partial(run_comparisons, choices), policies)


def _compare_sessions(
    a: str, b: str, options: list[str], *, as_json: bool, on_screen: bool
) -> None:
    from emulator.errors import UserError

    if not a:
        raise UserError("compare: --screen needs two sessions (.rtgen)")
    if not b:
        raise UserError(f"compare: give a second session to compare {a} with")
    if not (a.endswith(SESSION) and b.endswith(SESSION)):
        raise UserError(
            f"compare: {b!r} is one argument too many, unless both are sessions ({SESSION}); "
            "see rtgen-tui compare --help"
        )
    if options:
        raise UserError(f"compare: {options[0]} means nothing for two recorded sessions")
    if on_screen:
        from rtgen_tui.commands.comparing_screen import run_comparing_screen

        if as_json:
            raise UserError("compare: --json and --screen contradict each other")
        run_comparing_screen(a, b)
        return
    from rtgen_tui.commands.two_sessions import run_two_sessions

    run_two_sessions(a, b, as_json=as_json)
