"""`rtgen-tui config`: where the config file is, what applies, a template and a JSON Schema."""

from typing import Annotated, Final

import typer

app: Final = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True, epilog="Example:  rtgen-tui config show")
def config(ctx: typer.Context) -> None:
    """Find, show or begin the config file."""
    if ctx.invoked_subcommand is None:
        from emulator.errors import UserError

        raise UserError("config: say what: path, show, init or schema")


@app.command("path", epilog="Example:  $EDITOR $(rtgen-tui config path)")
def path() -> None:
    """Print where the config file is; it need not exist."""
    from emulator.user_config import config_file
    from rtgen_tui.render import line

    line(str(config_file()))


@app.command("show", epilog="Example:  rtgen-tui config show")
def show(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print the settings that apply; a wrong file is one sentence about what is wrong."""
    from rtgen_tui.config import load
    from rtgen_tui.config_schema import in_force
    from rtgen_tui.render import line, print_json

    config = load()
    if as_json:
        keys = {key.replace("_", "-"): list(each) for key, each in config.keys.items()}
        print_json({**config._asdict(), "keys": keys})
        return
    for each in in_force(config):
        line(each)


@app.command("init", epilog="Example:  rtgen-tui config init")
def init() -> None:
    """Write a config file to begin with; an existing one stays as it is."""
    from emulator.errors import UserError
    from emulator.user_config import config_file
    from rtgen_tui.config_schema import template
    from rtgen_tui.exits import note

    file = config_file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as opened:
            opened.write(template())
    except FileExistsError:
        raise UserError(f"config {file} exists already: edit it, or move it away") from None
    except OSError as error:
        raise UserError(f"config {file} cannot be written: {error.strerror}") from None
    note(f"{file} is written: take the # away from what you want to change")


@app.command("schema", epilog="Example:  rtgen-tui config schema > config.schema.json")
def schema() -> None:
    """Print a JSON Schema of the config file, for editors."""
    from rtgen_tui.config_schema import json_schema
    from rtgen_tui.render import print_json

    print_json(json_schema())
