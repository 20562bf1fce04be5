"""Keys as the config file changes them: what a key is called, and which two actions clash."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from emulator.names import nearest, shown
from rtgen_tui.action import BOTH, KEY_NAMES, VIEW_TITLES, Action, key_name
from rtgen_tui.action_table import ACTIONS
from rtgen_tui.config import Keys

FIXED: Final = ("command_palette", "quit_now")
"""They keep their keys, so that there is always a way to everything, and out."""

_BY_TEXT: Final = {text: key for key, text in KEY_NAMES.items()} | {" ": "space"}
_NAMED: Final = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *("enter", "escape", "tab", "space", "backspace", "delete", "insert"),
    *(f"f{number}" for number in range(1, 13)),
)
_MODIFIERS: Final = ("shift", "ctrl", "alt")


class Remapped(NamedTuple):
    """The table of actions under new keys."""

    actions: tuple[Action, ...]
    clash: str
    """Which two actions want one key, in a sentence; empty if none do."""


@cache
def names() -> Mapping[str, Action]:
    """The actions by their names in the config file: ``previous-policy``."""
    return {each.name: each for each in ACTIONS}


def key_of(text: str) -> str:
    """A key as Textual names it: ``plus`` of ``+``, ``f1`` of ``F1``."""
    return _BY_TEXT.get(text, text if len(text) == 1 else text.lower())


def complaint(action: Action, texts: Sequence[object]) -> str:
    """What is wrong with the new keys of an action, in a sentence; nothing if they may be."""
    if action.id in FIXED:
        return f"keeps {key_name(action.keys[0])}, so that there is always a way out"
    if not texts:
        return "expected at least one key"
    if action.numbered and len(texts) != len(action.keys):
        return f"expected a list of {len(action.keys)} keys, one per number, not {len(texts)}"
    wrong = [each for each in texts if not isinstance(each, str) or not _is_key(key_of(each))]
    if not wrong:
        return ""
    some = 'a character such as "n", or a name such as "f6", "pageup" or "shift+left"'
    close = nearest(wrong[0], _NAMED) if isinstance(wrong[0], str) else None
    meant = f", did you mean {close!r}?" if close else f", expected {some}"
    return f"there is no key {shown(wrong[0])}{meant}"


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+") if len(key) > 1 else [key]
    if len(set(modifiers)) != len(modifiers) or not set(modifiers) <= set(_MODIFIERS):
        return False
    if len(last) == 1:
        # Terminals send shift with a character as another character.
        return last.isprintable() and last != " " and "shift" not in modifiers
    return last in _NAMED or (not modifiers and last in KEY_NAMES)


def remapped(keys: Keys) -> Remapped:
    """The actions with new keys; what is not named keeps its own."""
    actions = tuple(
        replace(each, keys=keys[each.id], live_keys=()) if each.id in keys else each
        for each in ACTIONS
    )
    return Remapped(actions, _clash(actions, keys))


def _clash(actions: Sequence[Action], keys: Keys) -> str:
    """The first two actions that want one key in the same view and mode."""
    for view, title in VIEW_TITLES.items():
        for mode in BOTH:
            owners: dict[str, Action] = {}
            for each in actions:
                if view not in each.views or each.without_core:
                    continue
                for key in each.keys_in(mode):
                    other = owners.setdefault(key, each)
                    if other is not each and {other.id, each.id} & keys.keys():
                        return _sentence(key, other, each, title)
    return ""


def _sentence(key: str, one: Action, other: Action, view: str) -> str:
    return (
        f"{key_name(key)} would be both {one.name} and {other.name} in the view {view}: "
        f"give one of them another key"
    )
