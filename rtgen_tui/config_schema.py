"""The config file described for others: a JSON Schema for editors, a template, and what applies."""

from collections.abc import Iterator
from typing import Final

from rtgen_tui.config import Config
from rtgen_tui.config_keys import FIXED, names
from rtgen_tui.config_settings import KEYS, SETTINGS, Setting

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, object]:
    """A JSON Schema with which an editor completes and checks the file."""
    return {
        "$schema": _DIALECT,
        "title": "Config file of rtgen-tui",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **{each.key: _property(each) for each in SETTINGS},
            KEYS: {
                "type": "object",
                "description": "Other keys for actions; a list gives an action several.",
                "additionalProperties": False,
                "properties": dict(_key_properties()),
            },
        },
    }


def _property(setting: Setting) -> dict[str, object]:
    described: dict[str, object] = {"type": setting.kind, "description": setting.help}
    if setting.choices():
        described["enum"] = list(setting.choices())
    if setting.high:
        described |= {"minimum": setting.low, "maximum": setting.high}
    if setting.kind == "string" and not setting.choices():
        described["minLength"] = 1
    return described


def _key_properties() -> Iterator[tuple[str, dict[str, object]]]:
    for name, action in names().items():
        if action.id in FIXED:
            continue
        several: dict[str, object] = {"type": "array", "items": {"type": "string"}, "minItems": 1}
        described: dict[str, object] = {"description": action.help}
        if action.numbered:
            count = len(action.keys)
            yield name, described | several | {"minItems": count, "maxItems": count}
        else:
            yield name, described | {"anyOf": [{"type": "string", "minLength": 1}, several]}


def template() -> str:
    """A file to begin with: every setting with its meaning, none of them in force."""
    lines = [
        "# What rtgen-tui looks like and opens. A line counts once its # is taken away.",
        "# rtgen-tui config show prints what applies.",
    ]
    for each in SETTINGS:
        lines += ["", f"# {each.help}"]
        if each.choices():
            lines += _wrapped(each.choices())
        lines.append(f"# {each.key} = {_toml(each.example)}")
    lines += [
        "",
        "# Other keys, by the names of docs/keys.md; a list gives an action several.",
        f"# [{KEYS}]",
        '# pick-policy = "W"',
        '# line-up = ["up", "U"]',
    ]
    return "\n".join([*lines, ""])


def _wrapped(words: tuple[str, ...]) -> list[str]:
    from textwrap import wrap

    return [f"#   {line}" for line in wrap(", ".join(words), 90, break_on_hyphens=False)]


def in_force(config: Config) -> list[str]:
    """The settings that apply, as lines of TOML; what is left to the program is not listed."""
    values = config._asdict()
    lines = [
        f"{each.key} = {_toml(values[each.key])}"
        for each in SETTINGS
        if values[each.key] is not None
    ]
    if config.keys:
        lines += ["", f"[{KEYS}]"]
        lines += [f"{key.replace('_', '-')} = {_keys(keys)}" for key, keys in config.keys.items()]
    return lines


def _keys(keys: tuple[str, ...]) -> str:
    texts = [_toml(each) for each in keys]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:g}"
    text = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
