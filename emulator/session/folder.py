"""Where session files go when nobody says where, and what they are called."""

import re
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO, Final

from emulator.catalog import APPLICATION
from emulator.session.errors import SessionError

SUFFIX: Final = ".rtgen"
_MAX_SCENARIO: Final = 60
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9._-]+")


def sessions_folder() -> Path:
    """Where recordings go, as the config file says; it need not exist."""
    from emulator.user_config import configured_sessions

    chosen = configured_sessions()
    if chosen is not None:
        return chosen
    from platformdirs import user_data_path

    return user_data_path(APPLICATION) / "sessions"


def default_path(scenario: str, begun: datetime) -> Path:
    """``YYYYMMDD-HHMMSS-SCENARIO.rtgen`` in the sessions folder."""
    name = _NOT_IN_NAMES.sub("-", scenario)[:_MAX_SCENARIO].strip("-.") or "run"
    return sessions_folder() / f"{begun:%Y%m%d-%H%M%S}-{name}{SUFFIX}"


def create(path: Path) -> BinaryIO:
    """A new file, unbuffered. Raises OSError, FileExistsError too."""
    return path.open("xb", buffering=0)


def create_numbered(path: Path, first: int) -> tuple[Path, BinaryIO]:
    """The first of ``name-2.rtgen``, ``name-3.rtgen`` ... that does not exist. Raises OSError."""
    for number in count(first):
        numbered = path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            return numbered, create(numbered)
        except FileExistsError:
            continue
    raise AssertionError  # count() never ends


def create_chosen(path: str, scenario: str, begun: datetime) -> tuple[Path, BinaryIO]:
    """The file that a user asks for, "" for one in the sessions folder; nothing is overwritten.

    Raises:
        SessionError: it cannot be made.
    """
    chosen = Path(path) if path else default_path(scenario, begun)
    shown = "".join(c if c.isprintable() else "?" for c in str(chosen))
    try:
        if path:
            return chosen, create(chosen)
        chosen.parent.mkdir(parents=True, exist_ok=True)
        try:
            return chosen, create(chosen)
        except FileExistsError:
            return create_numbered(chosen, 2)
    except FileExistsError:
        raise SessionError(f"{shown} exists already: choose another name", source=shown) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        why = getattr(error, "strerror", None) or error
        raise SessionError(f"{shown} cannot be written: {why}", source=shown) from None
