"""`rtgen-tui new`: files to begin with."""

from typing import Annotated, Final

import typer

app: Final = typer.Typer(help="Write a file to begin with.", no_args_is_help=True)


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
