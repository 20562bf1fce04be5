"""`rtgen-tui list`: what there is to choose from."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, TypeAlias

import typer

from rtgen_tui.commands.names import complete_kinds

Row: TypeAlias = dict[str, object]

EPILOG: Final = "Example:  rtgen-tui list policies"


def list_names(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="profiles, scenarios or policies; all three if left out.",
            autocompletion=complete_kinds,
            show_default=False,
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List profiles, scenarios and policies."""
    from rtgen_tui import render
    from rtgen_tui.commands.values import choice

    kinds: dict[str, Callable[[], list[Row]]] = {
        "profiles": _profiles,
        "scenarios": _scenarios,
        "policies": _policies,
    }
    chosen = [choice(kind, kinds, "kind")] if kind else list(kinds)
    listed = {each: kinds[each]() for each in chosen}
    if as_json:
        render.print_json(listed)
        return
    for position, (each, rows) in enumerate(listed.items()):
        if position:
            render.line()
        if not kind:
            render.title(each, None)
        _print(rows)


def _profiles() -> list[Row]:
    from emulator.catalog import load_profile, profile_names

    def row(name: str) -> Row:
        profile = load_profile(name)
        names = list(profile.backend_names)
        return {"title": profile.title, "backends": names, "models": len(profile.models)}

    return _loaded(profile_names(), row)


def _scenarios() -> list[Row]:
    from emulator.catalog import load_scenario, scenario_names

    def row(name: str) -> Row:
        scenario = load_scenario(name)
        return {"title": scenario.title, "streams": [each.name for each in scenario.streams]}

    return _loaded(scenario_names(), row)


def _policies() -> list[Row]:
    from emulator.policies import policies
    from emulator.policies.installed import installed

    named: list[Row] = [
        {"name": each.name, "description": each.description, "citation": each.citation}
        for each in policies()
    ]
    # They are loaded when one is asked for, not to be listed.
    return named + [
        {"name": each.name, "description": f"from {each.package}: {each.target}", "citation": ""}
        for each in installed()
    ]


def _loaded(names: Sequence[str], row: Callable[[str], Row]) -> list[Row]:
    """A row by name; a file that cannot be loaded stays in the list with what is wrong."""
    from emulator.errors import UserError
    from rtgen_tui.exits import note

    rows: list[Row] = []
    for name in names:
        try:
            rows.append({"name": name, **row(name)})
        except UserError as error:
            note(str(error))
            rows.append({"name": name, "error": str(error)})
    return rows


def _print(rows: Sequence[Mapping[str, object]]) -> None:
    from rtgen_tui import render

    def cell(row: Mapping[str, object]) -> str:
        if "error" in row:
            return "(cannot be loaded)"
        return str(row.get("description") or row.get("title") or "")

    render.table(
        (render.Column("name"), render.Column("what it is", wraps=True)),
        [(str(row["name"]), cell(row)) for row in rows],
    )
