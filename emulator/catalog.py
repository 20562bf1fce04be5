"""Finds profiles and scenarios by name, path or dict, and loads them.

A user's own files (`profiles/` and `scenarios/` in the configuration folder) come before the
bundled ones of the same name.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from emulator.errors import ProfileError, ScenarioError
from emulator.names import MAX_NAME, shown, unknown
from emulator.profile import PROFILE_TABLES, Profile
from emulator.scenario import SCENARIO_TABLES, Scenario, Stream
from emulator.schema.tables import Table

T = TypeVar("T", bound=Table)

APPLICATION = "rtgen-tui"
DICT_SOURCE = "<dict>"
DEFAULT_PROFILE = "ryzen-ai-9-hx-370"


@dataclass(frozen=True, slots=True)
class _Kind(Generic[T]):
    """What profiles and scenarios differ in."""

    word: str
    table: type[T]
    tables: Sequence[type[Table]]
    error: type[ProfileError | ScenarioError]
    is_whole: Callable[[T], bool] = lambda _: True
    """Whether it came from one file, not from another beside it."""

    @property
    def folders(self) -> tuple[Path, ...]:
        return (user_folder() / f"{self.word}s", bundled_folder() / f"{self.word}s")


_PROFILE = _Kind("profile", Profile, PROFILE_TABLES, ProfileError)
_SCENARIO = _Kind(
    "scenario",
    Scenario,
    SCENARIO_TABLES,
    ScenarioError,
    lambda scenario: all(stream.arrivals_ms is None for stream in scenario.streams),
)


def user_folder() -> Path:
    """Where a user's own profiles and scenarios live; it need not exist."""
    from platformdirs import user_config_path

    return user_config_path(APPLICATION)


def cache_folder() -> Path:
    """Where copies of checked files are kept; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path(APPLICATION) / "checked"


def bundled_folder() -> Path:
    """Where the files of this package live: in it, or in a checkout beside it."""
    package = Path(__file__).parent
    installed = package / "data"
    return installed if installed.is_dir() else package.parent


def profile_names() -> tuple[str, ...]:
    """The names that `load_profile` knows, sorted."""
    return tuple(sorted(_files(_PROFILE)))


def scenario_names() -> tuple[str, ...]:
    """The names that `load_scenario` knows, sorted."""
    return tuple(sorted(_files(_SCENARIO)))


def load_profile(profile: str | Path | Mapping[str, object] | Profile) -> Profile:
    """A profile by name, by path (with a separator or ending in .toml), or from a dict.

    Raises:
        ProfileError: one sentence that names the file and the key.
    """
    return _load(_PROFILE, profile)


def load_scenario(scenario: str | Path | Mapping[str, object] | Scenario) -> Scenario:
    """A scenario by name, by path (with a separator or ending in .toml), or from a dict.

    Trace files that it names are relative to its file, to the working folder for a dict.

    Raises:
        ScenarioError: one sentence that names the file and the key.
    """
    return _load(_SCENARIO, scenario)


def load_reader() -> None:
    """Load what reads files now, rather than when the first one is read that has no copy."""
    import tomllib  # noqa: F401  # to have it, as the next two

    from emulator.schema import explain, text_files  # noqa: F401
    from emulator.schema.checking import make_ready

    make_ready(Profile, Scenario, Stream)


def profile_of(scenario: Scenario) -> str:
    """The name of the profile to run a scenario on where nobody chooses one."""
    return scenario.profile or DEFAULT_PROFILE


def _load(kind: _Kind[T], what: object) -> T:
    if isinstance(what, kind.table):
        return what
    if isinstance(what, Mapping):
        return _from_dict(kind, what)
    if isinstance(what, str | Path):
        path = _path(kind, what)
        return _from_file(kind, Path(what)) if path is None else _by_name(kind, path)
    message = f"expected the name of a {kind.word}, a path or a dict, not {shown(what)}"
    raise kind.error(message)


def _from_dict(kind: _Kind[T], data: Mapping[str, object]) -> T:
    from emulator.schema.explain import validated

    return validated(
        kind.table,
        data,
        source=DICT_SOURCE,
        tables=kind.tables,
        error=kind.error,
        folder=Path(),
    )


def _by_name(kind: _Kind[T], path: Path) -> T:
    """A file of a known folder: few, and opened again and again."""
    from emulator.checked_copies import CheckedCopies

    copies = CheckedCopies(cache_folder())
    place = copies.place(path, kind.table)
    copy = None if place is None else copies.find(place, kind.table)
    if copy is not None:
        return copy
    record = _from_file(kind, path)
    # Only what the hash has seen: not a file that has just changed, nor what is read beside it.
    if place is not None and place == copies.place(path, kind.table) and kind.is_whole(record):
        copies.keep(place, record)
    return record


def _from_file(kind: _Kind[T], path: Path) -> T:
    from emulator.schema.explain import validated
    from emulator.schema.text_files import read_toml

    source = "".join(c if c.isprintable() else "?" for c in str(path))
    try:
        data = read_toml(path)
    except ValueError as error:
        raise kind.error(f"{kind.word} {source} {error}", source=source) from None
    return validated(
        kind.table,
        {"name": path.stem[:MAX_NAME].strip() or kind.word, **data},
        source=source,
        tables=kind.tables,
        error=kind.error,
        folder=path.parent,
    )


def _path(kind: _Kind[T], what: str | Path) -> Path | None:
    """The file of this name, None for what is a path itself."""
    text = str(what)
    if "\0" in text:
        raise kind.error(f"expected the name of a {kind.word} or a path, not {shown(text)}")
    separators = {"/", os.sep, os.altsep or os.sep}
    if isinstance(what, Path) or text.endswith(".toml") or any(s in text for s in separators):
        return None
    files = _files(kind)
    if text not in files:
        raise kind.error(unknown(kind.word, text, sorted(files)))
    return files[text]


def _files(kind: _Kind[T]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for folder in kind.folders:
        try:
            found = sorted(folder.glob("*.toml"))
        except OSError:
            continue
        for path in found:
            files.setdefault(path.stem, path)
    return files
