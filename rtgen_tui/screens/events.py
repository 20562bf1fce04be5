"""The event log on the whole screen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from emulator.snapshot import Snapshot
from rtgen_tui.actions import bindings, hint
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.widgets.log import LEVELS, EventLog
from rtgen_tui.widgets.text import clean


class EventsScreen(ViewScreen):
    """Every event that the screen has seen, filtered by the text of the filter row."""

    VIEW = "events"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]

    def compose_view(self) -> ComposeResult:
        yield EventLog()

    def on_mount(self) -> None:
        mode = self.monitor.mode
        keys = ("filter", "level", "stream", "open_line")
        self.main_box.hint = hint(mode, *keys)

    @property
    def main_box(self) -> EventLog:
        return self.query_one(EventLog)

    def prepare(self, snapshot: Snapshot) -> None:
        self.main_box.filter_text = self.monitor.filter_text

    def action_line_up(self) -> None:
        self.main_box.point(-1)

    def action_line_down(self) -> None:
        self.main_box.point(1)

    def action_page_up(self) -> None:
        self.main_box.page(-1)

    def action_page_down(self) -> None:
        self.main_box.page(1)

    def action_first_line(self) -> None:
        self.main_box.to_start()

    def action_last_line(self) -> None:
        self.main_box.to_end()

    def action_level(self) -> None:
        """Show fewer kinds of lines, then all again."""
        levels = list(LEVELS)
        place = levels.index(self.main_box.level) + 1
        self.main_box.level = levels[place % len(levels)]

    def action_stream(self) -> None:
        """Choose whose lines are shown."""
        snapshot = self.shown
        if snapshot is None:
            return
        from rtgen_tui.screens.picker import Choice, Picker, matching

        named = [Choice(each.index, clean(each.name)) for each in snapshot.streams]
        offered = matching([Choice(-1, "all streams"), *named])

        def show(stream: int | None) -> None:
            if stream is not None:
                self.main_box.stream = stream

        self.app.push_screen(Picker("Events of", offered), show)

    async def action_open_line(self) -> None:
        """Open the timeline at the instant of the line that is pointed at."""
        line = self.main_box.pointed
        if line is None:
            self.notify("there is no event yet", timeout=2, markup=False)
            return
        from rtgen_tui.screens.timeline import TimelineScreen

        await self.app.switch_mode("timeline")
        screen = self.app.screen
        if isinstance(screen, TimelineScreen):
            await screen.go_to(line)

    def action_back(self) -> None:
        """Show everything again, and follow."""
        log = self.main_box
        if self.maximized is None and not self.query_one("#filter").has_focus:
            log.level, log.stream, log.marked = "all", -1, -1
            log.to_end()
        super().action_back()

    def action_copy(self) -> None:
        """Put the line that is pointed at on the clipboard (OSC 52)."""
        chosen = [line for line in self.main_box.lines if line.seq == self.main_box.marked]
        if chosen:
            self.app.copy_to_clipboard(chosen[0].text)
            self.notify(chosen[0].text, title="Copied", markup=False)
        else:
            self.notify(
                "point at a line to copy it: by a click, or the arrows", timeout=2, markup=False
            )
