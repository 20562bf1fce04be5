"""`rtgen-tui twin`: a run predicted in virtual time, beside the same run on real backends."""

from functools import partial
from typing import Annotated, Final

import typer

from rtgen_tui.commands import live_options
from rtgen_tui.commands.names import complete_policies, complete_profile, complete_scenario

MAX_RUNS: Final = 1000
EPILOG: Final = "Example:  rtgen-tui twin live-small --policy fcfs,edf --runs 3"


def twin(  # noqa: PLR0913, PLR0917 - one parameter per option
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A name or a TOML file.",
            autocompletion=complete_scenario,
            show_default=False,
        ),
    ],
    policy: Annotated[
        str,
        typer.Option(
            metavar="A,B,...",
            help="Names, or order/placement/admission/granularity.",
            autocompletion=complete_policies,
        ),
    ] = "edf",
    duration: Annotated[
        str, typer.Option(metavar="TIME", help="Of each run: 30, 30s, 2m or 500ms.")
    ] = "30s",
    runs: Annotated[
        str, typer.Option(metavar="N", help="Real runs of each policy, under the same seed.")
    ] = "5",
    seed: Annotated[str, typer.Option(metavar="N", help="Seed of all draws.")] = "0",
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Predict with this profile as it is. Default: measure the models now, and correct "
            "them around each round by real runs under other seeds.",
            autocompletion=complete_profile,
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write all that was found to this JSON file."),
    ] = None,
    save_profile: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Write the profile, with what the last round showed, to this TOML file.",
        ),
    ] = None,
    backend: live_options.Backends = None,
    model: live_options.Models = None,
    threads: live_options.Threads = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what --out would write instead of tables.")
    ] = False,
) -> None:
    """Check the emulator against this machine: predict a run, do it for real, and compare.

    Prints each figure predicted and real with the error, the response times side by side, and
    which part is off where they differ. Takes runs x policies x (the duration + 15 s), and needs an
    idle machine: what other programs took meanwhile is said with every run.
    """
    from rtgen_tui.commands import values
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.twinning import Choices, run_twin

    live = live_options.live_of(True, backend, model, None, threads, False)
    assert live is not None  # noqa: S101 - it was asked for
    choices = Choices(
        scenario=scenario,
        policies=tuple(values.names(policy, "--policy")),
        duration_s=values.duration_s(duration),
        runs=values.whole(runs, 1, MAX_RUNS, "--runs"),
        seed=values.seed(seed),
        profile=profile,
        out=out,
        save_profile=save_profile,
        live=live,
        as_json=as_json,
    )
    apart(partial(run_twin, choices), policy)
