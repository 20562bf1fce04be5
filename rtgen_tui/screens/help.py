"""Every key of a view, from the registry, searchable."""

from collections.abc import Callable, Sequence
from functools import partial
from textwrap import wrap
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from rtgen_tui.actions import Action, Mode, actions_of, by_group
from rtgen_tui.symbols import keys_in


class HelpScreen(ModalScreen[None]):
    """The keys of one view; typing narrows the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Leave"),
        ("up", "scroll(-1)", "Up"),
        ("down", "scroll(1)", "Down"),
        ("pageup", "scroll(-10)", "Up"),
        ("pagedown", "scroll(10)", "Down"),
    ]

    def __init__(self, view: str, mode: Mode) -> None:
        super().__init__()
        self._view = view
        self._mode = mode

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog help") as box:
            box.border_title = Content("Keys")
            box.border_subtitle = Content(keys_in(self.app, "↑↓ scroll  esc leave"))
            yield Input(placeholder="type to search", compact=True)
            with VerticalScroll(can_focus=False):
                yield Static()

    @on(events.Resize)
    @on(Input.Changed)
    def _fill(self) -> None:
        self.call_after_refresh(self._write)

    def _write(self) -> None:
        text = self.query_one(Input).value.casefold()
        actions = actions_of(self._view, self._mode)
        wanted = [each for each in actions if _holds(each, text, self._mode)]
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        self.query_one(Static).update(_page(wanted, self._mode, width, partial(keys_in, self.app)))

    @on(Input.Submitted)
    def action_leave(self) -> None:
        """Close."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """Scroll the list by this many lines."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)


def _page(
    actions: Sequence[Action], mode: Mode, width: int, spelled: Callable[[str], str]
) -> Content:
    """Groups of keys with their sentences, which are wrapped beside the keys."""
    margin = max((len(spelled(each.key_text(mode))) for each in actions), default=0) + 4
    lines: list[Content] = []
    for group, members in by_group(actions):
        lines += [Content(""), Content.styled(group, "bold $text-muted")]
        for each in members:
            first, *rest = wrap(spelled(each.help), max(width - margin, 16))
            key = f"  {spelled(each.key_text(mode))}".ljust(margin)
            lines.append(Content.assemble((key, "bold $primary"), first))
            lines += [Content(" " * margin + more) for more in rest]
    return Content("\n").join(lines[1:]) if lines else Content("No key does that.")


def _holds(action: Action, text: str, mode: Mode) -> bool:
    return text in f"{action.key_text(mode)} {action.label} {action.help}".casefold()
