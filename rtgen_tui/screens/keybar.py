"""The bottom row: the most important keys of the view, as many as fit; a mouse can press them."""

from collections.abc import Callable, Iterable
from typing import Final

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from rtgen_tui.actions import FOOTER, FOOTER_LAST, Action, Mode, actions_of
from rtgen_tui.symbols import keys_in

GAP: Final = 2


def fitting(
    view: str,
    mode: Mode,
    width: int,
    *,
    without: Iterable[str] = (),
    spelled: Callable[[str], str] = str,
) -> list[Action]:
    """The footer actions of a view that fit into ``width`` cells, in the order they are drawn."""
    offered = {each.id: each for each in actions_of(view, mode)}
    left = width - 1
    chosen: list[Action] = []
    for action_id in FOOTER:
        if action_id not in offered or action_id in without:
            continue
        cells = len(spelled(_text(offered[action_id], mode))) + GAP
        if cells <= left:
            chosen.append(offered[action_id])
            left -= cells
    return sorted(chosen, key=lambda each: each.id in FOOTER_LAST)


def _text(action: Action, mode: Mode) -> str:
    return f"{action.key_text(mode)} {action.label}"


class KeyBar(Widget):
    """The keys of a view on one row; a click on one is that key."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; color: $text-muted; }"

    core_ended = reactive(default=False)
    """Whether starting a new core is on offer."""

    def __init__(self, view: str, mode: Mode) -> None:
        super().__init__()
        self._view = view
        self._mode = mode

    @property
    def shown(self) -> list[Action]:
        """The actions on the row, from left to right."""
        without = () if self.core_ended else ("restart_core",)
        width = self.size.width
        return fitting(self._view, self._mode, width, without=without, spelled=self._spelled)

    def _spelled(self, text: str) -> str:
        return keys_in(self.app, text)

    def render(self) -> Content:
        keys = [
            Content.assemble(
                (self._spelled(each.key_text(self._mode)), "bold $primary"),
                f" {self._spelled(each.label)}",
            )
            for each in self.shown
        ]
        return Content(" ") + Content(" " * GAP).join(keys)

    async def on_click(self, event: events.Click) -> None:
        """Do what was clicked; the nine policies are one label, so a click there does nothing."""
        end = 1
        for each in self.shown:
            cells = len(self._spelled(_text(each, self._mode))) + GAP
            end += cells
            if event.x < end - GAP:
                if not each.numbered and event.x >= end - cells:
                    await self.app.run_action(each.call(), default_namespace=self.screen)
                return
