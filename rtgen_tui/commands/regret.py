"""`rtgen-tui regret`: how far each policy is from the best schedule that could have been."""

from functools import partial
from typing import Annotated, Final

import typer

from rtgen_tui.commands.names import complete_policies
from rtgen_tui.commands.run import ProfileName, ScenarioName, Seed
from rtgen_tui.commands.study_options import AsJson, NoNoise

EPILOG: Final = "Example:  rtgen-tui regret overload --at 10s --window 2s"


def regret(  # noqa: PLR0913, PLR0917 - one parameter per option
    scenario: ScenarioName,
    profile: ProfileName = None,
    policies: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Names or order/placement/admission/granularity. Default: the five that have a "
            "name.",
            autocompletion=complete_policies,
        ),
    ] = None,
    window: Annotated[
        str, typer.Option(metavar="TIME", help="How long: 1 to 2 s are done well in the limit.")
    ] = "2s",
    at: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Where it begins. Default: where the first policy misses most in 30 s.",
        ),
    ] = None,
    limit: Annotated[str, typer.Option(metavar="TIME", help="How long to look, at most.")] = "13s",
    seed: Seed = "0",
    no_noise: NoNoise = False,
    as_json: AsJson = False,
) -> None:
    """Bound the misses that any schedule of a window could have had, knowing all beforehand.

    Says what no schedule stays below, the best that was found, and what each policy could have
    saved.
    """
    from rtgen_tui.commands import values
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.regretting import Choices, run_regret

    choices = Choices(
        scenario=scenario,
        profile=profile,
        policies=policies,
        window_s=values.duration_s(window, "--window"),
        at=at,
        limit_s=float(values.duration_s(limit, "--limit")),
        seed=values.seed(seed),
        noise=not no_noise,
        as_json=as_json,
    )
    apart(partial(run_regret, choices), policies)
