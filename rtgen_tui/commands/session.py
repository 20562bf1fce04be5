"""`rtgen-tui session`: what is in a session file, whether it is true, and in other formats."""

from typing import Annotated, Final, TypeAlias

import typer

File: TypeAlias = Annotated[str, typer.Argument(metavar="FILE", help="A session (.rtgen).")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]

app: Final = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True, epilog="Example:  rtgen-tui session info call.rtgen")
def session(ctx: typer.Context) -> None:
    """Inspect, verify, repair or export session files.

    Session files are written by run --record and by the dashboard.
    """
    if ctx.invoked_subcommand is None:
        from emulator.errors import UserError

        raise UserError("session: say what: info, verify, repair or export, and a FILE")


@app.command(epilog="Example:  rtgen-tui session info call.rtgen")
def info(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Sessions (.rtgen).")],
    as_json: AsJson = False,
) -> None:
    """Show what was recorded, and the summary of the run."""
    from rtgen_tui.commands.session_info import show_info

    show_info(files, as_json=as_json)


@app.command(epilog="Example:  rtgen-tui session verify call.rtgen")
def verify(file: File, as_json: AsJson = False) -> None:
    """Simulate the recorded run again and compare.

    With the commands that it got, event by event. Exit code 0 if every event is equal, 3 if not.
    """
    from rtgen_tui.commands.session_verify import verify_session

    verify_session(file, as_json=as_json)


@app.command(epilog="Example:  rtgen-tui session repair call.rtgen --to whole.rtgen")
def repair(
    file: File,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="OUT", help="The file to write; it must not exist. Default: FILE-repaired."
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Replace FILE itself by what is left of it.")
    ] = False,
) -> None:
    """Make a damaged or unclosed session whole again.

    What is damaged is left out, and said.
    """
    from rtgen_tui.commands.session_repair import repair_session

    repair_session(file, to, in_place=in_place)


@app.command(epilog="Example:  rtgen-tui session export call.rtgen --to csv --out jobs.csv")
def export(
    file: File,
    to: Annotated[str, typer.Option(metavar="FORMAT", help="jsonl, csv or parquet.")],
    table: Annotated[
        str | None,
        typer.Option(metavar="TABLE", help="events or jobs. Default: events for jsonl, else jobs."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="PATH", help="The file to write. Default: stdout, or -; not for parquet."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace PATH if it exists.")] = False,
) -> None:
    """Write the events or the jobs of a session for other programs."""
    from rtgen_tui.commands.session_export import export_session

    export_session(file, to, table, out, force=force)
