"""What can be exported from a view, as choices that do it."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from rtgen_tui.app_looks import file_name
from rtgen_tui.exporting import Format, Table, table_of, written
from rtgen_tui.screens.picker import Choice, Choices, matching
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from rtgen_tui.app import RtgenApp

Export: TypeAlias = Callable[[], Awaitable[object]]


def exports(app: "RtgenApp") -> Choices[Export]:
    """The table on screen as CSV and JSON; of a live run its last minutes, of a replay its jobs."""
    table = table_of(app.screen, app.monitor.shown)
    rows = f"{len(table.rows)} rows"
    offered: list[Choice[Export]] = [
        Choice(partial(_table, app, table, "csv"), f"{table.name} as CSV", rows),
        Choice(partial(_table, app, table, "json"), f"{table.name} as JSON", rows),
    ]
    if app.monitor.mode == "live":
        flight: Export = app.monitor.live.save_flight
        about = "the last 10 minutes, to be replayed"
        return matching([*offered, Choice(flight, "session file", about)])
    path = app.monitor.replay.request.path
    offered += [
        Choice(partial(_session, app, path, "jobs", "csv"), "jobs as CSV", "of the whole session"),
        Choice(
            partial(_session, app, path, "events", "jsonl"),
            "journal as JSON Lines",
            "of the whole session",
        ),
    ]
    return matching(offered)


async def _table(app: "RtgenApp", table: Table, to: Format) -> None:
    app.hand_over(written(table, to), file_name(table.name, to))


async def _session(app: "RtgenApp", path: str, table: str, to: str) -> None:
    """Export a whole session in a process of its own: frames go on."""
    from rtgen_tui.core_process import spawn

    out = Path.cwd() / file_name(table, to)
    options = ("--to", to, "--table", table, "--out", str(out))

    def export() -> str:
        with spawn("rtgen_tui", "session", "export", path, *options) as process:
            _, said = process.communicate()
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return "" if process.returncode == 0 else (lines or ["it ended without a word"])[-1]

    wrong = await asyncio.to_thread(export)
    if wrong:
        app.notify(clean(wrong), title="Not saved", severity="error", markup=False)
    else:
        app.notify(clean(str(out)), title="Saved", markup=False)
