"""`rtgen-tui compare`: options, the table within 80 columns, JSON, and how it ends."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator import sweep
from emulator.catalog import profile_names, scenario_names
from emulator.study.comparison import compare
from rtgen_tui.cli import app
from rtgen_tui.commands.comparison_report import points
from rtgen_tui.commands.names import complete_policies
from rtgen_tui.commands.reference import BLOCK, refreshed

GOLDENS = Path(__file__).parent / "goldens"
DOCS = (Path(__file__).parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")

# Under fcfs the order of `next` and `late`, and of `short` and `long`, decides who misses.
PROFILE = """
title = "A chip made for ties"
backends = ["cpu", "gpu", "npu"]
[models]
even = {cpu = 20}
small = {gpu = 5}
big = {gpu = 60}
[models.llm.npu]
prefill_ms = {base = 5, per_token = 0.25}
decode_ms = 8
noise = {dist = "lognormal", sigma = 0.3}
"""
STREAMS = """
[[streams]]
name = "next"
model = "even"
rate_hz = 10
phase_ms = 0
deadline_ms = 30
[[streams]]
name = "late"
model = "even"
rate_hz = 10
deadline_ms = 15
[[streams]]
name = "short"
model = "small"
rate_hz = 10
phase_ms = 0
deadline_ms = 10
[[streams]]
name = "long"
model = "big"
rate_hz = 10
phase_ms = 0
deadline_ms = 95
[[streams]]
name = "questions"
model = "llm"
arrival = {process = "poisson", rate_hz = 4}
prompt_tokens = [20, 40, 80]
output_tokens = [4, 8]
deadline_ms = 120
"""
CHAT = """
[[streams]]
name = "chat"
model = "llm"
arrival = {process = "closed-loop", think_s = "1/2"}
prompt_tokens = 40
output_tokens = [6, 12]
deadline_ms = 150
"""


@pytest.fixture
def tied(tmp_path: Path) -> tuple[str, ...]:
    """Arguments of a comparison that is over soon and flips with the tie order."""
    profile, scenario = tmp_path / "chip.toml", tmp_path / "ties.toml"
    profile.write_text(PROFILE)
    scenario.write_text(STREAMS)
    return (str(scenario), "--profile", str(profile), "--duration", "1s", "--jobs", "1")


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, ("compare", *arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def mistake(*arguments: str) -> str:
    """The one sentence of a call that must fail as the user's mistake."""
    done = CliRunner().invoke(app, ("compare", *arguments), catch_exceptions=False)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("name", ["compare", "compare-closed-loop"])
def test_pages(name: str, tied: tuple[str, ...]) -> None:
    """Five policies equal their golden page within 80 columns; UPDATE_GOLDENS=1 writes it anew."""
    if name == "compare-closed-loop":
        Path(tied[0]).write_text(STREAMS + CHAT)
    page = printed(*tied, "--seeds", "3")
    golden = GOLDENS / f"{name}.txt"

    if "UPDATE_GOLDENS" in os.environ:
        golden.write_text(page, encoding="utf-8")
    assert max(map(len, page.splitlines())) <= 80
    assert page == golden.read_text(encoding="utf-8")


def test_flips_with_the_tie_order_are_said(tied: tuple[str, ...]) -> None:
    """A difference that changes its sign in reverse stream order has a line of its own."""
    page = printed(*tied, "--seeds", "2", "--policies", "fcfs,edf")

    assert "edf flips with the tie order: +" in page
    assert "no difference flips" not in page


def test_no_flips_are_looked_for_on_demand(tied: tuple[str, ...]) -> None:
    """With --no-flips nothing is said about them."""
    assert "flip" not in printed(*tied, "--seeds", "2", "--policies", "fcfs,edf", "--no-flips")


def test_one_seed_says_that_it_has_no_interval(tied: tuple[str, ...]) -> None:
    """There is no interval row, no star, and a sentence that says why."""
    page = printed(*tied, "--seeds", "1")

    assert "one seed: no interval" in page
    assert "95 %" not in page
    assert "±" not in page


def test_closed_loop_streams_are_said_to_be_left_out(tied: tuple[str, ...]) -> None:
    """The page names them and shows the rate of the streams that are paired."""
    assert "paired streams" not in printed(*tied, "--seeds", "2")
    Path(tied[0]).write_text(STREAMS + CHAT)
    page = printed(*tied, "--seeds", "2")

    assert "not paired: chat (closed loop" in page
    assert "\n  paired streams " in page


def test_many_and_long_policies_stay_within_80_columns(tied: tuple[str, ...]) -> None:
    """Columns that do not fit go below, and a long notation gets a letter and a line."""
    orders = ("fcfs", "fcfs-slice", "edf", "llf", "rm", "sjf")
    policies = ["fcfs", "hybrid", *(f"{order}/earliest-finish/early-drop" for order in orders)]
    page = printed(*tied, "--seeds", "2", "--policies", ",".join(policies), "--no-flips")
    lines = page.splitlines()

    assert max(map(len, lines)) <= 80
    assert "policy C  fcfs/earliest-finish/early-drop" in lines
    heads = [line for line in lines if line.startswith(" " * 17)]
    assert " ".join(heads).split() == ["fcfs", "hybrid", "C", "D", "E", "F", "G", "H"]
    assert len(heads) == 2


