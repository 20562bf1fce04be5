"""`rtgen-tui capacity`: the table within 80 columns, curves, JSON, and how it ends."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.study import capacity_trial
from emulator.study.capacity import Answer, Capacity, Point, ask, capacity
from rtgen_tui.cli import app
from rtgen_tui.commands.capacity_plot import BLOCKS, COLUMNS, across, height, print_plot
from rtgen_tui.commands.reference import BLOCK, refreshed

DOCS = (Path(__file__).parents[2] / "docs" / "capacity.md").read_text(encoding="utf-8")

PROFILE = """
backends = ["npu"]
[models]
frame = {npu = 10}
"""
STREAMS = """
[[streams]]
name = "cam"
model = "frame"
rate_hz = 10
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, ...]:
    """Arguments of a search whose answer is known: ten copies of cam fit."""
    profile, scenario = tmp_path / "chip.toml", tmp_path / "cameras.toml"
    profile.write_text(PROFILE)
    scenario.write_text(STREAMS)
    return (str(scenario), "--profile", str(profile), "--duration", "1s", "--jobs", "1")


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, ("capacity", *arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_the_table_says_what_is_carried(files: tuple[str, ...]) -> None:
    """Value and figure there, value and figure above, and the stream that breaks it."""
    page = printed(*files, "--vary", "cam.count", "--policies", "fcfs,edf", "--seeds", "2")
    rows = [line.split() for line in page.splitlines()]

    assert ["edf", "10", "0.00", "%", "11", "50.00", "%", "cam"] in rows
    assert any(row[:2] == ["edf", "1=0.00%,"] for row in rows)
    assert max(map(len, page.splitlines())) <= 80


def test_long_names_stay_within_80_columns(files: tuple[str, ...]) -> None:
    """A long notation is called by a number, and a long figure is named above the table only."""
    policies = "edf,edf/earliest-finish/early-drop/chunk-128"
    limit = ("--limit", "cam.violation_rate <= 0", "--vary", "cam.rate")
    page = printed(*files, *limit, "--policies", policies, "--seeds", "1")
    lines = page.splitlines()

    assert max(map(len, lines)) <= 80
    assert "policy P2  edf/earliest-finish/early-drop/chunk-128" in lines
    assert any(line.split()[:3] == ["P2", "100", "/s"] for line in lines)
    assert "one seed: no confidence" in page


def test_ends_of_the_range_are_said(files: tuple[str, ...]) -> None:
    """Nothing carried and everything carried have a sentence each."""
    few = printed(*files, "--vary", "cam.count", "--policies", "edf", "--to", "9")
    many = printed(*files, "--vary", "cam.count", "--policies", "edf", "--from", "12")

    assert ">= 9" in few
    assert "edf: the limit holds up to 9; --to goes further" in few
    assert "edf: not even 12 is carried" in many


def test_json_is_the_capacity(files: tuple[str, ...]) -> None:
    """The JSON object is what the same search from Python says of itself."""
    shown = json.loads(printed(*files, "--vary", "cam.count", "--policies", "edf", "--json"))
    question = ask(
        files[2],
        files[0],
        "cam.count",
        "violation_rate < 1%",
        policies=("edf",),
        duration_s=Fraction(1),
    )

    assert shown == json.loads(json.dumps(capacity(question).to_dict()))


def test_the_page_of_the_command_is_true(files: tuple[str, ...]) -> None:
    """Its help is what --help prints, and each key of the JSON object is explained."""
    documented = set(re.findall(r"`([a-z0-9_]+)`", DOCS))
    shown = json.loads(printed(*files, "--vary", "cam.count", "--policies", "edf", "--json"))
    policy = shown["policies"][0]

    assert BLOCK.search(DOCS)
    assert refreshed(DOCS) == DOCS
    for each in (shown, policy, policy["at"]):
        assert set(each) <= documented


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--vary", "cam.rte"), "did you mean 'rate'?"),
        (("--vary", "can.rate"), "unknown stream 'can', did you mean 'cam'?"),
        (("--limit", "violation_rate"), "expected FIGURE OPERATOR VALUE"),
        (("--limit", "violation_rate == 0"), "write violation_rate <= or >="),
        (("--limit", "cam.ttft.p95 < 1s"), "has no language model"),
        (("--from", "x"), "--from: expected a number such as 3 or 0.25, not 'x'"),
        (("--from", "3", "--to", "2"), "--from 3 is above --to 2"),
        (("--step", "0"), "--step: expected a number above 0, not 0"),
        (("--vary", "cam.count", "--step", "1/2"), "cam.count takes whole numbers, not 0.5"),
        (("--vary", "cam.count", "--from", "1.5"), "cam.count takes whole numbers, not 1.5"),
        (("--vary", "cam.count", "--to", "2.25"), "cam.count takes whole numbers, not 2.25"),
        (("--vary", "cam.count", "--to", "7/3"), "cam.count takes whole numbers, not 7/3"),
        (("--seeds", "0"), "--seeds: expected a whole number from 1 to 10000, not '0'"),
        (("--policies", "edf,edff"), "did you mean 'edf'?"),
        (("--policies", "edf,edf"), "edf is there twice"),
        (("--duration", "soon"), "--duration: expected a time such as"),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: tuple[str, ...], words: str, files: tuple[str, ...]
) -> None:
    """Wrong usage ends in exit code 2 before anything is run."""
    done = CliRunner().invoke(app, ("capacity", *files, *arguments), catch_exceptions=False)

    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr


