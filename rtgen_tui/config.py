"""The config file: what a user likes, read once when a screen opens.

It is plain TOML that plain checks read, because the screen must not wait for pydantic. A setting is
declared once, in ``config_settings``; the template, the JSON Schema and the page come from there.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from emulator.errors import UserError
from emulator.user_config import config_file

Keys = Mapping[str, tuple[str, ...]]
"""New keys by the id of an action, as Textual names keys."""

NO_KEYS: Final[Keys] = MappingProxyType({})


class ConfigError(UserError):
    """A config file that cannot be read or understood."""


class Config(NamedTuple):
    """The settings of a config file; None and empty where it leaves one out."""

    theme: str | None = None
    symbols: str = "auto"
    layout: str = "balanced"
    color: str = "auto"
    fps: float | None = None
    """Pictures per second."""
    remember: bool = False
    """Whether looks that are changed on the screen are kept for the next time."""
    scenario: str | None = None
    profile: str | None = None
    policy: str | None = None
    sessions: str | None = None
    """Folder of recordings, which the core reads itself (``emulator.user_config``)."""
    keys: Keys = NO_KEYS


def load(path: Path | None = None) -> Config:
    """The user's settings; those that apply without a file, if there is none.

    Args:
        path: a file that must exist; None for the user's own, which need not.

    Raises:
        ConfigError: one sentence that names the file, the key and what would be right.
    """
    import os

    from emulator.user_config import CONFIG_VARIABLE

    is_named = path is not None or bool(os.environ.get(CONFIG_VARIABLE))
    where = config_file() if path is None else path
    if not is_named and not where.exists():
        return Config()
    from emulator.schema.text_files import read_toml
    from rtgen_tui.config_settings import checked

    source = "".join(each if each.isprintable() else "?" for each in str(where))
    try:
        return checked(read_toml(where), source)
    except ValueError as error:
        raise ConfigError(f"config {source} {error}", source=source) from None
