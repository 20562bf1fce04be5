"""The ways of writing a stream, turned into the one that the schema knows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from emulator.names import shown
from emulator.schema.stage import Stage
from emulator.schema.tables import fault

LINK_KEYS = ("after", "slices_per_tokens")
"""A stage's keys that say something only among several stages."""
ONE_STAGE_KEYS = tuple(
    key for key in Stage.defaults if key not in (*LINK_KEYS, "name", "deadline_ms")
)
"""A stage's keys that a stream with one stage writes on itself; its deadline is the job's."""


def with_stages(data: Mapping[str, object]) -> dict[str, object]:
    """Moves the keys of a one-stage stream into its stage and fills in names; raises a fault."""
    if "stages" in data:
        return _with_named_stages(data)
    for key in LINK_KEYS:
        if key in data:
            where = "links the stages of one job: write it in a [[streams.stages]]"
            raise fault(f"{key!r} {where}", key, named=True)
    if "model" not in data:
        raise fault("missing: a stream names the model it runs, or has [[streams.stages]]", "model")
    stream = {key: value for key, value in data.items() if key not in ONE_STAGE_KEYS}
    stage = {key: value for key, value in data.items() if key in ONE_STAGE_KEYS}
    name = data.get("name", data["model"])
    return {**stream, "name": name, "stages": [{"name": name, **stage}]}


def _with_named_stages(data: Mapping[str, object]) -> dict[str, object]:
    for key in (*ONE_STAGE_KEYS, *LINK_KEYS):
        if key in data:
            where = "belongs to one of the stream's [[streams.stages]]"
            raise fault(f"{key!r} {where}", key, named=True)
    if "name" not in data:
        raise fault("missing: a stream with stages needs a name", "name")
    stages = data["stages"]
    if not isinstance(stages, list | tuple):
        return dict(data)
    alone = data["name"] if len(stages) == 1 else None
    return {**data, "stages": [_with_name(stage, alone) for stage in stages]}


def _with_name(stage: object, name: object) -> object:
    """A stage without a name has its stream's if it is alone, else its model's."""
    if not isinstance(stage, Mapping) or "name" in stage or "model" not in stage:
        return stage
    return {"name": stage["model"] if name is None else name, **stage}


def with_trace(stream: dict[str, object], folder: Path) -> dict[str, object]:
    """Replaces a trace arrival by the `arrivals_ms` in its file; raises a fault."""
    arrival = stream.get("arrival")
    if not isinstance(arrival, Mapping) or arrival.get("process") != "trace":
        return stream
    for key in arrival:
        if key not in ("process", "file", "column"):
            raise fault(f"unknown key {shown(key)}: a trace has file and column", "arrival")
    file, column = arrival.get("file"), arrival.get("column")
    if not isinstance(file, str) or not file or "\0" in file:
        raise fault(f"expected the name of a file, not {shown(file)}", "arrival.file")
    if not isinstance(column, str | None):
        raise fault(f"expected the name of a column, not {shown(column)}", "arrival.column")
    if "arrivals_ms" in stream:
        raise fault("give only one of arrival and arrivals_ms", "arrivals_ms")
    from emulator.schema.trace_file import read_arrivals

    try:
        arrivals = read_arrivals(folder / file, column)
    except ValueError as error:
        raise fault(f"{shown(file)}: {error}", "arrival.file") from None
    return {**{k: v for k, v in stream.items() if k != "arrival"}, "arrivals_ms": arrivals}
