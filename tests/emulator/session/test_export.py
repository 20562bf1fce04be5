"""A session as rows: nothing is lost, names stand beside indices, memory does not grow."""

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from emulator import journal
from emulator.errors import UserError
from emulator.session import SessionReader
from emulator.session.export import COLUMNS, Row, Table, rows, write_csv, write_jsonl
from emulator.session.export_parquet import write_parquet
from emulator.session.replayed import finished_run
from tests.emulator.session import steered
from tests.emulator.session.sessions import NS_PER_S
from tests.emulator.session.steered import ran, write

COMMANDS = [(NS_PER_S, steered.added())]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A steered run."""
    return write(tmp_path / "a.rtgen", ran(COMMANDS))


def all_rows(path: Path, table: Table) -> list[Row]:
    """Of a whole file."""
    with SessionReader(path, scan=True) as reader:
        return [row for batch in rows(reader, table) for row in batch]


def test_events_have_their_fields_and_names(path: Path) -> None:
    """Each event as a record, in order, with what its indices stand for."""
    found = all_rows(path, "events")
    events = ran(COMMANDS)

    assert len(found) == len(events)
    for number, (row, event) in enumerate(zip(found, events, strict=True)):
        record = journal.as_dict(event)
        assert row["event"] == number
        assert {name: row[name] for name in record}.keys() == record.keys()
    started = next(row for row in found if row["kind"] == "started" and row["stream"] == 2)
    assert (started["stream_name"], started["stage_name"]) == ("extra", "extra")
    assert started["backend_name"] == ("npu", "gpu")[int(str(started["backend"]))]
    assert started["phase_name"] == "inference"


def test_json_lines_can_be_read_back(path: Path) -> None:
    """One object per line, without what is missing."""
    file = io.StringIO()
    with SessionReader(path, scan=True) as reader:
        write_jsonl(rows(reader, "events"), file)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]

    assert len(lines) == len(ran(COMMANDS))
    assert all(None not in line.values() for line in lines)
    assert lines[0]["stream_name"] == "cam"


def test_jobs_are_those_of_the_result(path: Path) -> None:
    """One row per job with the same outcome, times and causes."""
    found = {(row["stream"], row["job"]): row for row in all_rows(path, "jobs")}
    jobs = finished_run(path).result.jobs

    assert len(found) == len(jobs)
    for job in jobs:
        row = found[job.stream, job.index]
        assert (row["outcome"], row["missed"]) == (job.outcome, job.missed)
        assert (row["release_ns"], row["response_ns"]) == (job.release_ns, job.response_ns)
        slices = [each for stage in job.stages for each in stage.slices]
        assert row["backends"] == " ".join(dict.fromkeys(each.backend for each in slices))
    answers = [row for row in found.values() if row["stream"] == "chat"]
    assert all(row["prompt_tokens"] == 100 for row in answers)
    assert any(isinstance(row["ttft_ns"], int) for row in answers)


@pytest.mark.parametrize("table", ["events", "jobs"])
def test_csv_has_all_columns(table: Table, path: Path) -> None:
    """A header line with the documented columns, and as many cells in every line."""
    file = io.StringIO()
    with SessionReader(path, scan=True) as reader:
        write_csv(rows(reader, table), file, table)
    header, *lines = csv.reader(io.StringIO(file.getvalue()))

    assert header == list(COLUMNS[table])
    assert {len(line) for line in lines} == {len(header)}
    assert len(lines) == len(all_rows(path, table))


def test_rows_have_no_other_columns(path: Path) -> None:
    """No known field is lost in a table."""
    for table in COLUMNS:
        named = {name for row in all_rows(path, table) for name in row}
        assert named <= COLUMNS[table].keys()


def test_gap_leaves_half_jobs_out(tmp_path: Path) -> None:
    """Rows around a gap are of whole jobs."""
    events = ran(COMMANDS)
    found = all_rows(write(tmp_path / "a.rtgen", events, leave_out=[2], size=15), "jobs")
    whole = {
        (row["stream"], row["job"]): row
        for row in all_rows(write(tmp_path / "b.rtgen", events), "jobs")
    }

    assert 0 < len(found) < len(whole)
    assert all(whole[row["stream"], row["job"]] == row for row in found)


@pytest.mark.parametrize("table", ["events", "jobs"])
def test_parquet(table: Table, path: Path, tmp_path: Path) -> None:
    """A table of typed columns with the same rows."""
    parquet = pytest.importorskip("pyarrow.parquet")
    with SessionReader(path, scan=True) as reader:
        write_parquet(rows(reader, table), tmp_path / "a.parquet", table)
    read = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    expected = all_rows(path, table)

    assert list(read[0]) == list(COLUMNS[table])
    plain = [name for name in COLUMNS[table] if name not in {"spec", "tokens"}]
    assert [[row[name] for name in plain] for row in read] == [
        [row.get(name) for name in plain] for row in expected
    ]


def test_parquet_needs_pyarrow(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it, one sentence says what to install."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with SessionReader(path) as reader, pytest.raises(UserError, match=r"rtgen-tui\[parquet\]"):
        write_parquet(rows(reader, "jobs"), tmp_path / "a.parquet", "jobs")
