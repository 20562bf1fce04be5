"""The one registry of what a user can do; bindings, footer, palette, help and docs come from it.

An action's method is ``action_<id>`` of the application or of the view's screen. A numbered action
(keys 1 to 9) gets the position of its key, starting at 1. Keys are plain letters because terminal
multiplexers take most control keys for themselves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class View:
    """One full-screen view; ``key`` opens it."""

    id: str
    key: str
    title: str


VIEWS: Final = (View("dashboard", "f1", "Dashboard"), View("events", "f4", "Events"))
"""The views that exist, in the order in which ``v`` steps through them."""

EVERYWHERE: Final = tuple(view.id for view in VIEWS)
DASHBOARD: Final = ("dashboard",)

Group = Literal["Policy", "Streams", "Engine", "Run", "Events", "Lists", "Screen"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a user can do."""

    id: str
    keys: tuple[str, ...]
    label: str
    """One to three words, for the footer and the palette."""
    help: str
    """One sentence, for help and docs."""
    group: Group
    views: tuple[str, ...] = EVERYWHERE
    owner: Literal["app", "screen"] = "app"
    """Which object has the method."""
    numbered: bool = False
    """Whether the position of the key is passed to the method."""

    def call(self, position: int = 1) -> str:
        """The action as Textual writes it, for the key at this position, which starts at 1."""
        arguments = f"({position})" if self.numbered else ""
        return f"{self.owner}.{self.id}{arguments}"

    def key_text(self) -> str:
        """The keys as a person reads them: ``1-9``, ``↑ k``, ``ctrl+p``."""
        if self.numbered:
            return f"{key_name(self.keys[0])}-{key_name(self.keys[-1])}"
        return " ".join(key_name(key) for key in self.keys)


DIGITS: Final = tuple("123456789")

ACTIONS: Final[tuple[Action, ...]] = (
    Action(
        "swap_policy",
        DIGITS,
        "policy",
        "Swap to the policy with this number at once; the run goes on and loses no job",
        "Policy",
        numbered=True,
    ),
    Action("previous_policy", ("P",), "previous", "Swap back to the policy before", "Policy"),
    Action(
        "pick_policy",
        ("p",),
        "pick",
        "Pick a policy by name, or type any order/placement/admission/granularity",
        "Policy",
    ),
    Action("focus_streams", ("s",), "streams", "Go to the streams", "Streams", DASHBOARD, "screen"),
    Action(
        "sort", ("o",), "sort", "Sort by number, misses or name", "Streams", DASHBOARD, "screen"
    ),
    Action("add_stream", ("a",), "add", "Start a stopped stream, or add streams", "Streams"),
    Action("stop_stream", ("x",), "stop", "Stop the selected stream", "Streams", DASHBOARD),
    Action("freeze", ("space",), "freeze", "Freeze the screen; the engine goes on", "Engine"),
    Action("pause_engine", ("X",), "pause", "Pause the engine, or let it go on", "Engine"),
    Action("step", (".",), "step", "Pause the engine and go to the next event", "Engine"),
    Action("slower", ("[",), "slower", "Let virtual time pass slower, down to ×0.1", "Engine"),
    Action("faster", ("]",), "faster", "Let virtual time pass faster, up to ×100", "Engine"),
    Action("normal_speed", ("\\",), "×1", "Let virtual time pass as on the wall", "Engine"),
    Action("pick_scenario", ("S",), "scenario", "New run of a scenario, or add its streams", "Run"),
    Action("pick_profile", ("f",), "profile", "New run on another profile (chip)", "Run"),
    Action("ask_seed", ("#",), "seed", "New run with another seed", "Run"),
    Action(
        "restart_core",
        ("enter",),
        "start again",
        "Start a new core with the same run, after the core has ended",
        "Run",
    ),
    Action(
        "next_incident",
        ("n",),
        "next",
        "Go to the next miss, drop, swap, marker or error, and select its stream",
        "Events",
        owner="screen",
    ),
    Action(
        "previous_incident",
        ("N",),
        "previous",
        "Go to the miss, drop, swap, marker or error before; the first time to the newest",
        "Events",
        owner="screen",
    ),
    Action("mark", ("m",), "mark", "Put a marker with a text into the run", "Events"),
    Action(
        "filter",
        ("/",),
        "filter",
        "Show only streams and events that hold a text",
        "Events",
        owner="screen",
    ),
    Action(
        "copy",
        ("y",),
        "copy",
        "Copy why the selected stream missed, or the chosen event",
        "Events",
        owner="screen",
    ),
    Action("line_up", ("up", "k"), "up", "One line up", "Lists", owner="screen"),
    Action("line_down", ("down", "j"), "down", "One line down", "Lists", owner="screen"),
    Action("page_up", ("pageup",), "page up", "One page up", "Lists", owner="screen"),
    Action("page_down", ("pagedown",), "page down", "One page down", "Lists", owner="screen"),
    Action("first_line", ("g", "home"), "first", "To the first line", "Lists", owner="screen"),
    Action("last_line", ("G", "end"), "last", "To the last line", "Lists", owner="screen"),
    Action("show_dashboard", ("f1",), "dashboard", "Open the dashboard", "Screen"),
    Action("show_events", ("f4",), "events", "Open the event log", "Screen"),
    Action("next_view", ("v",), "view", "Open the next view", "Screen"),
    Action("previous_view", ("V",), "previous view", "Open the view before", "Screen"),
    Action(
        "zoom",
        ("z",),
        "zoom",
        "Make the focused box fill the screen, or undo it (tab moves the focus)",
        "Screen",
        owner="screen",
    ),
    Action(
        "back", ("escape",), "back", "Leave the zoom, or clear the filter", "Screen", owner="screen"
    ),
    Action("next_theme", ("t",), "theme", "Use the next color theme", "Screen"),
    Action("help", ("?",), "help", "Show the keys of this view", "Screen"),
    Action(
        "command_palette", ("ctrl+p",), "palette", "Search everything that can be done", "Screen"
    ),
    Action("quit", ("q",), "quit", "Quit", "Screen"),
    Action("quit_now", ("ctrl+q",), "quit at once", "Quit at once, from dialogs too", "Screen"),
)

