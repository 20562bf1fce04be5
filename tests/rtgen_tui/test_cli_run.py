"""`rtgen-tui run` without a screen, and the decision whether there is one."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator import drivers, protocol
from emulator.errors import UserError
from emulator.simulation import simulate
from rtgen_tui.cli import app
from rtgen_tui.commands import run
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.start import is_headless

PROFILE = "ryzen-ai-9-hx-370"
TINY_PROFILE = """
backends = ["npu", "cpu"]
[models]
fast = {npu = 4.0}
slow = {cpu = 150}
[models.chat.npu]
prefill_ms = {base = 5, per_token = 0.25}
decode_ms = 8
"""
TINY_SCENARIO = """
title = "Frames, hopeless frames and a talker"
[[streams]]
name = "frames"
model = "fast"
rate_hz = 50
[[streams]]
name = "hopeless"
model = "slow"
period_ms = 100
late = "drop"
[[streams]]
name = "talker"
arrivals_ms = [100, 500]
deadline_ms = "none"
[[streams.stages]]
name = "chat"
model = "chat"
prompt_tokens = 40
output_tokens = 10
ttft_ms = 100
[[streams.stages]]
name = "show"
model = "fast"
after = ["chat"]
first_output_deadline_ms = 2000
"""


@pytest.fixture
def tiny(tmp_path: Path) -> tuple[str, ...]:
    """Arguments of a run of two seconds that misses half of one stream."""
    profile, scenario = tmp_path / "chip.toml", tmp_path / "app.toml"
    profile.write_text(TINY_PROFILE)
    scenario.write_text(TINY_SCENARIO)
    return ("run", str(scenario), "--profile", str(profile), "--duration", "2s")


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def row(page: str, name: str) -> list[str]:
    """The cells of the first row that begins with a name."""
    line = next(line for line in page.splitlines() if line.startswith(f"{name} "))
    return line.split()


def test_json_is_the_summary_of_the_run(tiny: tuple[str, ...]) -> None:
    """The JSON object says what was run and holds every figure of the same run from Python."""
    shown = json.loads(printed(*tiny, "--policy", "edf", "--seed", "7", "--json"))
    expected = simulate(tiny[3], tiny[1], "edf", duration_s=2, seed=7).summary

    assert shown == {
        "scenario": "app",
        "profile": "chip",
        "policy": "edf",
        "seed": 7,
        "duration_s": 2.0,
        "noise": True,
        "effects": "",
        **expected.to_dict(),
        "energy": None,
        "scores": None,
    }


def test_first_lines_say_what_was_run(tiny: tuple[str, ...]) -> None:
    """Scenario, profile, policy, seed, duration and noise come before any figure."""
    scenario, profile, policy, *rest = printed(
        *tiny, "--policy", "static", "--seed", "7", "--no-noise"
    ).splitlines()

    assert scenario == "scenario  app: Frames, hopeless frames and a talker"
    assert profile == "profile   chip"
    assert policy.startswith("policy    static: ")
    assert "seed 7, duration 2 s, no noise" in " ".join(rest[:2])


def test_report_counts_jobs_by_stream(tiny: tuple[str, ...]) -> None:
    """Jobs, met, late, dropped, violation rate, response times and the deadline stand in a row."""
    page = printed(*tiny, "--no-noise")
    summary = simulate(tiny[3], tiny[1], "fcfs", duration_s=2, noise=False).summary

    assert summary.streams["hopeless"].dropped > 0
    for name, figures in summary.streams.items():
        rate = figures.violation_rate
        assert row(page, name)[1:6] == [
            str(figures.released),
            str(figures.completed - figures.late),
            str(figures.late),
            str(figures.dropped),
            "-" if rate is None else f"{100 * rate:.1f}",
        ]
    assert row(page, "frames")[-1] == "20.0"


def test_report_stars_the_deadline_of_a_stage(tiny: tuple[str, ...]) -> None:
    """Where the job has no deadline of its own, the tightest one of its stages has a star."""
    page = printed(*tiny)

    assert row(page, "talker")[-1] == "2,000*"
    assert "* of a stage" in page


def test_report_says_why_jobs_were_missed(tiny: tuple[str, ...]) -> None:
    """The misses are split by cause, and the split adds up."""
    page = printed(*tiny)
    missed = next(line for line in page.splitlines() if line.startswith("missed "))
    causes = {
        line.split()[1].rstrip(":"): int(line.split()[0])
        for line in page.splitlines()
        if line.strip()[:1].isdigit()
    }

    assert causes["hopeless"] == 20
    assert sum(causes.values()) == int(missed.split()[1])


def test_report_has_language_models_and_backends(tiny: tuple[str, ...]) -> None:
    """TTFT, TPOT and tokens per second of language models, and the busy share of each backend."""
    page = printed(*tiny, "--no-noise")
    summary = simulate(tiny[3], tiny[1], "fcfs", duration_s=2, noise=False).summary
    talker = summary.streams["talker"]
    models = page[page.index("language model") :]

    assert row(models, "talker") == [
        "talker",
        "20",
        f"{talker.tokens_per_s:.1f}",
        f"{talker.ttft_p50_ms:.1f}",
        f"{talker.ttft_p95_ms:.1f}",
        "100",
        "%",
        f"{talker.tpot_p50_ms:.2f}",
        f"{talker.tpot_p95_ms:.2f}",
        "-",
    ]
    assert "all targets met by 2 of 2 answers that have any: 100.0 %" in page
    for name, share in summary.utilization.items():
        assert row(models, name) == [name, f"{100 * (share or 0):.1f}", "%"]


def test_report_without_deadlines(tmp_path: Path, tiny: tuple[str, ...]) -> None:
    """A scenario without any deadline has no violation rate."""
    scenario = tmp_path / "free.toml"
    scenario.write_text('streams = [{name = "x", model = "fast", arrivals_ms = [1]}]')
    page = printed("run", str(scenario), *tiny[2:])

    assert row(page, "x")[5] == "-"
    assert "no job has a deadline" in page


@pytest.mark.parametrize("policy", ["fcfs", "hybrid"])
@pytest.mark.parametrize("scenario", ["video-call", "game-npc"])
def test_report_fits_80_columns(scenario: str, policy: str) -> None:
    """The summary of a bundled scenario fits a terminal of 80 columns."""
    page = printed("run", scenario, "--policy", policy, "--duration", "5s", "--scores")

    assert max(map(len, page.splitlines())) <= 80


def test_the_same_call_prints_the_same() -> None:
    """A run repeats to the last character."""
    call = ("run", "video-call", "--duration", "3s", "--seed", "-1")

    assert printed(*call) == printed(*call)


@pytest.mark.parametrize("seed", ["-9223372036854775808", "18446744073709551615"])
def test_any_64_bit_seed(seed: str, tiny: tuple[str, ...]) -> None:
    """Both ends of the signed and unsigned range are seeds."""
    assert json.loads(printed(*tiny, "--seed", seed, "--json"))["seed"] == int(seed)


def test_default_duration_is_a_minute(tiny: tuple[str, ...]) -> None:
    """Without --duration, a headless run releases jobs for 60 s."""
    assert json.loads(printed(*tiny[:4], "--json"))["duration_s"] == 60.0


def test_screen_options_are_noted(tiny: tuple[str, ...]) -> None:
    """An option that only the dashboard heeds is a note on stderr, not an error."""
    done = CliRunner().invoke(app, (*tiny, "--speed", "2", "--json"))

    assert done.exit_code == 0
    assert done.stderr.startswith("note: --speed ")
    assert json.loads(done.stdout)["duration_s"] == 2.0


def test_bare_command_shows_a_naive_policy_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal, `rtgen-tui` prints the summary of video-call under fcfs."""
    monkeypatch.setattr("rtgen_tui.commands.headless.DURATION_S", 10)
    page = printed()

    assert page.startswith("scenario  video-call")
    assert "\npolicy    fcfs" in page
    assert f"\nprofile   {PROFILE}" in page
    assert int(next(x for x in page.splitlines() if x.startswith("missed ")).split()[1]) > 0


