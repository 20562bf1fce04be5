"""`rtgen-tui regret`: the interval, what each policy could have saved, and what is refused."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rtgen_tui.cli import app
from rtgen_tui.exits import USER_ERROR
from tests.emulator.policies.hostile import named

PROFILE = 'backends = ["npu"]\n[models]\nlong = {npu = 9}\nshort = {npu = 5}\n'
STREAM = '[[streams]]\nname = "{0}"\nmodel = "{1}"\nperiod_ms = 100\ndeadline_ms = {2}\n'


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A chip and a scenario where giving up one job saves two."""
    profile, scenario = tmp_path / "chip.toml", tmp_path / "three.toml"
    profile.write_text(PROFILE, encoding="utf-8")
    streams = (("long", "long", 10), ("x", "short", 11), ("y", "short", 11))
    scenario.write_text("".join(STREAM.format(*each) for each in streams), encoding="utf-8")
    return [str(scenario), "--profile", str(profile), "--at", "0", "--window", "100ms"]


def test_the_interval_and_what_could_have_been_saved(files: list[str]) -> None:
    """Both in words, and a row per policy."""
    pytest.importorskip("scipy")
    done = CliRunner().invoke(app, ["regret", *files, "--policies", "edf/fastest-idle,fcfs"])

    assert done.exit_code == 0
    assert "3 jobs with deadlines, 0 of them" in done.stdout
    assert "proven: the least that any schedule misses is 1 (found by " in done.stdout
    assert "edf/fastest-idle       2                 1\n" in done.stdout


def test_the_object_for_machines(files: list[str]) -> None:
    """The same figures."""
    pytest.importorskip("scipy")
    done = CliRunner().invoke(app, ["regret", *files, "--policies", "edf/fastest-idle", "--json"])
    data = json.loads(done.stdout)

    assert (data["at_least"], data["at_most"], data["proven"]) == (1, 1, True)
    (policy,) = data["policies"]
    assert policy == {"name": "edf/fastest-idle", "missed": 2, "regret": [1, 1]}


def test_without_a_time_the_worst_window_is_taken(files: list[str]) -> None:
    """Of the first policy."""
    late = [each for each in files if each not in {"--at", "0"}]
    done = CliRunner().invoke(app, ["regret", *late, "--policies", "edf", "--json"])

    assert json.loads(done.stdout)["begin_s"] == 0.0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--window", "11s"], "--window: at most 10 s can be asked about"),
        (["--at", "soon"], "--at:"),
        (["--policies", "ddf"], "policy 'ddf' does not exist"),
        (["--limit", "0"], "--limit: expected a time"),
    ],
)
def test_wrong_options_are_one_sentence(
    options: list[str], sentence: str, files: list[str]
) -> None:
    """With what would be right."""
    done = CliRunner().invoke(app, ["regret", *files, *options])

    assert done.exit_code == USER_ERROR
    assert sentence in done.stderr


def test_a_comparison_has_it_too(files: list[str]) -> None:
    """Each policy has its own in its column; for machines it is the object of the command."""
    options = ["--profile", files[2], "--policies", "edf,fcfs", "--duration", "1s", "--no-flips"]
    asked = ["compare", files[0], *options, "--seeds", "1", "--regret"]
    lines = CliRunner().invoke(app, asked).stdout.splitlines()
    record = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)["regret"]
    missed = {each["name"]: each["missed"] for each in record["policies"]}
    saved = {each["name"]: each["regret"] for each in record["policies"]}

    assert [line.split() for line in lines if line.startswith("missed, worst window")] == [
        ["missed,", "worst", "window", str(missed["edf"]), str(missed["fcfs"])]
    ]
    (shown,) = [line.split(maxsplit=3)[3] for line in lines if "could have saved" in line]
    assert re.findall(r"\d+", shown) == [
        str(each) for name in ("edf", "fcfs") for each in sorted(set(saved[name]))
    ]


def test_a_policy_that_fails_is_no_answer(files: list[str]) -> None:
    """The figures would be those of the fallback."""
    policies = ["--policies", f"edf,{named('unknown_backend')}"]
    done = CliRunner().invoke(app, ["regret", *files, *policies])

    assert done.exit_code == USER_ERROR
    assert done.stdout == ""
