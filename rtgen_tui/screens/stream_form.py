"""A form for a stream: of a new one, or of one that runs."""

import asyncio
from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, Static

from emulator.catalog import load_profile
from emulator.errors import UserError
from emulator.profile import Profile
from rtgen_tui.run_inputs import RunInputs
from rtgen_tui.stream_fields import Field, Wrong, fields_of, new_fields, stream_of
from rtgen_tui.symbols import keys_in
from rtgen_tui.widgets.text import clean

Message = Mapping[str, object]
"""A command of ``emulator.protocol``."""
SHOWN_MODELS = 8


class StreamForm(ModalScreen[Message | None]):
    """Asks for a stream; the result is what to send to the core, or None when the user left.

    Args:
        inputs: what the run goes by now.
        name: of the stream to edit; empty for a new one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", "Leave"),
        ("up", "app.focus_previous", "Up"),
        ("down", "app.focus_next", "Down"),
    ]
    DEFAULT_CSS = """
    StreamForm VerticalScroll { height: auto; max-height: 24; scrollbar-size-vertical: 1; }
    StreamForm Horizontal { height: 1; }
    StreamForm .label { width: 21; color: $text-muted; }
    StreamForm .dialog Input { width: 1fr; margin-bottom: 0; }
    StreamForm .wrong { height: auto; padding-left: 2; display: none; }
    StreamForm #about { color: $text-muted; height: auto; display: none; }
    """

    def __init__(self, inputs: RunInputs, name: str) -> None:
        super().__init__()
        self._inputs = inputs
        self._before = inputs.stream(name) if name else None
        self._fields = new_fields() if self._before is None else fields_of(self._before)
        self._profile: Profile | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as box:
            name = "" if self._before is None else clean(str(self._before["name"]))
            box.border_title = Content(f"Edit {name}" if name else "New stream")
            done = "enter change" if name else "enter add"
            keys = f"↑↓ tab fields  {done}  esc leave"
            box.border_subtitle = Content(keys_in(self.app, keys))
            yield Label("", classes="wrong", id="wrong", markup=False)
            with VerticalScroll(can_focus=False):
                for number, each in enumerate(self._fields):
                    yield from self._line(number, each)
            yield Label("", id="about", markup=False)

    def _line(self, number: int, each: Field) -> ComposeResult:
        with Horizontal():
            yield Static(clean(each.label), classes="label", markup=False)
            yield Input(each.text, keys_in(self.app, each.hint), compact=True, id=f"field-{number}")
        yield Label("", classes="wrong", id=f"wrong-{number}", markup=False)

    async def on_mount(self) -> None:
        self.query_one("#field-0", Input).focus()
        # A profile takes 60 to 80 ms to check, and frames go on.
        try:
            self._profile = await asyncio.to_thread(load_profile, self._inputs.profile)
        except UserError as error:
            self._complain(Wrong("", str(error)))
            return
        for number, each in enumerate(self._fields):
            if each.key == "model":
                models = list(self._profile.models)
                field = self.query_one(f"#field-{number}", Input)
                field.suggester = SuggestFromList(models, case_sensitive=False)

    @property
    def texts(self) -> dict[str, str]:
        """What is typed, by the key of its field."""
        return {
            each.key: self.query_one(f"#field-{number}", Input).value.strip()
            for number, each in enumerate(self._fields)
        }

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        number = int(str(event.input.id).removeprefix("field-"))
        self.query_one(f"#wrong-{number}", Label).display = False
        self.query_one("#wrong", Label).display = False
        if self._fields[number].key == "model" and self._profile is not None:
            self._tell_models(event.value.strip().casefold())

    def _tell_models(self, typed: str) -> None:
        """The models that hold what is typed, below the fields."""
        models = [] if self._profile is None else list(self._profile.models)
        found = [each for each in models if typed in each.casefold()]
        more = f" and {len(found) - SHOWN_MODELS} more" if len(found) > SHOWN_MODELS else ""
        about = self.query_one("#about", Label)
        about.update(clean(f"models: {', '.join(found[:SHOWN_MODELS])}{more}"))
        about.display = bool(found)

    @on(Input.Submitted)
    def _answer(self) -> None:
        if self._profile is None:
            return
        found = stream_of(self.texts, self._fields, self._before, self._profile)
        if isinstance(found, Wrong):
            self._complain(found)
        elif self._before is None:
            scenario = {"name": "form", "streams": [found.to_dict()]}
            self.dismiss({"t": "add-scenario", "scenario": scenario})
        else:
            spec = found.to_dict()
            self.dismiss({"t": "change-stream", "stream": self._before["name"], "spec": spec})

    def _complain(self, wrong: Wrong) -> None:
        """Say what is wrong beside the field, and go there."""
        keys = [each.key for each in self._fields]
        name = f"wrong-{keys.index(wrong.key)}" if wrong.key in keys else "wrong"
        label = self.query_one(f"#{name}", Label)
        label.update(clean(wrong.words))
        label.display = True
        if wrong.key in keys:
            self.query_one(f"#field-{keys.index(wrong.key)}", Input).focus()

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
