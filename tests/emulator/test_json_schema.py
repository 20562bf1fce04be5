"""JSON Schemas of the files, for editors."""

import json
from typing import Any

from emulator.schema.json_schema import profile_json_schema, scenario_json_schema


def test_schemas_are_plain_json() -> None:
    """Editors read them from a file."""
    for schema in (profile_json_schema(), scenario_json_schema()):
        assert json.loads(json.dumps(schema)) == schema
        assert schema["$schema"].startswith("https://json-schema.org/")


def test_a_stream_may_be_written_with_or_without_stages() -> None:
    """The keys of a one-stage stream are known, and nothing that loading fills in is required."""
    tables: dict[str, Any] = scenario_json_schema()["$defs"]
    stream, stage = tables["Stream"], tables["Stage"]
    assert {"model", "on", "prompt_tokens", "rate_hz", "stages"} <= stream["properties"].keys()
    assert not stream["required"]
    assert stage["required"] == ["model"]
    assert "after" in stage["properties"]
    assert "after" not in stream["properties"]
    processes = {
        entry.get("title") for entry in stream["properties"]["arrival"]["anyOf"] if "title" in entry
    }
    assert "Trace" in processes


def test_short_forms_of_a_profile_are_known() -> None:
    """A backend may be a text and an entry a number."""
    schema = profile_json_schema()
    assert {"type": "string"} in schema["properties"]["backends"]["items"]["anyOf"]
    entry = schema["$defs"]["ModelCosts"]["additionalProperties"]
    assert {"type": ["number", "string"]} in entry["anyOf"]
    assert schema["$defs"]["Backend"]["required"] == ["name"]
