"""JSON Schemas of the files, for editors that complete and check TOML."""

from __future__ import annotations

from typing import cast

from pydantic.json_schema import JsonSchemaValue

from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.checking import json_schema_of
from emulator.schema.stream_forms import ONE_STAGE_KEYS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TRACE: JsonSchemaValue = {
    "type": "object",
    "title": "Trace",
    "properties": {
        "process": {"const": "trace"},
        "file": {"type": "string"},
        "column": {"type": "string"},
    },
    "required": ["process", "file"],
    "additionalProperties": False,
}


def profile_json_schema() -> JsonSchemaValue:
    """The JSON Schema of a profile file."""
    schema = {"$schema": _DIALECT, **json_schema_of(Profile)}
    _require(schema, "Backend", ["name"])
    return schema


def scenario_json_schema() -> JsonSchemaValue:
    """The JSON Schema of a scenario file, with all ways of writing a stream."""
    schema = {"$schema": _DIALECT, **json_schema_of(Scenario)}
    _require(schema, "Stream", [])
    _require(schema, "Stage", ["model"])
    definitions = cast("dict[str, JsonSchemaValue]", schema["$defs"])
    stream, stage = definitions["Stream"]["properties"], definitions["Stage"]["properties"]
    stream.update({key: stage[key] for key in ONE_STAGE_KEYS})
    stream["arrival"]["anyOf"].insert(0, _TRACE)
    return schema


def _require(schema: JsonSchemaValue, table: str, keys: list[str]) -> None:
    """Keys that the file must have; the schema's own list counts those that loading fills in."""
    schema["$defs"][table]["required"] = keys