FOOTER: Final = (
    "restart_core",
    "help",
    "quit",
    "swap_policy",
    "freeze",
    "pick_policy",
    "previous_policy",
    "add_stream",
    "stop_stream",
    "filter",
    "zoom",
    "next_view",
    "pause_engine",
    "faster",
    "slower",
    "mark",
    "copy",
)
"""What the footer shows, most important first; how many depends on the width."""

FOOTER_LAST: Final = ("help", "quit")
"""Important, but drawn at the right end, where people look for them."""

_KEY_NAMES: Final = {"up": "↑", "down": "↓", "escape": "esc"}


def key_name(key: str) -> str:
    """One key as a person reads it."""
    if key in _KEY_NAMES:
        return _KEY_NAMES[key]
    return key.upper() if key[0] == "f" and key[1:].isdigit() else key


def actions_of(view: str) -> tuple[Action, ...]:
    """The actions that work in this view, in registry order."""
    return tuple(action for action in ACTIONS if view in action.views)


def action(action_id: str) -> Action:
    """The action with this id. Raises KeyError when there is none."""
    for each in ACTIONS:
        if each.id == action_id:
            return each
    raise KeyError(action_id)


def bindings(view: str) -> list[Binding]:
    """Key bindings of a view; a binding with priority is asked before the focused box."""
    return [
        Binding(
            key,
            each.call(position),
            each.label,
            show=False,
            priority=each.id in {"restart_core", "quit_now"},
            id=f"{each.id}.{position}",
        )
        for each in actions_of(view)
        for position, key in enumerate(each.keys, start=1)
    ]


def hint(*action_ids: str) -> str:
    """Keys for the edge of a box: ``a add  x stop``."""
    chosen = [action(each) for each in action_ids]
    return "  ".join(f"{each.key_text()} {each.label}" for each in chosen)


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
        "There are no other control or alt keys, so that terminal multiplexers keep theirs.",
    ]
    titles = {view.id: view.title.lower() for view in VIEWS}
    for group, actions in by_group(ACTIONS):
        lines += ["", f"## {group}", "", "| key | what it does | where |", "|---|---|---|"]
        for each in actions:
            views = (
                "every view"
                if each.views == EVERYWHERE
                else ", ".join(titles[v] for v in each.views)
            )
            keys = " ".join(f"`{key}`" for key in each.key_text().split(" "))
            lines.append(f"| {keys} | {each.help} | {views} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    print(keys_page(), end="")  # noqa: T201 - a page on stdout is what this command is for
