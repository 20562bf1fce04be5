"""The recorded sessions: replay, verify, compare or delete one of them."""

import asyncio
import json
import subprocess
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from emulator.session import folder
from emulator.snapshot import LogLine, Snapshot
from rtgen_tui.actions import bindings, hint
from rtgen_tui.core_process import spawn
from rtgen_tui.monitor import Monitor
from rtgen_tui.screens.pace import FrameGovernor
from rtgen_tui.screens.picker import Choice, Picker, matching
from rtgen_tui.screens.prompt import Prompt
from rtgen_tui.screens.session_choices import not_a_session, sessions
from rtgen_tui.screens.table_view import TableScreen
from rtgen_tui.session_list import SessionRow, rows_of
from rtgen_tui.widgets.session_table import SessionDetail, SessionTable
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from rtgen_tui.app import RtgenApp

RESCAN_S: Final = 3.0
"""Wall time between two looks at the folder."""


class SessionsScreen(TableScreen):
    """A table of the files in the sessions folder."""

    VIEW = "sessions"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(VIEW)]
    DEFAULT_CSS = """
    SessionsScreen SessionDetail { height: 7; }
    SessionsScreen.-short SessionDetail { display: none; }
    SessionsScreen.-tiny-height SessionDetail { display: none; }
    """

    def __init__(self, monitor: Monitor, governor: FrameGovernor) -> None:
        super().__init__(monitor, governor)
        self._scanned_s: float | None = None
        self._verified: dict[str, tuple[str, bool]] = {}
        """By path: what was found, and whether it was a difference."""
        self._verifying: dict[str, subprocess.Popen[bytes]] = {}

    def compose_view(self) -> ComposeResult:
        yield SessionTable()
        yield SessionDetail()

    def on_mount(self) -> None:
        keys = ("replay_session", "verify_session", "compare_session", "delete_session")
        self.table.hint = hint(self.monitor.mode, *keys, "open_session")

    def on_unmount(self) -> None:
        for process in self._verifying.values():
            process.kill()

    @property
    def table(self) -> SessionTable:
        """The files."""
        return self.query_one(SessionTable)

    @property
    def main_box(self) -> SessionTable:
        return self.table

    @property
    def _rtgen(self) -> "RtgenApp":
        from rtgen_tui.app import RtgenApp

        assert isinstance(self.app, RtgenApp)  # noqa: S101  # no other application has this screen
        return self.app

    # --- drawing -----------------------------------------------------------------------------

    async def tick(self) -> None:
        if self.is_current and (
            self._scanned_s is None or monotonic() > self._scanned_s + RESCAN_S
        ):
            self._scanned_s = monotonic()
            self.run_worker(self._scan(), group="sessions", exclusive=True)
        await super().tick()

    async def _scan(self) -> None:
        """Look at the folder; its files are read in a thread, frames go on."""
        where = folder.sessions_folder()
        known = {each.path: each for each in self.table.rows}
        rows = await asyncio.to_thread(lambda: list(rows_of(where, known)))
        table = self.table
        table.folder, table.is_reading = str(where), False
        table.live = self._rtgen.behind.title
        is_replay = self.monitor.mode == "replay"
        table.here = self.monitor.replay.request.path if is_replay else ""
        table.show_rows(rows)

    def prepare(self, snapshot: Snapshot) -> None:
        if self.table.filter_text != self.monitor.filter_text:
            self.table.filter_text = self.monitor.filter_text
            self.table.move(0)

    def _point_at(self, line: LogLine | None) -> None:
        """There is no log in this view."""

    @on(SessionTable.Moved)
    def _show_detail(self) -> None:
        detail, row = self.query_one(SessionDetail), self.table.selected
        detail.row, detail.is_live = row, self.table.is_live_chosen
        path = "" if row is None else row.path
        detail.verified, detail.is_different = self._verified.get(path, ("", False))
        detail.rebuild()

    # --- what can be done --------------------------------------------------------------------

    def _chosen(self) -> SessionRow | None:
        """The chosen session, if it can be read; else the user is told."""
        row = self.table.selected
        if row is None:
            self.notify("no session is chosen", timeout=2, markup=False)
        elif row.state == "unreadable":
            self.notify(clean(row.problems[0]), severity="error", markup=False)
            return None
        return row

    @on(SessionTable.Opened)
    async def action_replay_session(self) -> None:
        """Replay it; a live run goes on behind."""
        if self.table.is_live_chosen:
            await self._rtgen.back_to_live()
        elif (row := self._chosen()) is not None:
            await self._rtgen.open_session(row.path)

    def action_open_session(self) -> None:
        """Replay any file."""

        async def answered(text: str | None) -> None:
            if text is not None:
                await self._rtgen.open_session(_path(text))

        prompt = Prompt(
            "Open session",
            hint="a path",
            check=lambda text: not_a_session(_path(text)) if text else "type a path, or esc",
        )
        self.app.push_screen(prompt, answered)

    async def action_compare_session(self) -> None:
        """Compare it with another one."""
        row = self._chosen()
        if row is None:
            return
        offered = await asyncio.to_thread(sessions, row.path)

        async def answered(other: str | None) -> None:
            if other is not None:
                await self._rtgen.open_session(row.path)
                await self._rtgen.start_comparison(other)

        title = f"Compare {clean(row.name)} with"
        hint_ = "type to filter, or a path"
        self.app.push_screen(Picker(title, offered, hint=hint_, check=not_a_session), answered)

    def action_delete_session(self) -> None:
        """Delete it, after a question."""
        row = self.table.selected
        if row is None:
            return
        if row.state == "recording":
            self.notify("this session is being recorded", severity="error", markup=False)
            return
        keep = Choice(False, "keep it", clean(row.path))  # a value to choose
        delete = Choice(True, "delete it", "for good")  # likewise

        def answered(answer: bool | None) -> None:
            if answer:
                self._delete(row)

        title = f"Delete {clean(row.name)}?"
        self.app.push_screen(Picker(title, matching([keep, delete])), answered)

    def _delete(self, row: SessionRow) -> None:
        try:
            Path(row.path).unlink()
        except OSError as error:
            self.notify(f"cannot be deleted: {error.strerror}", severity="error", markup=False)
        self._scanned_s = None

    def action_verify_session(self) -> None:
        """Simulate its run again, in a process of its own, and compare."""
        row = self._chosen()
        if row is None or row.path in self._verifying:
            return
        self._verified[row.path] = ("verifying: the run is simulated again", False)
        self._show_detail()
        self.run_worker(self._verify(row.path), group="verify")

    async def _verify(self, path: str) -> None:
        try:
            process = spawn("rtgen_tui", "session", "verify", path, "--json")
        except OSError as error:
            self._verified[path] = (f"cannot be verified: {error}", True)
            return
        self._verifying[path] = process
        out, err = await asyncio.to_thread(process.communicate)
        del self._verifying[path]
        self._verified[path] = verdict(out, err)
        if self.is_mounted:
            self._show_detail()

    def action_copy(self) -> None:
        """Put the path of the session on the clipboard (OSC 52)."""
        row = self.table.selected
        if row is not None:
            self.app.copy_to_clipboard(row.path)
            self.notify(clean(row.path), title="Copied", markup=False)


def verdict(out: bytes, err: bytes) -> tuple[str, bool]:
    """What ``session verify --json`` has found, as a sentence, and whether something differs."""
    try:
        found = json.loads(out)
        events, t_s = int(found["events"]), float(found["t_s"])
        if found["equal"]:
            return f"verified: all {events:,} events are equal, up to {t_s:.3f} s", False
        return f"different after {events:,} equal events, at {t_s:.3f} s", True
    except (KeyError, TypeError, ValueError):
        lines = err.decode("utf-8", "replace").strip().splitlines()
        return f"cannot be verified: {lines[-1] if lines else 'it ended without a word'}", True


def _path(text: str) -> str:
    return str(Path(text.strip()).expanduser())
