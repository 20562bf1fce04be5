"""`rtgen-tui session export`: what the tables say of each job."""

import csv
import io
from collections import Counter
from pathlib import Path

from typer.testing import CliRunner

from emulator.session.replayed import finished_run
from rtgen_tui.cli import app


def test_the_jobs_table_says_which_jobs_were_degraded(tmp_path: Path) -> None:
    """As many of each stream as the summary counts, which is some."""
    path = str(tmp_path / "a.rtgen")
    run = ["run", "overload", "--policy", "edf/earliest-finish/degrade/whole", "--headless"]
    CliRunner().invoke(app, [*run, "--duration", "1s", "--record", path], catch_exceptions=False)
    done = CliRunner().invoke(app, ["session", "export", path, "--to", "csv"])

    rows = csv.DictReader(io.StringIO(done.stdout))
    found = Counter(row["stream"] for row in rows if row["degraded"] == "true")
    streams = finished_run(path).result.summary.streams
    assert found == {name: each.degraded for name, each in streams.items() if each.degraded}
    assert found.total() > 0
