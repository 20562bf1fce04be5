"""The command line: `rtgen-tui` and its commands, which import what is heavy when they run."""

from typing import Annotated, Final

import typer

from rtgen_tui.commands import (
    attach,
    capacity,
    check,
    check_policy,
    compare,
    config,
    doctor,
    listing,
    measure,
    models,
    new,
    regret,
    replay,
    run,
    schema,
    serve,
    session,
    show,
    twin,
    validate,
    web,
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


def _use_config(file: str | None) -> str | None:
    """Tells all processes of the run, of which there are several, by the environment."""
    if file is not None:
        import os

        from emulator.user_config import CONFIG_VARIABLE
        from rtgen_tui.commands.values import some

        os.environ[CONFIG_VARIABLE] = os.path.abspath(some(file, "--config"))  # noqa: PTH100 - a link stays
    return file


def _use_color(when: str | None) -> str | None:
    if when is not None:
        import os

        from rtgen_tui.commands.screen_looks import COLOR_VARIABLE, COLORS
        from rtgen_tui.commands.values import choice

        os.environ[COLOR_VARIABLE] = choice(when, COLORS, "value of --color")
        if when == "never":
            os.environ["NO_COLOR"] = "1"
        elif when == "always":
            os.environ.pop("NO_COLOR", None)
            os.environ["FORCE_COLOR"] = "1"  # rich heeds it in a pipe
    return when


@app.callback(
    invoke_without_command=True, epilog="Example:  rtgen-tui run game-npc --policy hybrid"
)
def dashboard(
    ctx: typer.Context,
    on: run.On = None,
    core: run.CoreCommand = None,
    live: Annotated[
        str | None,
        typer.Option(
            metavar="SCENARIO",
            help="Open the dashboard on a scenario that ONNX Runtime executes. More options: run.",
        ),
    ] = None,
    _config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="Read this config file instead of your own.",
            callback=_use_config,
            show_default=False,
        ),
    ] = None,
    _color: Annotated[
        str | None,
        typer.Option(
            "--color",
            metavar="WHEN",
            help="auto, always or never. Default: as the config file says, else auto.",
            callback=_use_color,
            show_default=False,
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Watch real-time generative AI being scheduled on CPU, GPU and NPU.

    Without a command it opens the dashboard on the scenario video-call under the policy fcfs, if
    the config file says nothing else: press 1 to 9 to swap the policy, ? for all keys.
    """
    if ctx.invoked_subcommand is None:
        from rtgen_tui.commands.start import start
        from rtgen_tui.core_address import core_address

        address = core_address(on, core)
        if live is None:
            start(Choices(SCENARIO, address=address, from_config=True))
        else:
            from emulator.live_request import LiveRequest

            start(Choices(live, address=address, live=LiveRequest()))
    elif live is not None:
        from emulator.errors import UserError

        raise UserError("--live comes after the command: rtgen-tui run SCENARIO --live")
    elif on is not None or core is not None:
        from emulator.errors import UserError

        command = ctx.invoked_subcommand
        raise UserError(f"--on and --core come after the command: rtgen-tui {command} --on HOST")


app.command("run", epilog=run.EPILOG)(run.run)
app.command("replay", epilog=replay.EPILOG)(replay.replay)
app.command("attach", epilog=attach.EPILOG)(attach.attach)
app.command("compare", epilog=compare.EPILOG)(compare.compare)
app.command("capacity", epilog=capacity.EPILOG)(capacity.capacity)
app.command("regret", epilog=regret.EPILOG)(regret.regret)
app.command("check", epilog=check.EPILOG)(check.check)
app.command("check-policy", epilog=check_policy.EPILOG)(check_policy.check_policy)
app.add_typer(new.app, name="new")
app.add_typer(session.app, name="session")
app.command("doctor", epilog=doctor.EPILOG)(doctor.doctor)
app.add_typer(models.app, name="models")
app.command("measure", epilog=measure.EPILOG)(measure.measure)
app.command("twin", epilog=twin.EPILOG)(twin.twin)
app.add_typer(config.app, name="config")
app.command("list", epilog=listing.EPILOG)(listing.list_names)
app.add_typer(show.app, name="show")
app.command("validate", epilog=validate.EPILOG)(validate.validate)
app.command("schema", epilog=schema.EPILOG)(schema.schema)
app.command("serve", epilog=serve.EPILOG)(serve.serve)
app.command("web", epilog=web.EPILOG)(web.web)