def test_json_is_the_comparison(tied: tuple[str, ...]) -> None:
    """The JSON object is what the same comparison from Python says of itself."""
    shown = json.loads(printed(*tied, "--policies", "fcfs, edf", "--seeds", "2", "--json"))
    expected = compare(tied[2], tied[0], ("fcfs", "edf"), range(2), 1)

    assert shown == json.loads(json.dumps(expected.to_dict()))


def test_pages_do_not_depend_on_the_number_of_processes(tied: tuple[str, ...]) -> None:
    """One process and two print the same."""
    arguments = (*tied[:-1], "2", "--seeds", "2", "--policies", "fcfs,edf")

    assert printed(*arguments) == printed(*tied, *arguments[-4:])


def test_every_profile() -> None:
    """A table for each bundled profile that fits, then the spread of each and what it is not."""
    short = ("--policies", "fcfs,edf", "--seeds", "1", "--duration", "200ms", "--jobs", "1")
    done = CliRunner().invoke(app, ("compare", "game-npc", "--all-profiles", "--no-flips", *short))
    _, spreads = done.stdout.split("spread: highest less lowest violation rate")
    fit = [name for name in profile_names() if f"on profile '{name}'" not in done.stderr]

    assert len(fit) > 1
    for name in fit:
        assert done.stdout.count(f"profile   {name}:") == 1
        assert spreads.count(f"game-npc  {name} ") == 1
    assert "mean 0.00 points" in spreads
    assert "a 41.7% difference in deadline violation rates on average" in " ".join(spreads.split())
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_what_cannot_be_run_is_left_out_of_all(
    tied: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scenario that a profile cannot run, or that cannot be loaded, is noted and skipped."""
    own = tmp_path / "rtgen-tui" / "scenarios"
    own.mkdir(parents=True)
    (own / "alien.toml").write_text('streams = [{name = "x", model = "unheard-of", rate_hz = 1}]')
    (own / "broken.toml").write_text("streams = ")
    (own / "fine.toml").write_text(STREAMS)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    short = (*tied[1:], "--policies", "fcfs,edf", "--seeds", "1", "--json")
    done = CliRunner().invoke(app, ("compare", "--all-scenarios", *short))
    shown = json.loads(done.stdout)

    assert done.exit_code == 0
    assert [each["scenario"] for each in shown["comparisons"]] == ["fine"]
    assert {each["scenario"] for each in shown["skipped"]} == {*scenario_names()} - {"fine"}
    assert shown["mean_spread_points"] == shown["comparisons"][0]["spread"]["points"]
    assert done.stderr.count("note: left out: ") == len(shown["skipped"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("game-npc", "--policies", "fcfs,edff"), "did you mean 'edf'?"),
        (("game-npc", "--policies", "edf"), "expected at least two to compare, not edf"),
        (("game-npc", "--seeds", "0"), "--seeds: expected a whole number from 1 to 10000, not '0'"),
        (("game-npc", "--jobs", "0"), "--jobs: expected a whole number from 1 to 1024, not '0'"),
        (("game-npc", "--duration", "soon"), "--duration: expected a time such as"),
        (("game-npcs",), "did you mean 'game-npc'?"),
        (("game-npc", "--profile", "x"), "unknown profile 'x'"),
        ((), "which scenario?"),
        (("game-npc", "--all-scenarios"), "'game-npc' or --all-scenarios, not both"),
        (("game-npc", "--profile", "x", "--all-profiles"), "--profile or --all-profiles, not both"),
        (
            ("--all-profiles", "--all-scenarios", "--policies", "fcfs,x"),
            "policy 'x' does not exist",
        ),
        (("game-npcs", "--all-profiles"), "did you mean 'game-npc'?"),
    ],
)
def test_mistakes_are_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    """Wrong usage and wrong names end in exit code 2 before anything is run."""
    assert words in mistake(*arguments)


def test_interrupt_ends_in_one_word(tied: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C during a run: exit code 130, no traceback."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sweep, "simulate", interrupted)
    done = CliRunner().invoke(app, ("compare", *tied))

    assert (done.exit_code, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_points_have_a_sign_unless_they_are_none() -> None:
    """A fraction in points, to two decimals; what rounds to nothing has no sign."""
    shown: Mapping[float, str] = {0.0123: "+1.23", -0.4: "-40.00", 0.0: "0.00", -1e-9: "0.00"}

    assert {each: points(each) for each in shown} == shown


def test_the_page_of_the_command_is_true(tied: tuple[str, ...]) -> None:
    """Its help is what --help prints, and each key of the JSON object is explained."""
    documented = set(re.findall(r"`([a-z0-9_]+)`", DOCS))
    shown = json.loads(printed(*tied, "--policies", "fcfs,edf", "--seeds", "2", "--json"))
    policy, stability = shown["policies"][1], shown["stability"][0]
    rate = policy["differences"]["violation_rate"]

    assert BLOCK.search(DOCS)
    assert refreshed(DOCS) == DOCS
    for each in (shown, policy, rate, stability, shown["spread"]):
        assert set(each) <= documented


def test_completion_goes_on_after_a_comma() -> None:
    """The last name of the list is completed, without those that are there already."""
    assert complete_policies("st") == ["static"]
    assert complete_policies("edf,hy") == ["edf,hybrid"]
    assert "edf,edf" not in complete_policies("edf,")
