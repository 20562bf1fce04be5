"""Turns what pydantic says about a file into one sentence with the keys as a person writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from emulator.errors import UserError
from emulator.names import MAX_NAME, nearest, shown
from emulator.schema.tables import Table

T = TypeVar("T", bound=Table)
Step = str | int

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_MISSING = {
    "streams": "missing: a scenario has at least one [[streams]]",
    "backends": 'missing: name them in tie order, as in backends = ["npu", "gpu", "cpu"]',
    "models": "missing: a profile says what models cost, as in [models.blur] with cpu = 12.0",
    "model": "missing: name the model that it runs",
}
_ELSEWHERE = {
    "streams": "belongs in a scenario, not in a profile",
    **dict.fromkeys(("backends", "models", "memory"), "belongs in a profile, not in a scenario"),
    **dict.fromkeys(
        ("seed", "policy", "duration_s", "speed"), "is said when a run is started, not in a file"
    ),
    "priority": "is no key: what goes first is decided by the policy (edf, rm, ...)",
}
_MEANT = {
    **dict.fromkeys(("fps", "hz", "frequency"), "rate_hz"),
    **dict.fromkeys(("backend", "device"), "on"),
    **dict.fromkeys(("power", "watts"), "active_w"),
    "dispatch": "dispatch_us",
}
"""Words that people use for a key that is spelt quite differently."""
_KINDS = {"streams": "stream", "stages": "stage", "backends": "backend"}


class _MakesError(Protocol):
    def __call__(self, message: str, *, source: str, key: str | None) -> UserError: ...


def validated(
    table: type[T],
    data: Mapping[str, object],
    *,
    source: str,
    tables: Sequence[type[Table]],
    error: _MakesError,
    folder: Path,
) -> T:
    """The `table` that `data` describes.

    `tables` are all tables of this kind of file, to say where a misplaced key belongs; files that
    the data names are relative to `folder`.

    Raises:
        UserError: `error`, with one sentence that names `source` and the key.
    """
    try:
        return table.model_validate(data, folder=folder)
    except ValidationError as problem:
        details = _most_telling(problem)
        path, what, named = _explained(details, data, tables)
    except RecursionError:
        path, what, named = [], "nested too deeply", False
    where = _in_words(path[:-1] if named else path, data)
    message = ": ".join(part for part in (source, where, what) if part)
    raise error(message, source=source, key=dotted(path) or None)


def _most_telling(problem: ValidationError) -> ErrorDetails:
    """A misspelt key before what is missing because of it."""
    found = problem.errors(include_url=False)
    return next((e for e in found if e["type"] == "unknown_key"), found[0])


def _explained(
    details: ErrorDetails, data: Mapping[str, object], tables: Sequence[type[Table]]
) -> tuple[list[Step], str, bool]:
    """The path of the key, what is wrong with it, and whether that names the key itself."""
    path = _written_path(details["loc"], data)
    context = details.get("ctx", {})
    value = details["input"]
    match details["type"]:
        case "unknown_key":
            return [*path, context["key"]], _unknown_key(context, tables), True
        case "user":
            keys = str(context["key"]).split(".") if context["key"] else []
            return [*path, *keys], str(context["what"]), bool(context["named"])
        case "value_error":
            return path, _in_two_brackets(path, value) or str(context["error"]), False
        case "missing":
            key = str(details["loc"][-1])
            return [*path, key], _MISSING.get(key, "missing"), False
        case "literal_error":
            return path, f"expected {context['expected']}, not {shown(value)}", False
        case "too_short":
            return path, "expected at least one entry", False
        case "too_long":
            return path, f"more than {context['max_length']:,} entries", False
    return path, f"expected a table, not {shown(value)}", False


def _in_two_brackets(path: Sequence[Step], value: object) -> str:
    """What to write where a single table stands for a list of them; empty elsewhere."""
    if not path or path[-1] not in _KINDS or not isinstance(value, Mapping):
        return ""
    heading = dotted([step for step in path if isinstance(step, str)])
    return f"there can be several, so write [[{heading}]] in two brackets"


def _unknown_key(context: Mapping[str, object], tables: Sequence[type[Table]]) -> str:
    key, name = str(context["key"]), str(context["table"])
    own = next((t.file_keys() for t in tables if t.__name__ == name), ())
    meant = _MEANT.get(key.lower())
    close = meant if meant in own else nearest(key, own, 0.85)
    homes = [t.homes.get(name, t.home) for t in tables if key in t.file_keys()]
    homes += [_ELSEWHERE[key]] if key in _ELSEWHERE else []
    if close is None and homes:
        return f"{key!r} {homes[0]}"
    close = close or nearest(key, own)
    if close is not None:
        return f"unknown key {shown(key)}, did you mean {close!r}?"
    return f"unknown key {shown(key)}, expected one of {', '.join(own)}"


def _inside(node: object, step: Step) -> tuple[bool, object]:
    """Whether `node` has something at `step`, and what."""
    if isinstance(node, Mapping) and step in node:
        return True, node[step]
    if isinstance(node, list | tuple) and isinstance(step, int) and step < len(node):
        return True, node[step]
    return False, None


def _written_path(loc: Sequence[Step], data: object) -> list[Step]:
    """The steps of `loc` that exist in the data: short forms lack some that the schema has."""
    path: list[Step] = []
    node = data
    for step in loc:
        exists, inner = _inside(node, step)
        if exists:
            path.append(step)
            node = inner
    return path


def _in_words(path: Sequence[Step], data: object) -> str:
    """`["streams", 2, "stages", 0, "model"]` as "stream 'npc', stage 'hear': model"."""
    words: list[str] = []
    rest: list[Step] = []
    node = data
    for step in path:
        _, node = _inside(node, step)
        kind = _KINDS.get(str(rest[0])) if len(rest) == 1 and isinstance(step, int) else None
        name = node.get("name", node.get("model")) if isinstance(node, Mapping) else node
        if kind is not None and isinstance(name, str):
            words.append(f"{kind} {shown(name)}")
            rest = []
        else:
            rest.append(step)
    return ": ".join(part for part in (", ".join(words), dotted(rest)) if part)


def dotted(path: Sequence[Step]) -> str:
    """`streams[2].rate_hz`, with quotes around keys that TOML would quote."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
            continue
        short = step if len(step) <= MAX_NAME else step[: MAX_NAME - 3] + "..."
        bare = _BARE_KEY.fullmatch(short)
        text += ("." if text else "") + (short if bare else shown(short).replace("'", '"'))
    return text
