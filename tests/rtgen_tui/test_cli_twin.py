"""`rtgen-tui twin`: what it prints, writes and refuses."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.catalog import load_profile
from emulator.ort.devices import Machine
from emulator.ort.twin.check import predict
from emulator.ort.twin.correcting import FIRST, OTHER_SEED
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.request import TwinRun
from emulator.profile import Profile
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands import twinning
from rtgen_tui.commands.reference import BLOCK, refreshed
from rtgen_tui.commands.twin_report import COLUMNS, histogram
from tests.emulator.ort.twin.twin_examples import twin_run

CALL = ("twin", "live-small", "--profile", "two-core-cpu", "--duration", "2s", "--runs", "2")


def call(*arguments: str, code: int = exits.OK) -> tuple[str, str]:
    """Stdout and stderr of a call that must end with this code."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == code, done.stderr
    return done.stdout, done.stderr


@pytest.fixture(autouse=True)
def real_runs_as_predicted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine is needed: real runs are what was predicted, beside a busy neighbor."""

    def run(asked: TwinRun) -> Observation:
        return replace(predict(asked), foreign_cores=0.25)

    monkeypatch.setattr(twinning, "run_for_real", run)
    monkeypatch.setattr(twinning, "discover", lambda: Machine("1.32.0", 2, (), (), ()))


def test_it_prints_each_figure_and_which_part_is_off() -> None:
    """Both policies, the load of others, the plots and the order."""
    out, _ = call(*CALL[:-1], "1", "--policy", "fcfs,edf")
    for words in (
        "\nfcfs\n",
        "\nedf\n",
        "25 % (disturbed)",
        "response p95 (ms)",
        "utilization",
        "furthest off",
        "The order of the policies is the same",
    ):
        assert words in out
    assert "off\n" not in out.replace("furthest off", "")


def test_the_result_goes_to_a_file(tmp_path: Path) -> None:
    """As JSON, the same as --json prints; an existing file stays."""
    out = tmp_path / "twin.json"
    printed, _ = call(*CALL, "--out", str(out), "--json")
    assert json.loads(out.read_text(encoding="utf-8")) == json.loads(printed)
    _, error = call(*CALL, "--out", str(out), code=2)
    assert "exists already" in error


def test_without_a_profile_one_is_measured_and_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each round, by runs of every policy under other seeds than the one predicted."""
    seeds: list[int] = []
    monkeypatch.setattr(twinning, "fresh_profile", lambda *_: twin_run().profile)

    def run(asked: TwinRun) -> Observation:
        seeds.append(asked.seed)
        return predict(asked)

    monkeypatch.setattr(twinning, "run_for_real", run)
    scenario = {"streams": [{"name": "cam", "model": "m", "rate_hz": 20, "deadline_ms": 50}]}
    monkeypatch.setattr(twinning, "load_scenario", lambda _: loaded(scenario))
    out, _ = call(
        "twin", "x", "--duration", "1s", "--runs", "2", "--seed", "5", "--policy", "edf,fcfs"
    )
    assert "corrected by runs for real" in out
    told, a, b, c = (5 + OTHER_SEED + number for number in (FIRST, 0, 1, 2))
    assert seeds == [told, told, a, a, 5, 5, b, b, 5, 5, c, c]


def test_the_corrected_profile_is_a_file_that_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is what the last round predicted with, under the file's name; an existing file stays."""
    used: list[Profile] = []
    monkeypatch.setattr(twinning, "fresh_profile", lambda *_: twin_run().profile)

    def run(asked: TwinRun) -> Observation:
        used.append(asked.profile)
        return predict(asked)

    monkeypatch.setattr(twinning, "run_for_real", run)
    scenario = {"streams": [{"name": "cam", "model": "m", "rate_hz": 20, "deadline_ms": 50}]}
    monkeypatch.setattr(twinning, "load_scenario", lambda _: loaded(scenario))
    out = tmp_path / "here.toml"
    arguments = ("twin", "x", "--duration", "1s", "--runs", "2", "--save-profile", str(out))
    _, words = call(*arguments)
    assert f"the corrected profile is in {out}" in words
    saved = load_profile(str(out))
    assert saved.name == "here"
    assert saved.to_dict() == {**used[-1].to_dict(), "name": "here"}
    call("validate", str(out))
    _, error = call(*arguments, code=2)
    assert "--save-profile" in error
    assert "exists already" in error


def loaded(table: Mapping[str, object]) -> object:
    """Loaded from a table."""
    from emulator.catalog import load_scenario

    return load_scenario(table)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--policy", "nonsense"), "nonsense"),
        (("--policy", ""), "--policy"),
        (("--runs", "0"), "--runs"),
        (("--duration", "soon"), "--duration"),
        (("--out", "twin.txt"), ".json"),
        (("--out", "no/such/folder.json"), "no folder"),
        (("--threads", "0"), "--threads"),
        (("--save-profile", "x.toml"), "with --profile nothing is corrected"),
    ],
)
def test_a_wrong_option_is_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    """It names the option, and nothing is run."""
    _, error = call(*CALL, *arguments, code=2)
    assert words in error
    assert "Traceback" not in error


def test_a_profile_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Before anything is measured."""
    file = tmp_path / "soc.toml"
    file.write_text('backends = ["a"]\n[models.m]\na = 1\n', encoding="utf-8")
    _, error = call("twin", "live-small", "--profile", str(file), code=2)
    assert "portrait-segmentation" in error


def test_the_histogram_shows_shares() -> None:
    """The fullest step is full height, empty ones are blank."""
    drawn = histogram([0.0, 0.0, 10.0], 0.0, 10.0)
    assert (len(drawn), drawn[0], drawn[-1]) == (COLUMNS, "█", "▅")
    assert drawn[1:-1].strip() == ""


def test_its_help_on_the_page_is_real() -> None:
    """docs/twin.md shows what --help prints."""
    page = (Path(__file__).parents[2] / "docs" / "twin.md").read_text(encoding="utf-8")
    assert BLOCK.search(page)
    assert refreshed(page) == page
