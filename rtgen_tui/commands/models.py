"""`rtgen-tui models`: the models that real runs can execute."""

from typing import Annotated, Final

import typer

from rtgen_tui.commands.names import complete_models

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app: Final = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True, epilog="Example:  rtgen-tui models list")
def models(ctx: typer.Context) -> None:
    """List, build or show the models of real runs.

    Those that are written here have random weights: they take real time and say nothing. Those
    that come with packages are trained.
    """
    if ctx.invoked_subcommand is None:
        from emulator.errors import UserError

        raise UserError("models: say what: list, build NAME or show NAME")


@app.command("list", epilog="Example:  rtgen-tui models list")
def list_models(as_json: AsJson = False) -> None:
    """List the models, whose weights they have, and what to install for those that cannot run."""
    from rtgen_tui.commands.show_models import print_list

    print_list(as_json=as_json)


@app.command(epilog="Example:  rtgen-tui models build decoder-55m")
def build(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="Models of the list. Default: all that are written here and are not large.",
            autocompletion=complete_models,
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer makes a new list for each call
) -> None:
    """Build models into the cache now instead of at their first use, and print their files."""
    from rtgen_tui.commands.show_models import build_models

    build_models(names)


@app.command(epilog="Example:  rtgen-tui models show portrait-segmentation")
def show(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A model of the list.", autocompletion=complete_models),
    ],
    as_json: AsJson = False,
) -> None:
    """Show a model's card: weights, license, source, file, inputs and outputs."""
    from rtgen_tui.commands.show_models import show_model

    show_model(name, as_json=as_json)
