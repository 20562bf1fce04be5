"""The settings of the config file: one table, and the check of what a file says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from emulator.names import nearest, shown, unknown
from rtgen_tui.config import Config, ConfigError, Keys
from rtgen_tui.layouts import LAYOUTS

MIN_FPS: Final = 1
MAX_FPS: Final = 30


def themes() -> tuple[str, ...]:
    """The names of all color themes, ours first."""
    from textual.theme import BUILTIN_THEMES

    from rtgen_tui.themes import THEMES

    ours = tuple(each.name for each in THEMES)
    return ours + tuple(sorted(set(BUILTIN_THEMES) - set(ours)))


def _none() -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of the file."""

    key: str
    help: str
    """One sentence, for the template, the schema and the page."""
    example: str | int | bool
    """What the template shows: the value that applies without it, where there is one."""
    choices: Callable[[], tuple[str, ...]] = _none
    """The words that are allowed; none for any text."""
    low: float = 0
    high: float = 0
    """Limits of a number, both included."""

    @property
    def kind(self) -> str:
        """The JSON type of its values."""
        if isinstance(self.example, bool):
            return "boolean"
        return "string" if isinstance(self.example, str) else "number"


SETTINGS: Final = (
    Setting("theme", "Color theme; T changes it on the screen.", "rtgen-dark", themes),
    Setting(
        "symbols",
        "Glyphs to draw with; auto is ascii where the terminal or its locale has no more.",
        "auto",
        lambda: ("auto", "block", "braille", "ascii"),
    ),
    Setting(
        "layout",
        "What the dashboard gives room to; b changes it on the screen.",
        "balanced",
        lambda: tuple(each.id for each in LAYOUTS),
    ),
    Setting(
        "color",
        "Whether to use colors; auto heeds NO_COLOR.",
        "auto",
        lambda: ("auto", "always", "never"),
    ),
    Setting("fps", "Pictures per second.", 10, low=MIN_FPS, high=MAX_FPS),
    Setting(
        "remember",
        "Keep the theme, symbols and layout chosen on the screen; they then win over this file.",
        example=False,
    ),
    Setting("scenario", "What rtgen-tui opens without a command.", "video-call"),
    Setting("profile", "The chip of that run.", "ryzen-ai-9-hx-370"),
    Setting("policy", "The policy of that run.", "fcfs"),
    Setting("sessions", "Folder of recordings that are not named.", "~/rtgen-sessions"),
)
"""In the order of the template."""

KEYS: Final = "keys"
"""The table of new keys."""


def checked(data: Mapping[str, object], source: str) -> Config:
    """The settings of a file.

    Args:
        data: its tables.
        source: its path, for messages.

    Raises:
        ConfigError: a key is unknown, or its value is wrong.
    """
    settings = {each.key: each for each in SETTINGS}
    for key in data:
        if key not in settings and key != KEYS:
            sentence = unknown("key", key, [*settings, KEYS])
            raise ConfigError(f"config {source}: {sentence}", source=source, key=key)
    values: dict[str, Any] = {
        key: _value(settings[key], value, source) for key, value in data.items() if key in settings
    }
    return Config(**values, keys=_keys(data.get(KEYS, {}), source))


def _value(setting: Setting, value: object, source: str) -> object:
    wrong = _complaint(setting, value)
    if wrong:
        sentence = f"config {source}: {setting.key}: {wrong}"
        raise ConfigError(sentence, source=source, key=setting.key)
    return float(str(value)) if setting.kind == "number" else value


def _complaint(setting: Setting, value: object) -> str:
    """What is wrong with a value; nothing if it may be."""
    if setting.kind == "boolean":
        return "" if isinstance(value, bool) else f"expected true or false, not {shown(value)}"
    if setting.kind == "number":
        expected = f"expected a number from {setting.low:g} to {setting.high:g}"
        is_number = not isinstance(value, bool | str | list | dict) and _is_number(value)
        if is_number and setting.low <= float(str(value)) <= setting.high:
            return ""
        return f"{expected}, not {shown(value)}"
    choices = setting.choices()
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        some = f"one of {', '.join(choices[:6])}" if choices else "a text"
        return f"expected {some}, not {shown(value)}"
    return "" if not choices or value in choices else unknown(setting.key, value, choices)


def _is_number(value: object) -> bool:
    try:
        float(str(value))
    except ValueError:
        return False
    return True


def _keys(table: object, source: str) -> Keys:
    from rtgen_tui.config_keys import complaint, key_of, names, remapped

    if not isinstance(table, Mapping):
        wanted = 'expected a table such as [keys] with "record" = "r"'
        raise ConfigError(f"config {source}: {KEYS}: {wanted}", source=source, key=KEYS)
    actions = names()
    keys: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        where = f"{KEYS}.{name}"
        texts = value if isinstance(value, list) else [value]
        wrong = "" if name in actions else _unknown_action(name, actions)
        wrong = wrong or complaint(actions[name], texts)
        if wrong:
            raise ConfigError(f"config {source}: {where}: {wrong}", source=source, key=where)
        keys[actions[name].id] = tuple(key_of(text) for text in texts)
    clash = remapped(keys).clash
    if clash:
        raise ConfigError(f"config {source}: {KEYS}: {clash}", source=source, key=KEYS)
    return keys


def _unknown_action(name: str, actions: Mapping[str, object]) -> str:
    close = nearest(name, actions)
    meant = f"did you mean {close!r}?" if close else "see docs/keys.md for their names"
    return f"unknown action {shown(name)}, {meant}"
