"""docs/sessions.md says what the tools for sessions really say, name and take."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.claims import parse
from emulator.claims.metrics import METRICS
from emulator.session.export import COLUMNS
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands.reference import BLOCK, refreshed

PAGE = (Path(__file__).parents[2] / "docs" / "sessions.md").read_text(encoding="utf-8")
GOLDEN = str(Path(__file__).parents[1] / "data" / "session" / "clean.rtgen")
WORDS = set(re.findall(r"`([a-z0-9_]+)`", PAGE))
OF = {"run": "run", "run stream": "run, stream", "backend": "backend"}


def keys_of(data: object, inside: tuple[str, ...] = ()) -> Iterator[str]:
    """All keys of an object, without those of maps from names of the run."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            if key not in inside:
                yield from keys_of(value, inside)
    if isinstance(data, list):
        for each in data:
            yield from keys_of(each, inside)


def test_help_texts_are_real() -> None:
    """Each help on the page is what --help prints; rtgen_tui.commands.reference mends it."""
    documented = {match[1].removesuffix("--help").strip() for match in BLOCK.finditer(PAGE)}

    assert refreshed(PAGE) == PAGE
    assert documented >= {"check", "session", *(f"session {name}" for name in NAMES)}


NAMES = ("info", "verify", "repair", "export")


def test_every_metric_has_a_row() -> None:
    """Name, what it is a figure of, and its meaning, in the order of the table."""
    rows = re.findall(
        r"^\| `([a-z_0-9]+)\.?`\S* \| ([a-z, ]+) \| \S* ?\| (.*) \|$", PAGE, re.MULTILINE
    )
    expected = [
        (each.name, OF[" ".join(sorted(each.of))], each.meaning) for each in METRICS.values()
    ]

    assert rows == expected


@pytest.mark.parametrize("claim", re.findall(r"'([^']+ (?:<|<=|==|>) [^']+)'", PAGE))
def test_claims_on_the_page_are_understood(claim: str) -> None:
    """Nobody copies a claim that does not parse."""
    assert parse(claim).text == claim


@pytest.mark.parametrize(
    "call",
    [
        f"session info {GOLDEN} --json",
        f"session verify {GOLDEN} --json",
        f"check {GOLDEN} 'cam.violation_rate < 0%' 'npu.utilization < 1%' --json",
        f"compare {GOLDEN} {GOLDEN} --json",
    ],
)
def test_json_keys_are_documented(call: str) -> None:
    """Each key of a JSON object is on the page."""
    done = CliRunner().invoke(app, call, catch_exceptions=False)
    named = ("summary", "versions", "held_by_ms", "ran_on_ms", "behind_ms", "recorded")
    keys = set(keys_of(json.loads(done.stdout), named))

    assert keys <= WORDS


def test_columns_are_documented() -> None:
    """Those of jobs, and those of events beside the fields of the journal."""
    for table in ("jobs", "events"):
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{table}`"))
        named = re.findall(r"`([a-z_]+)`", row.split("|")[3])
        if table == "jobs":
            assert named == list(COLUMNS["jobs"])
        else:
            assert named == list(COLUMNS["events"])[: len(named)]


def test_exit_codes_are_documented() -> None:
    """The page has a row for each that these tools use."""
    rows = re.findall(r"^\| (\d) \|", PAGE, re.MULTILINE)

    assert list(map(int, rows)) == [exits.OK, exits.FAILED, exits.USER_ERROR, exits.DIFFERENT]
