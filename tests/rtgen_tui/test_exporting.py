"""What leaves the screen: tables, pictures and copied rows."""

import csv
import io
import json
from pathlib import Path
from unittest.mock import patch

import pytest

from rtgen_tui.actions import VIEWS
from rtgen_tui.app import RtgenApp
from rtgen_tui.exporting import Table, table_of, written
from tests.rtgen_tui.screens_for_tests import running

LIVE_VIEWS = [each for each in VIEWS if "live" in each.modes]


async def test_the_streams_are_exported_as_they_are_sorted() -> None:
    """With units in the names of the columns."""
    async with running() as run:
        run.table.sort_by("name")
        table = table_of(run.view, run.app.monitor.shown)
    rows = list(csv.DictReader(io.StringIO(written(table, "csv"))))
    data = json.loads(written(table, "json"))["streams"]

    names = [each["name"] for each in rows]
    assert names == sorted(names) == [each["name"] for each in data]
    assert {"p95_ms", "rate_hz", "tokens_per_s", "last_miss_t_ns"} <= set(rows[0])
    assert data[0]["p95_ms"] == float(rows[0]["p95_ms"])


async def test_each_view_exports_its_table() -> None:
    """Events by their level, sessions of the folder."""
    async with running() as run:
        found = {}
        for each in LIVE_VIEWS:
            await run.press(each.key)
            await run.frame()
            found[each.id] = table_of(run.view, run.app.monitor.shown).name

    assert found == {
        "dashboard": "streams",
        "timeline": "slices",
        "events": "events",
        "sessions": "sessions",
    }


def test_a_name_is_no_formula() -> None:
    """Of a spreadsheet that opens the file."""
    text = written(Table("streams", [{"name": "=1+1", "misses": -3}]), "csv")

    assert text == "name,misses\n'=1+1,-3\n"


async def test_the_key_saves_what_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the working folder, unless it is a session, which the core writes."""
    monkeypatch.chdir(tmp_path)
    async with running() as run:
        with patch.object(RtgenApp, "deliver_text") as delivered:
            await run.press("e")
            await run.type("json")
            await run.press("Y")
        await run.press("e")
        await run.type("session")
        (table, picture) = delivered.call_args_list

        assert json.loads(table.args[0].getvalue())["streams"]
        assert table.kwargs["save_filename"].startswith("rtgen-streams-")
        assert table.kwargs["save_directory"] == tmp_path
        assert picture.args[0].getvalue().startswith("<svg")
        assert run.core.sent == [{"t": "save-flight", "path": ""}]


async def test_a_row_without_a_miss_is_copied_in_words() -> None:
    """Each figure with the head of its column."""
    async with running() as run:
        await run.press("k", "y")

        assert run.app.clipboard.startswith("bg-blur: state ● ok, on NPU, Hz/target 30/30, p50 ms")
