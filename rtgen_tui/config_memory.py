"""Looks that were chosen on the screen, kept for the next time if the config file says so."""

import json
import os
from pathlib import Path
from typing import NamedTuple

from emulator.user_config import APPLICATION


class Chosen(NamedTuple):
    """Names of a theme, a set of symbols and a layout."""

    theme: str
    symbols: str
    layout: str


def memory_file() -> Path:
    """Where they are kept; it need not exist."""
    from platformdirs import user_state_path

    return user_state_path(APPLICATION) / "looks.json"


def remember(looks: Chosen) -> None:
    """Keep them. Raises OSError: they cannot be written."""
    path = memory_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    # Replaced as a whole, so that a second screen never reads half of it.
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(looks._asdict()), encoding="utf-8")
    fresh.replace(path)


def remembered() -> Chosen | None:
    """What was kept; None where nothing was, or nothing that is still known."""
    from rtgen_tui.config_settings import themes
    from rtgen_tui.layouts import LAYOUTS
    from rtgen_tui.symbols import SYMBOL_SETS

    try:
        kept = json.loads(memory_file().read_text(encoding="utf-8"))
        looks = Chosen(str(kept["theme"]), str(kept["symbols"]), str(kept["layout"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_known = (
        looks.theme in themes()
        and looks.symbols in SYMBOL_SETS
        and looks.layout in {each.id for each in LAYOUTS}
    )
    return looks if is_known else None
