"""The one registry of what a user can do; bindings, footer, palette, help and docs come from it.

``python -m rtgen_tui.actions`` prints docs/keys.md.
"""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

from textual.binding import Binding, BindingsMap

from rtgen_tui.action import (
    BOTH,
    EVERYWHERE,
    REPLAY,
    VIEW_TITLES,
    VIEWS,
    Action,
    Group,
    Mode,
    View,
    key_name,
)
from rtgen_tui.action_table import ACTIONS

if TYPE_CHECKING:
    from rtgen_tui.config import Keys

__all__ = [
    "ACTIONS",
    "BOTH",
    "FOOTER",
    "FOOTER_LAST",
    "VIEWS",
    "Action",
    "Mode",
    "View",
    "action",
    "actions_of",
    "allowed",
    "bindings",
    "by_group",
    "hint",
    "key_name",
    "keys_page",
    "rebind",
    "use_keys",
]

FOOTER: Final = (
    "restart_core",
    "help",
    "quit",
    "swap_policy",
    "freeze",
    "pick_policy",
    "play",
    "seek_back",
    "seek_forward",
    "replay_session",
    "verify_session",
    "compare_session",
    "delete_session",
    "open_session",
    "open_line",
    "level",
    "stream",
    "pan_back",
    "window_in",
    "window_out",
    "jump_on",
    "slice_on",
    "follow_newest",
    "lanes",
    "take_tape",
    "show_job",
    "to_divergence",
    "swap_sides",
    "open_run",
    "seek_next_incident",
    "step_back",
    "previous_policy",
    "open_detail",
    "add_stream",
    "edit_stream",
    "stop_stream",
    "record",
    "step",
    "seek_previous_incident",
    "go_to_time",
    "filter",
    "zoom",
    "next_view",
    "pause_engine",
    "faster",
    "slower",
    "mark",
    "copy",
    "compare",
    "next_layout",
    "export",
)
"""What the footer shows, most important first; how many depends on the width."""

FOOTER_LAST: Final = ("help", "quit")
"""Important, but drawn at the right end, where people look for them."""

_TABLE: Final[ContextVar[tuple[Action, ...]]] = ContextVar("actions", default=ACTIONS)
"""The actions with the keys that the user of the running application has chosen."""

_PRIORITY: Final = frozenset({"restart_core", "quit_now"})
"""Asked before the focused box, which may want the key too."""

_HEADS: Final = "| key | what it does | where | name |"
_WHEN: Final = {("live", "replay"): "", ("live",): "live", ("replay",): "replay"}


def use_keys(keys: "Keys") -> None:
    """Give actions other keys, for the application that is made in this context."""
    if not keys:
        _TABLE.set(ACTIONS)
        return
    from rtgen_tui.config_keys import remapped

    _TABLE.set(remapped(keys).actions)


def rebind(bound: BindingsMap, view: str) -> BindingsMap:
    """The bindings of a screen of this view, with the keys that the user has chosen.

    Textual's own keymap drops all bindings of a key, so that those of the other mode would be lost.
    """
    if _TABLE.get() is ACTIONS:
        return bound
    ours = bindings(view, _TABLE.get())
    owned = {each.id for each in bindings(view)}
    kept = {
        key: [each for each in values if each.id not in owned]
        for key, values in bound.key_to_bindings.items()
    }
    return BindingsMap.merge([BindingsMap(ours), BindingsMap.from_keys(kept)])


def actions_of(view: str, mode: Mode) -> tuple[Action, ...]:
    """The actions that work in this view and mode, in registry order."""
    return tuple(each for each in _TABLE.get() if view in each.views and mode in each.modes)


def action(action_id: str) -> Action:
    """The action with this id. Raises KeyError when there is none."""
    for each in _TABLE.get():
        if each.id == action_id:
            return each
    raise KeyError(action_id)


def allowed(action_id: str, mode: Mode) -> bool:
    """Whether a mode has an action; what is no action of the registry is not forbidden by it."""
    return all(mode in each.modes for each in ACTIONS if each.id == action_id)


def bindings(view: str, actions: tuple[Action, ...] = ACTIONS) -> list[Binding]:
    """Key bindings of a view in both modes.

    Textual asks the actions of a key in turn. Those of a replay alone come first: where the mode
    refuses them, the key has its other meaning.
    """
    return [
        Binding(
            key,
            each.call(position),
            each.label,
            show=False,
            priority=each.id in _PRIORITY,
            id=f"{each.id}.{position}",
        )
        for each in sorted(actions, key=lambda each: each.modes != REPLAY)
        if view in each.views
        for position, key in enumerate(each.keys + each.live_keys, start=1)
    ]


def hint(mode: Mode, *action_ids: str) -> str:
    """Keys for the edge of a box, of what can be done in this mode: ``a add  x stop``."""
    chosen = [each for each in map(action, action_ids) if mode in each.modes]
    return "  ".join(f"{each.key_text(mode)} {each.label}" for each in chosen)


def by_group(actions: Iterable[Action]) -> Iterator[tuple[Group, list[Action]]]:
    """The actions of each group, groups in order of first appearance."""
    groups: dict[Group, list[Action]] = {}
    for each in actions:
        groups.setdefault(each.group, []).append(each)
    yield from groups.items()


def keys_page() -> str:
    """The text of docs/keys.md; ``python -m rtgen_tui.actions`` prints it."""
    lines = [
        "# Keys",
        "",
        "Written by `python -m rtgen_tui.actions`; `?` shows the same list in the application.",
        "Some keys do one thing in a live run and another in the replay of a session.",
        "The config file gives an action other keys by its name (looks.md).",
        "There are no other control or alt keys, so that terminal multiplexers keep theirs.",
    ]
    for group, actions in by_group(ACTIONS):
        lines += ["", f"## {group}", "", _HEADS, "|---|---|---|---|"]
        lines += [
            f"| {_keys(each)} | {each.help} | {_where(each)} | `{each.name}` |" for each in actions
        ]
    return "\n".join([*lines, ""])


def _keys(each: Action) -> str:
    """All keys; those that are the live run's alone say so."""
    mode = each.modes[0]
    always = each.key_text("replay") if "replay" in each.modes else each.key_text(mode)
    keys = " ".join(f"`{key}`" for key in always.split(" "))
    live = " ".join(f"`{key_name(key)}` (live)" for key in each.live_keys)
    return f"{keys} {live}".rstrip()


def _where(each: Action) -> str:
    titles = {view: title.lower() for view, title in VIEW_TITLES.items()}
    everywhere = each.views == EVERYWHERE
    views = "every view" if everywhere else ", ".join(titles[view] for view in each.views)
    when = _WHEN[each.modes]
    return f"{views}, {when}" if when else views


if __name__ == "__main__":
    print(keys_page(), end="")  # noqa: T201 - a page on stdout is what this command is for