def test_interrupt_ends_in_one_word(
    files: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C during a run: exit code 130, no traceback."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(capacity_trial, "tallied", interrupted)
    done = CliRunner().invoke(app, ("capacity", *files))

    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_height_doubles_with_each_step() -> None:
    """The limit is the top of the lower half; eight times as much fills the block."""
    limit = Fraction(1, 100)
    shares = ["0", "0.001", "0.005", "0.0099", "0.01", "0.011", "0.025", "0.05", "0.08", "1"]
    heights = [height(Fraction(share), limit, Fraction(1)) for share in shares]

    assert heights == [0, 0, 3, 3, 3, 4, 5, 6, 7, 7]
    assert [height(Fraction(each), Fraction(0), Fraction(4)) for each in (0, 1, 4)] == [0, 2, 7]


def point(value: float, mean: float, *, holds: bool = True) -> Point:
    """A value that was tried."""
    exact = Fraction(str(mean))
    return Point(Fraction(str(value)), (exact,), exact, exact, holds=holds, limiting=None)


def test_each_column_shows_the_nearest_value() -> None:
    """Columns outside of what was tried are empty; no other value is made up."""
    answer = Answer("edf", None, None, (point(2, 0), point(3, 1)))
    columns = across(answer, 1, 4, is_log=False)
    shown = [each.value for each in columns if each is not None]

    assert len(columns) == COLUMNS
    assert (columns[0], columns[-1]) == (None, None)
    assert set(shown) == {2, 3}
    assert shown == sorted(shown)
    assert abs(shown.count(Fraction(2)) - shown.count(Fraction(3))) <= 1


def test_curves_fit_into_80_columns(
    files: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per policy in blocks, an axis with both ends, and words on the scale."""
    question = ask(
        files[2],
        files[0],
        "cam.rate",
        "violation_rate < 1%",
        policies=("fcfs", "edf"),
        duration_s=Fraction(1),
        step=Fraction(10),
    )
    found: Capacity = capacity(question)
    print_plot(found, {"fcfs": "fcfs", "edf": "edf"})
    lines = capsys.readouterr().out.splitlines()

    assert max(map(len, lines)) <= 80
    assert [line[:4].strip() for line in lines[2:4]] == ["fcfs", "edf"]
    assert set(lines[2][6:]) <= set(BLOCKS)
    assert lines[2][6] == BLOCKS[0]
    assert lines[2][-1] == BLOCKS[-1]
    assert lines[4].split() == ["10", "160"]
    assert "Half height is 1 %" in " ".join(lines)
