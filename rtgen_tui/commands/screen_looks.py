"""The config file as the looks of the application, and as the defaults of a run."""

import locale
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emulator.errors import UserError
from rtgen_tui.config import Config, ConfigError, load
from rtgen_tui.exits import in_browser

if TYPE_CHECKING:
    from rtgen_tui.app_looks import Looks
    from rtgen_tui.commands.chosen import Choices

COLORS: Final = ("auto", "always", "never")
COLOR_VARIABLE: Final = "RTGEN_TUI_COLOR"
"""What ``--color`` says, for the processes of a run."""


def looks_of(config: Config) -> "Looks":
    """What the application is to look like; sets NO_COLOR, which Textual heeds, as asked for."""
    from rtgen_tui.app_looks import Looks
    from rtgen_tui.symbols import BLOCK, SYMBOL_SETS, detected
    from rtgen_tui.themes import DEFAULT_THEME

    _apply_color(os.environ.get(COLOR_VARIABLE) or config.color)
    theme, symbols, layout = config.theme or DEFAULT_THEME, config.symbols, config.layout
    if config.remember:
        from rtgen_tui.config_memory import remembered

        theme, symbols, layout = remembered() or (theme, symbols, layout)
    # A browser has all glyphs, whatever terminal the server was started in.
    found = BLOCK if in_browser() else detected(os.environ, locale.getencoding())
    glyphs = SYMBOL_SETS.get(symbols, found)
    return Looks(theme, glyphs, layout, config.keys, config.remember)


def _apply_color(color: str) -> None:
    if color == "never":
        os.environ["NO_COLOR"] = "1"
    elif color == "always":
        os.environ.pop("NO_COLOR", None)


def blamed(error: UserError) -> UserError:
    """A mistake in a run that nobody named on the command line, with the config file it is from."""
    from emulator.user_config import config_file

    file = config_file()
    if isinstance(error, ConfigError) or not file.is_file():
        return error
    return UserError(f"{error} (chosen in {file})", source=str(file), key=error.key)


def with_defaults(choices: "Choices", config: Config | None = None) -> "Choices":
    """What to run where the user named nothing: as the config file says, else the built-in run.

    Raises:
        ConfigError: the config file is wrong.
    """
    if not choices.from_config:
        return choices
    config = load() if config is None else config
    return replace(
        choices,
        scenario=config.scenario or choices.scenario,
        profile=config.profile or choices.profile,
        policy=config.policy or choices.policy,
    )
