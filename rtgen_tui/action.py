"""What an action and a view are: their records, and the words for modes and groups."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Mode: TypeAlias = Literal["live", "replay"]
"""What is on screen: a run of the engine, or a recorded session."""

BOTH: Final[tuple[Mode, ...]] = ("live", "replay")
LIVE: Final[tuple[Mode, ...]] = ("live",)
REPLAY: Final[tuple[Mode, ...]] = ("replay",)


@dataclass(frozen=True, slots=True)
class View:
    """One full-screen view; ``key`` opens it."""

    id: str
    key: str
    title: str
    modes: tuple[Mode, ...] = BOTH


VIEWS: Final = (
    View("dashboard", "f1", "Dashboard"),
    View("timeline", "f2", "Timeline"),
    View("compare", "f3", "Compare", REPLAY),
    View("events", "f4", "Events"),
    View("sessions", "f5", "Sessions"),
)
"""The views that exist, in the order in which ``v`` steps through them."""

DETAIL: Final = ("detail",)
"""The detail of a stream, which lies over the dashboard and has no key of its own."""
VIEW_TITLES: Final = {view.id: view.title for view in VIEWS} | {"detail": "Stream detail"}
EVERYWHERE: Final = tuple(VIEW_TITLES)
DASHBOARD: Final = ("dashboard",)
COMPARE: Final = ("compare",)
TIMELINE: Final = ("timeline",)
EVENTS: Final = ("events",)
SESSIONS: Final = ("sessions",)
WITH_LOG: Final = ("dashboard", "events")
BESIDE_SESSIONS: Final = tuple(view for view in EVERYWHERE if view not in SESSIONS)
BESIDE_TIMELINE: Final = tuple(view for view in EVERYWHERE if view not in TIMELINE)

Group: TypeAlias = Literal[
    "Policy",
    "Streams",
    "Time",
    "Timeline",
    "Compare",
    "Run",
    "Events",
    "Sessions",
    "Lists",
    "Screen",
]

KEY_NAMES: Final = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "comma": ",",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "escape": "esc",
}
"""How a person reads keys that Textual calls otherwise."""


def key_name(key: str) -> str:
    """One key as a person reads it."""
    if key in KEY_NAMES:
        return KEY_NAMES[key]
    return key.upper() if key[0] == "f" and key[1:].isdigit() else key


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
    modes: tuple[Mode, ...] = BOTH
    views: tuple[str, ...] = EVERYWHERE
    owner: Literal["app", "screen"] = "app"
    """Which object has the method."""
    numbered: bool = False
    """Whether the position of the key is passed to the method."""
    live_keys: tuple[str, ...] = ()
    """More keys, which mean something else in a replay."""
    without_core: bool = False
    """Whether it is there only after the core has ended; its keys then do this first."""

    @property
    def name(self) -> str:
        """What the config file calls it: ``previous-policy``."""
        return self.id.replace("_", "-")

    def keys_in(self, mode: Mode) -> tuple[str, ...]:
        """The keys that do this in a mode; none where it cannot be done."""
        if mode not in self.modes:
            return ()
        return self.keys + self.live_keys if mode == "live" else self.keys

    def call(self, position: int = 1) -> str:
        """The action as Textual writes it, for the key at this position, which starts at 1."""
        arguments = f"({position})" if self.numbered else ""
        return f"{self.owner}.{self.id}{arguments}"

    def key_text(self, mode: Mode) -> str:
        """The keys as a person reads them: ``1-9``, ``↑ k``, ``ctrl+p``."""
        keys = self.keys_in(mode)
        if self.numbered:
            return f"{key_name(keys[0])}-{key_name(keys[-1])}"
        return " ".join(map(key_name, keys))
