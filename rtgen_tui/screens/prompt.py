"""A question with one line of text as the answer."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label


class Prompt(ModalScreen[str | None]):
    """Asks for a line of text; the result is the text, or None when the user left."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "leave", "Leave")]

    def __init__(
        self,
        title: str,
        *,
        hint: str = "",
        check: Callable[[str], str] = lambda text: (
            "" if text else "type something, or esc to leave"
        ),
    ) -> None:
        """Ask ``title``; ``check`` says in a sentence what is wrong with an answer, or nothing."""
        super().__init__()
        self._title = title
        self._hint = hint
        self._check = check

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog prompt") as box:
            box.border_title = Content(self._title)
            box.border_subtitle = Content("enter take  esc leave")
            yield Input(placeholder=self._hint, compact=True)
            yield Label("", markup=False)

    @on(Input.Submitted)
    def _answer(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        complaint = self._check(text)
        if complaint:
            self.query_one(Label).update(complaint)
        else:
            self.dismiss(text)

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
