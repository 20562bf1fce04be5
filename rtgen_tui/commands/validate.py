"""`rtgen-tui validate`: whether a profile or scenario file can be used, without running it."""

from pathlib import Path
from typing import Annotated, Final

import typer

EPILOG: Final = "Example:  rtgen-tui validate my-laptop.toml"

_PROFILE_KEYS: Final = frozenset({"models", "backends", "memory"})


def validate(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Profiles and scenarios, told apart by content."),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check profile and scenario files.

    Prints ok, or what is wrong in one sentence; nothing is run.
    """
    from emulator.errors import UserError
    from rtgen_tui import exits, render
    from rtgen_tui.commands import values

    records: list[dict[str, object]] = []
    for file in files:
        record: dict[str, object] = {"file": file}
        try:
            record |= {"ok": True, **_checked(Path(values.some(file, "FILE")))}
            if not as_json:
                render.line(f"{file}: ok, {record['kind']} {record['name']}")
        except UserError as error:
            record |= {"ok": False, "error": str(error), "key": error.key}
            exits.fail(str(error), exits.USER_ERROR)
        records.append(record)
    if as_json:
        render.print_json({"files": records})
    if not all(record["ok"] for record in records):
        raise typer.Exit(exits.USER_ERROR)


def _checked(path: Path) -> dict[str, str]:
    """What the file is, if it can be used. Raises UserError."""
    from emulator.catalog import load_profile, load_scenario
    from emulator.errors import UserError
    from emulator.schema.text_files import read_toml

    try:
        keys = read_toml(path).keys()
    except ValueError as error:
        raise UserError(f"{path} {error}", source=str(path)) from None
    if "streams" in keys and not keys & _PROFILE_KEYS:
        return {"kind": "scenario", "name": load_scenario(path).name}
    if keys & _PROFILE_KEYS:
        return {"kind": "profile", "name": load_profile(path).name}
    expected = "a profile has [[backends]] and [models], a scenario has [[streams]]"
    raise UserError(f"{path} is neither a profile nor a scenario: {expected}", source=str(path))
