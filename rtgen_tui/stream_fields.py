"""The fields in which a stream is edited: their texts from a stream, and a stream from their texts.

Keys are those of a scenario file, so that what is wrong is said as for a file, beside its field.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from emulator.catalog import load_scenario
from emulator.errors import UserError
from emulator.ort.toml_text import Value, table
from emulator.profile import Profile
from emulator.schema.exact import parse_decimal, written
from emulator.schema.fit import check_fit
from emulator.schema.stream import Stream

RATE: Final = "rate_hz"
INTERVAL: Final = "arrival.mean_interval_s"
DEADLINE: Final = "deadline_ms"
_RELEASES: Final = (RATE, "period_ms", "arrival", "arrivals_ms")
_TOKENS: Final = ("prompt_tokens", "output_tokens")


@dataclass(frozen=True, slots=True)
class Field:
    """One line of the form."""

    key: str
    """As an error names it, from the stream on."""
    label: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the texts."""

    key: str
    """Of the field; empty where it is none of them."""
    words: str


def new_fields() -> list[Field]:
    """Of a stream that does not exist yet."""
    return [
        Field("name", "name", "", "empty: that of the model"),
        Field("model", "model", "", "type, and → completes"),
        *_of_release("", ""),
        Field(DEADLINE, "deadline, ms", "", "empty: the next release; or none"),
        Field(_TOKENS[0], "prompt tokens", "", "of an LLM: 128, or [64, 128]"),
        Field(_TOKENS[1], "output tokens", "", "likewise"),
    ]


def fields_of(stream: Mapping[str, Any]) -> list[Field]:
    """Of a stream that runs: what can be changed of it."""
    arrival = stream.get("arrival", {})
    rate = stream.get(RATE, "")
    if "period_ms" in stream:
        rate = written(1000 / Fraction(str(stream["period_ms"])))
    interval = arrival.get("mean_interval_s", "")
    if "rate_hz" in arrival:
        interval = written(1 / Fraction(str(arrival["rate_hz"])))
    found = _of_release(str(rate), str(interval))
    if "deadlines_ms" not in stream:
        hint = "empty: the next release; or none"
        found.append(Field(DEADLINE, "deadline, ms", str(stream.get(DEADLINE, "")), hint))
    stages: Sequence[Mapping[str, Any]] = stream["stages"]
    for number, stage in enumerate(stages):
        place = "" if len(stages) == 1 else f"stages[{number}]."
        of = "" if len(stages) == 1 else f"{stage['name']} "
        for key in _TOKENS:
            if key in stage:
                label = f"{of}{key.replace('_', ' ')}"
                found.append(Field(f"{place}{key}", label, _as_toml(stage[key]), "128"))
    return found


def _of_release(rate: str, interval: str) -> list[Field]:
    return [
        Field(RATE, "rate, Hz", rate, "releases per second, such as 30"),
        Field(INTERVAL, "or about every, s", interval, "mean of random gaps (Poisson)"),
    ]


def stream_of(
    texts: Mapping[str, str],
    fields: Sequence[Field],
    before: Mapping[str, Any] | None,
    profile: Profile,
) -> Stream | Wrong:
    """The stream that the texts describe.

    Args:
        texts: by the key of their field.
        fields: as they were at first.
        before: the stream that is edited; None for a new one.
        profile: that it has to fit.
    """
    table_ = _new_table(texts) if before is None else _changed(texts, fields, before)
    try:
        scenario = load_scenario({"name": "form", "streams": [table_]})
        check_fit(profile, scenario)
    except UserError as error:
        return _wrong(error, fields)
    return scenario.streams[0]


def _new_table(texts: Mapping[str, str]) -> dict[str, object]:
    plain = {key: _value(text) for key, text in texts.items() if text and key != INTERVAL}
    if texts["name"]:
        plain["name"] = texts["name"]
    if texts["model"]:
        plain["model"] = texts["model"]
    return plain | _poisson(texts[INTERVAL])


def _changed(
    texts: Mapping[str, str], fields: Sequence[Field], before: Mapping[str, Any]
) -> dict[str, object]:
    """The stream with what differs from the fields at first; the rest stays as it was written."""
    new = {each.key for each in fields if texts[each.key] != each.text}
    changed = dict(before)
    if new & {RATE, INTERVAL}:
        for key in (*_RELEASES, "phase_ms"):
            changed.pop(key, None)
        if texts[RATE]:
            changed[RATE] = _value(texts[RATE])
        changed |= _poisson(texts[INTERVAL])
    if DEADLINE in new:
        changed.pop(DEADLINE, None)
        if texts[DEADLINE]:
            changed[DEADLINE] = _value(texts[DEADLINE])
    changed["stages"] = [
        _with_tokens(stage, number, texts, new) for number, stage in enumerate(before["stages"])
    ]
    return changed


def _with_tokens(
    stage: Mapping[str, Any], number: int, texts: Mapping[str, str], new: set[str]
) -> dict[str, object]:
    changed = dict(stage)
    for key in _TOKENS:
        for name in (f"stages[{number}].{key}", key):
            if name in new:
                changed.pop(key, None)
                if texts[name]:
                    changed[key] = _value(texts[name])
    return changed


def _poisson(text: str) -> dict[str, object]:
    if not text:
        return {}
    return {"arrival": {"process": "poisson", "mean_interval_s": _value(text)}}


def _value(text: str) -> object:
    """A text as a scenario file would have it; what is no TOML stays a text."""
    try:
        return tomllib.loads(f"x = {text}", parse_float=parse_decimal)["x"]
    except tomllib.TOMLDecodeError:
        return text


def _as_toml(value: Value) -> str:
    return table("", {"x": value}).strip().removeprefix("x = ")


def _wrong(error: UserError, fields: Sequence[Field]) -> Wrong:
    """The error beside the field that it is about."""
    place = (error.key or "").removeprefix("streams[0]").removeprefix(".")
    keys = [each.key for each in fields]
    # A form with one stage names its keys as if they were the stream's, as a file may.
    places = (place, place.removeprefix("stages[0]."))
    found = (key for key in keys for each in places if f"{each}.".startswith(f"{key}."))
    key = next(found, "")
    if not key and place.startswith("arrival"):
        key = INTERVAL
    elif not key and place in {"", *_RELEASES}:
        key = RATE
    key = key if key in keys else ""
    return Wrong(key, _words(str(error), place))


def _words(sentence: str, place: str) -> str:
    """What is wrong, without the place of it where that is the last thing said before."""
    last = place.rpartition(".")[2]
    front, found, rest = sentence.partition(f"{last}: ") if last else ("", "", "")
    if found and front:
        return rest
    return sentence.rpartition("': ")[2] if "': " in sentence else sentence
