"""What the application does for keys that change how it looks, or that take something out of it."""

import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from textual import events, on
from textual.app import App

from rtgen_tui.config import NO_KEYS, Keys
from rtgen_tui.layouts import DEFAULT_LAYOUT, LAYOUTS, STYLE_SHEET, after, class_of
from rtgen_tui.symbols import ASCII, BLOCK, SYMBOL_SETS, Symbols, plain
from rtgen_tui.themes import DEFAULT_THEME, THEMES
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

ASCII_SHEET: Final = Path(__file__).with_name("ascii.tcss")
DELIVERY: Final = "rtgen"
"""How our files are told from others that Textual delivers."""
_SAID_S: Final = 2
"""How long it is told what was chosen."""


class Looks(NamedTuple):
    """What a user chose before the application was made."""

    theme: str = DEFAULT_THEME
    symbols: Symbols = BLOCK
    layout: str = DEFAULT_LAYOUT
    """Name of a preset of the dashboard."""
    keys: Keys = NO_KEYS
    """Other keys for some actions."""
    remembers: bool = False
    """Whether what is chosen on the screen is kept for the next time."""


DEFAULT_LOOKS: Final = Looks()


def file_name(what: str, suffix: str) -> str:
    """``rtgen-streams-20260131-120000.csv``; the time is that of the wall, in the local zone."""
    return f"rtgen-{what}-{datetime.now().astimezone():%Y%m%d-%H%M%S}.{suffix}"


class LookActions(App[None]):
    """Theme, symbols and layout, pictures and exports."""

    symbols: Symbols = BLOCK
    """The glyphs that all widgets draw with."""
    board_layout: str = DEFAULT_LAYOUT
    """The preset of the dashboard."""
    remembers: bool = False
    """Whether what is chosen here is kept for the next time."""

    def dress(self, screen: "Screen[None]") -> None:
        """Give a new screen what the user has chosen; nobody has seen it before."""
        if self.board_layout != DEFAULT_LAYOUT:
            self._read(STYLE_SHEET)
            screen.add_class(class_of(self.board_layout), update=False)
        if self.symbols is ASCII:
            self._read(ASCII_SHEET)
            self.add_class("-ascii", update=False)

    def _read(self, sheet: Path) -> bool:
        """Read a style sheet that most users never need; whether it was new."""
        if (str(sheet), "") in self.stylesheet.source:
            return False
        self.stylesheet.read(sheet)
        return True

    def _restyle(self, sheet: Path) -> None:
        """Have all boxes take up a class that has changed."""
        if self._read(sheet):
            self.stylesheet.reparse()
        for screen in self.screen_stack:
            self.stylesheet.update(screen, animate=False)
            screen.refresh(layout=True)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: "SeverityLevel" = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Let a text pop up, in the characters that the terminal has."""
        text = plain(message) if self.symbols is ASCII else message
        super().notify(text, title=title, severity=severity, timeout=timeout, markup=markup)

    def _say(self, title: str, chosen: str) -> None:
        self.notify(chosen, title=title, markup=False, timeout=_SAID_S)
        if self.remembers:
            from rtgen_tui.config_memory import Chosen, remember

            try:
                remember(Chosen(self.theme, self.symbols.name, self.board_layout))
            except OSError as error:
                why = error.strerror or str(error)
                self.notify(f"not kept for the next time: {why}", severity="warning", markup=False)

    def action_command_palette(self) -> None:
        """Search everything that can be done."""
        from textual.command import CommandPalette

        if not any(isinstance(each, CommandPalette) for each in self.screen_stack):
            self.push_screen(CommandPalette(placeholder="type to search"))

    def action_next_theme(self) -> None:
        """Use the next color theme."""
        names = [theme.name for theme in THEMES]
        position = names.index(self.theme) + 1 if self.theme in names else 0
        self.theme = names[position % len(names)]
        self._say("Theme", self.theme)

    def action_next_symbols(self) -> None:
        """Draw with the next set of symbols."""
        names = list(SYMBOL_SETS)
        self.use_symbols(names[(names.index(self.symbols.name) + 1) % len(names)])

    def use_symbols(self, name: str) -> None:
        """Draw with a set of symbols. Raises KeyError: there is none of this name."""
        self.symbols = SYMBOL_SETS[name]
        self.set_class(self.symbols is ASCII, "-ascii")
        self._restyle(ASCII_SHEET)
        for box in self.screen.query("*"):
            box.notify_style_update()
            box.refresh()
        self._say("Symbols", name)

    def action_next_layout(self) -> None:
        """Give the room of the dashboard to something else."""
        self.use_layout(after(self.board_layout))

    def use_layout(self, layout: str) -> None:
        """Lay the dashboard out as a preset says. Raises StopIteration: there is no such one."""
        chosen = next(each for each in LAYOUTS if each.id == layout)
        board = self.screen_stack[0]
        for each in LAYOUTS:
            if class_of(each.id):
                board.set_class(each is chosen, class_of(each.id))
        self.board_layout = layout
        self._restyle(STYLE_SHEET)
        self._say("Layout", f"{chosen.id}: {chosen.help}")

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Save the screen as an SVG picture, or hand it to the browser that shows it."""
        folder = Path.cwd() if path is None else Path(path)
        name = filename or file_name(self.current_mode, "svg")
        self._deliver(self.export_screenshot(), name, "image/svg+xml", folder)

    def hand_over(self, text: str, name: str) -> None:
        """Save a text as a file in the working folder, or hand it to the browser."""
        mime = "text/csv" if name.endswith(".csv") else "application/json"
        self._deliver(text, name, mime, Path.cwd())

    def _deliver(self, text: str, name: str, mime: str, folder: Path) -> None:
        self.deliver_text(
            io.StringIO(text),
            save_directory=folder,
            save_filename=name,
            open_method="download",
            encoding="utf-8",
            mime_type=mime,
            name=DELIVERY,
        )

    @on(events.DeliveryComplete)
    def _tell_where(self, event: events.DeliveryComplete) -> None:
        if event.name == DELIVERY:
            where = "by the browser" if event.path is None else clean(str(event.path))
            self.notify(where, title="Saved", markup=False)

    @on(events.DeliveryFailed)
    def _tell_why(self, event: events.DeliveryFailed) -> None:
        if event.name == DELIVERY:
            why = clean(str(event.exception))
            self.notify(why, title="Not saved", severity="error", markup=False)
