"""From options to a run: on the dashboard where there is a terminal, else without a screen."""

import gc
from functools import partial
from typing import TYPE_CHECKING

from emulator.errors import UserError
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.core_address import HERE, CoreAddress
from rtgen_tui.exits import RunError, has_screen, note

if TYPE_CHECKING:
    import subprocess


def start(choices: Choices) -> None:
    """Runs until the end, or until the user quits.

    Raises:
        UserError: an option is wrong, or does not go with another.
        RunError: the core has ended by itself.
    """
    try:
        _start(choices)
    except UserError as error:
        if not choices.from_config:
            raise
        from rtgen_tui.commands.screen_looks import blamed

        raise blamed(error) from error


def _start(choices: Choices) -> None:
    if is_headless(choices, on_terminal=has_screen()):
        if choices.live is not None:
            from rtgen_tui.commands.apart import apart
            from rtgen_tui.commands.headless_live import run_live_headless

            apart(partial(run_live_headless, choices), choices.policy)
            return
        if choices.address.is_elsewhere:
            raise UserError("--on and --core need the dashboard, and there is no terminal for it")
        from rtgen_tui.commands.headless import run_headless
        from rtgen_tui.commands.screen_looks import with_defaults

        choices = with_defaults(choices)
        for option, given in (("--speed", choices.speed), ("--fps", choices.fps)):
            if given is not None:
                note(f"{option} means nothing without a screen: the run is as fast as possible")
        run_headless(choices)
    else:
        core = spawned(choices.address)
        from rtgen_tui.commands.dashboard import run_dashboard

        run_dashboard(choices, core)


def spawned(address: CoreAddress = HERE) -> "subprocess.Popen[bytes]":
    """A core process. Raises RunError: there can be none.

    The core takes longest to load: everything else is imported beside it. Nothing that is made
    until the first frame can be thrown away, so the collector need not look at it until then.
    """
    gc.disable()
    try:
        return address.spawn()
    except OSError as error:
        raise RunError(f"the core cannot be started: {error}") from error


def is_headless(choices: Choices, *, on_terminal: bool) -> bool:
    """Whether to run without a screen: as the user says, else where there is no terminal.

    Raises:
        UserError: options that contradict each other.
    """
    for option, needs_headless in (("--json", choices.as_json), ("--no-noise", not choices.noise)):
        if needs_headless and choices.headless is False:
            raise UserError(f"{option} needs a run without a screen: leave out --dashboard")
    if choices.headless is None:
        return choices.as_json or not choices.noise or not on_terminal
    if not choices.headless and not on_terminal:
        raise UserError("--dashboard needs a terminal, but input or output is none: use --headless")
    return choices.headless