def test_limits_are_those_of_the_core() -> None:
    """What the options allow is what the core takes."""
    assert (run.MIN_SPEED, run.MAX_SPEED) == (drivers.MIN_SPEED, drivers.MAX_SPEED)
    assert run.MAX_FPS == protocol.MAX_SNAPSHOT_HZ


@pytest.mark.parametrize(
    ("choices", "on_terminal", "expected"),
    [
        (Choices("x"), True, False),
        (Choices("x"), False, True),
        (Choices("x", headless=True), True, True),
        (Choices("x", headless=False), True, False),
        (Choices("x", as_json=True), True, True),
        (Choices("x", noise=False), True, True),
    ],
)
def test_screen_or_not(choices: Choices, on_terminal: bool, expected: bool) -> None:
    """A terminal decides, unless an option does."""
    assert is_headless(choices, on_terminal=on_terminal) is expected


@pytest.mark.parametrize(
    ("choices", "word"),
    [
        (Choices("x", headless=False), "--dashboard"),
        (Choices("x", headless=False, as_json=True), "--json"),
        (Choices("x", headless=False, noise=False), "--no-noise"),
    ],
)
def test_contradicting_options(choices: Choices, word: str) -> None:
    """A screen that cannot be, or would not do what was asked for, is refused by name."""
    with pytest.raises(UserError, match=word):
        is_headless(choices, on_terminal=False)
