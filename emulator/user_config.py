"""Where the user's config file is, and what the core itself reads of it.

The screen's half of the file is the affair of ``rtgen_tui.config``, which also checks it; the core
asks only for the folder of recordings, and only when it makes one.
"""

import os
from pathlib import Path
from typing import Final

APPLICATION: Final = "rtgen-tui"
FILE_NAME: Final = "config.toml"
CONFIG_VARIABLE: Final = "RTGEN_TUI_CONFIG"
"""Environment variable with the path of another config file; ``--config`` sets it, so that the
processes of a run agree."""


def config_file() -> Path:
    """The config file; it need not exist."""
    chosen = os.environ.get(CONFIG_VARIABLE)
    if chosen:
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path(APPLICATION) / FILE_NAME


def configured_sessions() -> Path | None:
    """The folder that the config file chooses for recordings; None where it chooses none.

    A file that cannot be read chooses none: the screen has told the user about it before.
    """
    path = config_file()
    if not path.is_file():
        return None
    from emulator.schema.text_files import read_toml

    try:
        chosen = read_toml(path).get("sessions")
    except ValueError:
        return None
    return Path(chosen).expanduser() if isinstance(chosen, str) and chosen else None
