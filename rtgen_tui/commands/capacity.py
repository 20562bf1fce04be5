"""`rtgen-tui capacity`: how many streams, or how much of one, a chip carries under each policy."""

from fractions import Fraction
from functools import partial
from typing import Annotated, Final

import typer

from rtgen_tui.commands.names import complete_policies
from rtgen_tui.commands.run import ProfileName, ScenarioName, WithEffects
from rtgen_tui.commands.study_options import (
    MAX_SEEDS,
    AsJson,
    Duration,
    Jobs,
    NoNoise,
    job_count,
    seed_count,
)

LIMIT: Final = "violation_rate < 1%"

EPILOG: Final = (
    "Example:  rtgen-tui capacity game-npc --vary npc-dialogue.rate --limit 'violation_rate < 1%'"
)


def capacity(  # noqa: PLR0913, PLR0917 - one parameter per option
    scenario: ScenarioName,
    vary: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="What grows: STREAM.rate (releases per second), STREAM.count (copies of it), "
            "STREAM.prompt_tokens or STREAM.output_tokens (times so much), or load (all rates "
            "times so much).",
        ),
    ] = "load",
    limit: Annotated[
        str,
        typer.Option(
            metavar="CLAIM",
            help="What must hold, as in `check`: an upper or a lower bound, such as "
            "'npc-dialogue.ttft.p95 < 400ms'.",
        ),
    ] = LIMIT,
    profile: ProfileName = None,
    policies: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Names, order/placement/admission/granularity or FILE.py:CLASS. Default: the five "
            "that have a name.",
            autocompletion=complete_policies,
        ),
    ] = None,
    seeds: Annotated[
        str,
        typer.Option(
            metavar="N",
            help="Runs that judge a value, under the seeds 0 to N - 1; more give a narrower "
            f"confidence bound. At most {MAX_SEEDS}.",
        ),
    ] = "5",
    duration: Duration = "60s",
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="X", help="Smallest value. Default: 1 copy, or 1/64 of what it is."
        ),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="Y", help="Largest value. Default: 64 times what it is."),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(
            metavar="S",
            help="Only multiples of S. Default: three digits, or whole numbers of copies.",
        ),
    ] = None,
    no_noise: NoNoise = False,
    effects: WithEffects = "",
    jobs: Jobs = None,
    as_json: AsJson = False,
) -> None:
    """Find out how many NPCs, frames per second or participants a chip carries.

    Searches, for each policy, the largest value at which the limit holds with 95 % confidence,
    and says which stream breaks it above.
    """
    from rtgen_tui.commands import values
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.capacity_search import Choices, run_capacity

    choices = Choices(
        scenario=scenario,
        vary=vary,
        limit=limit,
        profile=profile,
        policies=policies,
        seeds=seed_count(seeds),
        duration_s=values.duration_s(duration),
        bounds=(_number(from_, "--from"), _number(to, "--to")),
        step=_number(step, "--step"),
        noise=not no_noise,
        effects=values.effects(effects),
        jobs=job_count(jobs),
        as_json=as_json,
    )
    apart(partial(run_capacity, choices), policies)


def _number(text: str | None, option: str) -> Fraction | None:
    from emulator.errors import UserError
    from emulator.names import shown
    from emulator.schema.exact import exact

    if text is None:
        return None
    try:
        return exact(text)
    except ValueError:
        expected = f"{option}: expected a number such as 3 or 0.25, not {shown(text)}"
        raise UserError(expected, key=option) from None
