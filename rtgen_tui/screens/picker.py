"""A list to choose from: type to filter, arrows to move, enter to take."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeAlias, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from rtgen_tui.symbols import keys_in

Value = TypeVar("Value")

SHARE = 0.9
"""How much of a screen a dialog may take, as the style sheet has it."""
BESIDE_LIST = 5
"""Rows of a picker beside its list: edges, what is typed, a blank, and a complaint."""
MOST = 20
"""Lines of a list at most."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """One line of a picker."""

    value: Value
    label: str
    detail: str = ""
    """What a person needs to know to choose."""


Choices: TypeAlias = Callable[[str], Sequence[Choice[Value]]]
"""The lines to offer for the text typed so far."""


def matching(choices: Sequence[Choice[Value]]) -> Choices[Value]:
    """Offer the choices whose label or detail holds every typed word, the closest ones first."""

    def offer(text: str) -> Sequence[Choice[Value]]:
        wanted = text.strip().casefold()
        found = [each for each in choices if _holds(each, wanted.split())]
        return sorted(found, key=lambda each: _distance(each.label.casefold(), wanted))

    return offer


def _holds(choice: Choice[Value], words: list[str]) -> bool:
    text = f"{choice.label} {choice.detail}".casefold()
    return all(word in text for word in words)


def _distance(label: str, wanted: str) -> int:
    """How far the typed text is from a label: equal, at its start, within, or not in it."""
    if label == wanted:
        return 0
    if label.startswith(wanted):
        return 1
    return 2 if wanted in label else 3


class Picker(ModalScreen[Value | None]):
    """Asks for one of some choices; the result is its value, or None when the user left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Leave"),
        ("up", "move(-1)", "Up"),
        ("down", "move(1)", "Down"),
        ("pageup", "move(-8)", "Up"),
        ("pagedown", "move(8)", "Down"),
    ]

    def __init__(
        self,
        title: str,
        choices: Choices[Value],
        *,
        hint: str = "type to filter",
        check: Callable[[Value], str] = lambda _: "",
    ) -> None:
        """Ask ``title``; ``check`` says in a sentence why a choice cannot be, or nothing."""
        super().__init__()
        self._check = check
        self._title = title
        self._choices = choices
        self._hint = hint
        self._offered: Sequence[Choice[Value]] = ()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog picker") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content(keys_in(self.app, "↑↓ move  enter take  esc leave"))
            yield Input(placeholder=self._hint, compact=True)
            yield Label("", markup=False)
            yield OptionList(compact=True, markup=False)

    def on_resize(self) -> None:
        """No line of the list lies below the edge: a box of its own height would not care."""
        room = int(self.size.height * SHARE) - BESIDE_LIST
        self.query_one(OptionList).styles.max_height = max(1, min(MOST, room))

    def on_mount(self) -> None:
        self.query_one(OptionList).can_focus = False
        self.query_one(Label).display = False
        self._offer("")

    def _offer(self, text: str) -> None:
        self._offered = self._choices(text)
        width = max((len(each.label) for each in self._offered), default=0) + 2
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._line(each, width)) for each in self._offered)
        options.highlighted = 0 if self._offered else None

    def _line(self, choice: Choice[Value], width: int) -> Content:
        label, detail = keys_in(self.app, choice.label), keys_in(self.app, choice.detail)
        return Content.assemble(label.ljust(width), (detail, "$text-muted"))

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self.query_one(Label).display = False
        self._offer(event.value)

    @on(Input.Submitted)
    def _take_highlighted(self) -> None:
        self._take(self.query_one(OptionList).highlighted)

    @on(OptionList.OptionSelected)
    def _take_clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(event.option_index)

    def _take(self, position: int | None) -> None:
        if position is None:
            return
        value = self._offered[position].value
        complaint = self._check(value)
        if not complaint:
            self.dismiss(value)
            return
        # What was typed stays, to be mended.
        label = self.query_one(Label)
        label.update(complaint)
        label.display = True

    def action_move(self, lines: int) -> None:
        """Move the highlight, stopping at the ends."""
        options = self.query_one(OptionList)
        if self._offered:
            wanted = (options.highlighted or 0) + lines
            options.highlighted = min(max(wanted, 0), len(self._offered) - 1)

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)
