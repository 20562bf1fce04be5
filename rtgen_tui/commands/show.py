"""`rtgen-tui show`: one profile, scenario or policy with all that is known about it."""

from functools import partial
from typing import Annotated, Final

import typer

from rtgen_tui.commands.chosen import POLICY
from rtgen_tui.commands.names import complete_policy, complete_profile, complete_scenario

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app: Final = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True, epilog="Example:  rtgen-tui show scenario video-call")
def show(ctx: typer.Context) -> None:
    """Show a profile, scenario or policy.

    With all that is known about it, and where that comes from.
    """
    if ctx.invoked_subcommand is None:
        from emulator.errors import UserError

        raise UserError("show: say what: profile NAME, scenario NAME or policy NAME")


@app.command(epilog="Example:  rtgen-tui show profile ryzen-ai-9-hx-370 --model llama-3.2-3b")
def profile(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A name or a TOML file.", autocompletion=complete_profile
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Only this model, with derivations, conditions and notes."
        ),
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO",
            help="Say what the busy time of this scenario rests on, value by value. Default: in "
            "one line for each that fits.",
            autocompletion=complete_scenario,
        ),
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="POLICY",
            help=f"Under which policy scenarios run for that. Default: {POLICY}.",
            autocompletion=complete_policy,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every value of a profile with its basis and source.

    And what share of the busy time of scenarios rests on measured, derived and estimated values,
    from 20 virtual seconds of each.
    """
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.show_profile import show_profile

    apart(partial(show_profile, name, model, scenario, policy, as_json=as_json), policy)


@app.command(epilog="Example:  rtgen-tui show scenario video-call --profile ryzen-ai-9-hx-370")
def scenario(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A name or a TOML file.", autocompletion=complete_scenario
        ),
    ],
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="PROFILE",
            help="Also say where each stage is fastest on this profile.",
            autocompletion=complete_profile,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the streams of a scenario: stages, deadlines, token counts and sources."""
    from rtgen_tui.commands.show_scenario import show_scenario

    show_scenario(name, profile, as_json=as_json)


@app.command(epilog="Example:  rtgen-tui show policy edf/earliest-finish/early-drop/chunk-128")
def policy(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A name, or order/placement/admission/granularity.",
            autocompletion=complete_policy,
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Show the rule of a policy: its four axes, in words, and whom to cite."""
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.show_policy import show_policy

    apart(partial(show_policy, name, as_json=as_json), name)
