"""What the dashboard gives room to: presets that a key steps through.

The style sheet of the presets is read when one is used: the first frame does not wait for it.
"""

from pathlib import Path
from typing import Final, NamedTuple


class Layout(NamedTuple):
    """One preset."""

    id: str
    help: str


LAYOUTS: Final = (
    Layout("balanced", "backends, streams, policies and events, each its share"),
    Layout("backends", "tall backend charts over the last 200 ms and a short table"),
    Layout("streams", "the table on the whole height, and why the chosen stream missed"),
    Layout("dialogue", "what the language models say, beside a short table"),
)
"""In the order in which ``b`` steps through them; the first needs no style sheet of its own."""

DEFAULT_LAYOUT: Final = LAYOUTS[0].id
STYLE_SHEET: Final = Path(__file__).with_name("layouts.tcss")


def class_of(layout: str) -> str:
    """The class of a screen with this layout; empty for the one that needs none."""
    return "" if layout == DEFAULT_LAYOUT else f"-layout-{layout}"


def after(layout: str) -> str:
    """The next preset, the first one after the last."""
    ids = [each.id for each in LAYOUTS]
    return ids[(ids.index(layout) + 1) % len(ids)]
