"""`rtgen-tui new`: files to begin with."""

from typing import Annotated, Final

import typer

app: Final = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True, epilog="Example:  rtgen-tui new policy mine.py")
def new(ctx: typer.Context) -> None:
    """Write a file to begin with."""
    if ctx.invoked_subcommand is None:
        from emulator.errors import UserError

        raise UserError("new: say what: policy FILE")


@app.command("policy", epilog="Example:  rtgen-tui new policy mine.py")
def policy(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The Python file to write, such as mine.py.")
    ] = "mine.py",
) -> None:
    """Write a scheduler of your own, which runs as it stands.

    It holds a policy that sees everything and one that only says what is urgent, with comments.
    """
    from rtgen_tui.commands.new_policy import write_policy

    write_policy(file)
