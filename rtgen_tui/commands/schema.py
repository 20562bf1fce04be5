"""`rtgen-tui schema`: JSON Schemas of the files, for editors."""

from typing import Annotated, Final

import typer

from rtgen_tui.commands.names import complete_kind

EPILOG: Final = "Example:  rtgen-tui schema scenario > scenario.schema.json"


def schema(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="profile or scenario.", autocompletion=complete_kind),
    ],
) -> None:
    """Print a JSON Schema for editors.

    With it, an editor completes and checks the TOML of profiles and scenarios.
    """
    from emulator.schema.json_schema import profile_json_schema, scenario_json_schema
    from rtgen_tui.commands.values import choice
    from rtgen_tui.render import print_json

    schemas = {"profile": profile_json_schema, "scenario": scenario_json_schema}
    print_json(schemas[choice(kind, schemas, "kind")]())
