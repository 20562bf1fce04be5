"""The command group: typer parses, and the program ends with our exit codes and sentences."""

import sys
from functools import partial
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from rtgen_tui.exits import PROGRAM, discard_stdout, exit_code_of, fail, user_error


class Program(TyperGroup):
    """A command group that ends with our exit codes and sentences, in typer's test runner too."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:  # noqa: ANN401 - typer's signature
        """Parses, runs and exits."""
        extra.update(prog_name=PROGRAM, standalone_mode=False)
        sys.exit(exit_code_of(partial(self._run, *args, **extra)))

    def invoke(self, ctx: Any) -> None:  # noqa: ANN401 - typer's context type is private
        """Runs the command; a reader that has gone away ends it without a word."""
        try:
            super().invoke(ctx)
        except BrokenPipeError:
            discard_stdout()

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - same
        """The command; a scenario or a session in its place is told which command takes it."""
        try:
            return super().resolve_command(ctx, args)
        except typer.TyperException as error:
            if (command := _command_for(args[0])) is not None:
                sentence = error.format_message().rstrip(".")
                raise user_error(f"{sentence}: try {PROGRAM} {command} {args[0]}") from None
            raise

    def _run(self, *args: Any, **extra: Any) -> object:  # noqa: ANN401 - same
        try:
            return super().main(*args, **extra)
        except typer.Abort:
            raise KeyboardInterrupt from None
        except typer.TyperException as error:
            return fail(_usage_sentence(error), error.exit_code)


def _command_for(word: str) -> str | None:
    """The command that opens what the word names, None if it is neither scenario nor session."""
    from emulator.catalog import scenario_names

    if word.endswith(".rtgen"):
        return "replay"
    return "run" if word in scenario_names() or word.endswith(".toml") else None


def _usage_sentence(error: typer.TyperException) -> str:
    """What typer found wrong, and where its help is."""
    sentence = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{sentence} (see {context.command_path} --help)" if context else sentence
