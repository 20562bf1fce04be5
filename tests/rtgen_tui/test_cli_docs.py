"""docs/cli.md says what the commands really say."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands.reference import BLOCK, refreshed

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def keys_of(data: object) -> Iterator[str]:
    """All keys of an object and of the objects in its lists."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            if isinstance(value, list):
                yield from keys_of(value)
    if isinstance(data, list):
        for each in data:
            yield from keys_of(each)


def section(command: str) -> str:
    """The part of the page that is about a command."""
    return PAGE.split(f"\n## rtgen-tui {command}\n")[1].split("\n## ")[0]


def test_help_texts_are_real() -> None:
    """Each help on the page is what --help prints; rtgen_tui.commands.reference mends it."""
    assert refreshed(PAGE) == PAGE


@pytest.mark.parametrize("name", ["remote.md", "regret.md"])
def test_help_texts_elsewhere_are_real(name: str) -> None:
    """On the pages of commands that have one of their own."""
    page = (Path(__file__).parents[2] / "docs" / name).read_text(encoding="utf-8")
    assert BLOCK.search(page)
    assert refreshed(page) == page


def test_every_command_has_its_help() -> None:
    """No command is missing on the page."""
    documented = {match[1].removesuffix("--help").strip() for match in BLOCK.finditer(PAGE)}
    groups = {"run", "list", "show", "validate", "schema"}

    assert documented == {"", *groups, "show profile", "show scenario", "show policy"}


@pytest.mark.parametrize(
    "call",
    [
        "run video-call --duration 1s --scores",
        "list",
        "show profile ryzen-ai-9-hx-370",
        "show scenario game-npc --profile ryzen-ai-9-hx-370",
        "show policy edf",
        "validate scenarios/video-call.toml",
    ],
)
def test_json_keys_are_documented(call: str) -> None:
    """Each key of a JSON object is on the page, in the section of its command."""
    done = CliRunner().invoke(app, f"{call} --json", catch_exceptions=False)
    documented = set(re.findall(r"`([a-z0-9_]+)`", section(call.partition(" ")[0])))

    assert set(keys_of(json.loads(done.stdout))) <= documented


def test_exit_codes_are_documented() -> None:
    """The page has a row for each exit code."""
    rows = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)

    assert list(map(int, rows)) == [
        exits.OK,
        exits.FAILED,
        exits.USER_ERROR,
        exits.DIFFERENT,
        exits.INTERRUPTED,
    ]
