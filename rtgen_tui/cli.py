"""The command line: `rtgen-tui` and its commands, which import what is heavy when they run."""

from typing import Annotated, Final

import typer

from rtgen_tui.commands import (
    capacity,
    check,
    compare,
    listing,
    replay,
    run,
    schema,
    session,
    show,
    validate,
)
from rtgen_tui.commands.chosen import SCENARIO, Choices
from rtgen_tui.exits import PROGRAM
from rtgen_tui.program import Program

app: Final = typer.Typer(
    cls=Program,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(f"{PROGRAM} {version(PROGRAM)}")
        except PackageNotFoundError:
            typer.echo(f"{PROGRAM}, not installed: its version is unknown")
        raise typer.Exit


@app.callback(
    invoke_without_command=True, epilog="Example:  rtgen-tui run game-npc --policy hybrid"
)
def dashboard(
    ctx: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Watch real-time generative AI being scheduled on CPU, GPU and NPU.

    Without a command it opens the dashboard on the scenario video-call under the policy fcfs:
    press 1 to 9 to swap the policy while it runs, ? for all keys.
    """
    if ctx.invoked_subcommand is None:
        from rtgen_tui.commands.start import start

        start(Choices(SCENARIO))


app.command("run", epilog=run.EPILOG)(run.run)
app.command("replay", epilog=replay.EPILOG)(replay.replay)
app.command("compare", epilog=compare.EPILOG)(compare.compare)
app.command("capacity", epilog=capacity.EPILOG)(capacity.capacity)
app.command("check", epilog=check.EPILOG)(check.check)
app.add_typer(session.app, name="session")
app.command("list", epilog=listing.EPILOG)(listing.list_names)
app.add_typer(show.app, name="show")
app.command("validate", epilog=validate.EPILOG)(validate.validate)
app.command("schema", epilog=schema.EPILOG)(schema.schema)
