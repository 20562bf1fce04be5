"""`show profile` and `show scenario` say what busy time rests on."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.catalog import load_profile, load_scenario, scenario_names
from emulator.errors import UserError
from emulator.schema.fit import check_fit
from rtgen_tui.cli import app
from rtgen_tui.commands import busy

PROFILE = """
backends = ["npu", "gpu"]
[models.blur.npu]
latency_ms = 10
basis = "measured"
[models.chat.gpu]
prefill_ms = {per_token = 1}
decode_ms = 10
prefill_basis = "derived"
decode_basis = "estimated"
"""
SCENARIO = """
[[streams]]
name = "frames"
model = "blur"
rate_hz = 10
stop_s = 1
[[streams]]
name = "talker"
model = "chat"
arrivals_ms = [0]
prompt_tokens = 100
output_tokens = 31
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A profile and a scenario: 100 ms measured, 100 ms derived, 300 ms estimated."""
    profile, scenario = tmp_path / "chip.toml", tmp_path / "app.toml"
    profile.write_text(PROFILE)
    scenario.write_text(SCENARIO)
    return str(profile), str(scenario)


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, ("show", *arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def test_a_profile_says_what_the_busy_time_of_a_scenario_rests_on(files: tuple[str, str]) -> None:
    """A row of shares, and below it the values from the busiest on."""
    lines = printed("profile", files[0], "--scenario", files[1]).splitlines()
    start = lines.index("what busy time rests on (20 s under fcfs, seed 0)")

    assert [line.split() for line in lines[start + 1 : start + 9]] == [
        ["scenario", "measured", "derived", "estimated"],
        ["app", "20.0", "%", "20.0", "%", "60.0", "%"],
        [],
        ["values", "behind", "the", "busy", "time", "of", "app"],
        ["model", "backend", "value", "basis", "busy"],
        ["chat", "gpu", "decode", "estimated", "60.0", "%"],
        ["blur", "npu", "latency", "measured", "20.0", "%"],
        ["chat", "gpu", "prefill", "derived", "20.0", "%"],
    ]


def test_the_same_as_json(files: tuple[str, str]) -> None:
    """Shares from 0 to 1, and each value with its seconds; null for a single model."""
    shown = json.loads(printed("profile", files[0], "--scenario", files[1], "--json"))["busy"]

    assert shown[0].pop("values")[0] == {
        "model": "chat",
        "backend": "gpu",
        "phase": "decode",
        "basis": "estimated",
        "busy_s": 0.3,
        "share": 0.6,
    }
    assert shown == [
        {
            "scenario": "app",
            "policy": "fcfs",
            "duration_s": 20.0,
            "busy_s": 0.5,
            "shares": {"measured": 0.2, "derived": 0.2, "estimated": 0.6, "unstated": 0.0},
        }
    ]
    assert json.loads(printed("profile", files[0], "--model", "chat", "--json"))["busy"] is None


def test_the_policy_can_be_chosen(files: tuple[str, str]) -> None:
    """The head of the table names it."""
    page = printed("profile", files[0], "--scenario", files[1], "--policy", "edf/affinity")

    assert "what busy time rests on (20 s under edf/affinity, seed 0)" in page


def test_what_states_no_basis_has_a_column_of_its_own(files: tuple[str, str]) -> None:
    """It is there only where busy time rests on such values."""
    Path(files[0]).write_text(PROFILE.replace('basis = "measured"\n', ""))
    page = printed("profile", files[0], "--scenario", files[1])

    assert "measured  derived  estimated  not stated" in page


def test_each_scenario_that_fits_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --scenario: all that the profile can run, none that it cannot."""
    monkeypatch.setattr(busy, "DURATION_S", Fraction(1, 2))
    profile = load_profile("ryzen-ai-9-hx-370")
    shown = json.loads(printed("profile", profile.name, "--json"))["busy"]
    fit = []
    for name in scenario_names():
        try:
            check_fit(profile, load_scenario(name))
        except UserError:
            continue
        fit.append(name)

    assert [each["scenario"] for each in shown] == fit
    assert len(fit) > 1
    assert all(sum(each["shares"].values()) == pytest.approx(1) for each in shown)


def test_a_profile_that_fits_nothing_says_nothing_of_busy_time(files: tuple[str, str]) -> None:
    """No bundled scenario runs on a chip with two models of its own."""
    assert "busy time" not in printed("profile", files[0])


def test_a_scenario_of_the_users_that_is_broken_is_left_out(
    files: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a note, and the page comes all the same."""
    monkeypatch.setattr("emulator.catalog.user_folder", lambda: tmp_path / "own")
    own = tmp_path / "own" / "scenarios"
    own.mkdir(parents=True)
    (own / "broken.toml").write_text("x = ")
    (own / "mine.toml").write_text(SCENARIO)
    done = CliRunner().invoke(app, ("show", "profile", files[0]))

    assert done.exit_code == 0
    assert "\n  mine " in done.stdout
    assert done.stderr.startswith("note: left out: ")
    assert done.stderr.count("\n") == 1


def test_a_scenario_on_a_profile_has_a_line(files: tuple[str, str]) -> None:
    """`show scenario --profile` sums it up, and has the same record as JSON."""
    call = ("scenario", files[1], "--profile", files[0])
    of_profile = json.loads(printed("profile", files[0], "--scenario", files[1], "--json"))["busy"]

    assert "\n  20.0 % measured, 20.0 % derived, 60.0 % estimated values\n" in printed(*call)
    assert json.loads(printed(*call, "--json"))["busy"] == of_profile[0]
    assert json.loads(printed("scenario", files[1], "--json"))["busy"] is None
