"""`rtgen-tui run` says how evenly frames came, and with --scores how fairly the chip was shared."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.simulation import simulate
from rtgen_tui import exits, render
from rtgen_tui.cli import app

PROFILE = """
backends = ["cpu"]
[models]
short = {cpu = 10}
long = {cpu = 40}
"""
SCENARIO = """
[[streams]]
name = "first"
model = "long"
arrivals_ms = [0, 200]
deadline_ms = 100
[[streams]]
name = "second"
model = "short"
arrivals_ms = [0, 300]
deadline_ms = 20
[[streams]]
name = "beat"
model = "short"
period_ms = 100
phase_ms = 60
late = "drop"
deadline_ms = 5
"""


@pytest.fixture
def call(tmp_path: Path) -> tuple[str, ...]:
    """A run of 400 ms whose slowdowns and scores are found by hand."""
    profile, scenario = tmp_path / "chip.toml", tmp_path / "app.toml"
    profile.write_text(PROFILE)
    scenario.write_text(SCENARIO)
    return ("run", str(scenario), "--profile", str(profile), "--duration", "400ms")


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def rows(page: str, head: str) -> dict[str, list[str]]:
    """The cells of a table by the first of each row; the head of the table names it."""
    lines = page[page.index(f"\n{head}") + 1 :].splitlines()[1:]
    table = lines[: lines.index("")] if "" in lines else lines
    return {line.split()[0]: line.split()[1:] for line in table}


def test_each_stream_says_how_evenly_it_came(call: tuple[str, ...]) -> None:
    """Gaps, jitter, misses in a row and freeze by stream, and the worst in periods."""
    page = printed(*call)
    summary = simulate(call[3], call[1], "fcfs", duration_s="0.4").summary
    pace = rows(page, "pace ")

    assert pace["first"] == ["200", "200", "200", "0.00", "0", "200"]
    assert summary.streams["second"].jitter_ms == 40
    for name, figures in summary.streams.items():
        assert pace[name] == [
            render.ms(figures.frame_gap_p50_ms),
            render.ms(figures.frame_gap_p95_ms),
            render.ms(figures.frame_gap_p99_ms),
            render.ms(figures.jitter_ms),
            str(figures.longest_miss_streak),
            render.ms(figures.longest_freeze_ms),
        ]
    assert "worst of the periodic streams: gap p99 1.0 periods, freeze 3.4 periods" in page


def test_scores_are_asked_for(call: tuple[str, ...]) -> None:
    """Without --scores nothing is run alone, and the JSON object has null."""
    assert "slowdown" not in printed(*call)
    assert json.loads(printed(*call, "--json"))["scores"] is None


def test_slowdown_is_against_running_alone(call: tuple[str, ...]) -> None:
    """Both at 0: 40 of 40 and 50 of 10 ms; later each alone. Beats are alone and always late."""
    scores = json.loads(printed(*call, "--scores", "--json"))["scores"]

    assert scores["slowdown"] == {"first": 1.0, "second": 3.0, "beat": 1.0}
    assert scores["antt"] == (1 + 1 + 5 + 1 + 4) / 8
    assert scores["stp_jobs_per_s"] == pytest.approx(8 / 0.37)
    assert (scores["finished"], scores["unfinished"]) == (8, 0)


def test_xrbench_scores_by_model(call: tuple[str, ...]) -> None:
    """All in time is 1, one of two in time is 0.5, never in time is 0: 50 of 100 on average."""
    xrbench = json.loads(printed(*call, "--scores", "--json"))["scores"]["xrbench"]

    assert {each["stream"]: each["score"] for each in xrbench["models"]} == {
        "first": pytest.approx(1),
        "second": pytest.approx(0.5),
        "beat": pytest.approx(0),
    }
    assert xrbench["overall"] == pytest.approx(50)
    assert xrbench["energy_given"] is False


def test_scores_on_the_page(call: tuple[str, ...]) -> None:
    """They come below the summary, which stays as it is."""
    page, plain = printed(*call, "--scores"), printed(*call)
    added = page.removeprefix(plain)

    assert page.startswith(plain)
    assert rows(added, "slowdown")["second"] == ["3.00"]
    assert "\nall (ANTT)      1.50\n" in added
    assert rows(added, "XRBench")["second"] == ["2", "0", "0.500", "-", "1.000", "0.500"]
    assert "overall 50.00 of 100 (energy is not known and counts as 1)" in added


def test_a_run_without_deadlines_has_no_xrbench_score(call: tuple[str, ...]) -> None:
    """Nothing is judged, and the page says so."""
    Path(call[1]).write_text('streams = [{name = "x", model = "short", arrivals_ms = [1]}]')

    assert "XRBench: no stage is judged by a deadline" in printed(*call, "--scores")
    assert json.loads(printed(*call, "--scores", "--json"))["scores"]["xrbench"]["overall"] is None


def test_scores_need_a_run_without_a_screen(call: tuple[str, ...]) -> None:
    """With --dashboard they are refused by name."""
    done = CliRunner().invoke(app, (*call, "--scores", "--dashboard"))

    assert done.exit_code == exits.USER_ERROR
    assert done.stderr.startswith("error: --scores needs a run without a screen")
