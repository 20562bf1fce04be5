"""What the commands print: help, lists, pages and JSON."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.catalog import load_scenario, profile_names, scenario_names
from emulator.policies import Admission, Order, Placement, policies
from rtgen_tui.cli import app
from rtgen_tui.commands import busy
from rtgen_tui.commands.policy_words import ADMISSIONS, ORDERS, PLACEMENTS

REPOSITORY = Path(__file__).parents[2]
COMMANDS = (
    "",
    "run",
    "doctor",
    "models",
    "models list",
    "models build",
    "models show",
    "measure",
    "list",
    "show",
    "show profile",
    "show scenario",
    "show policy",
    "validate",
    "schema",
)
PROFILE = "ryzen-ai-9-hx-370"


@pytest.fixture(autouse=True)
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What busy time rests on is found from a tenth of a second; it has tests of its own."""
    monkeypatch.setattr(busy, "DURATION_S", Fraction(1, 10))


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def record(*arguments: str) -> dict[str, object]:
    """The JSON object that a call prints."""
    loaded = json.loads(printed(*arguments, "--json"))
    assert isinstance(loaded, dict)
    return loaded


def widest(text: str) -> int:
    """Characters of the longest line that has no URL in it."""
    return max(len(line) for line in text.splitlines() if "://" not in line)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_help_has_an_example(command: str) -> None:
    """Every --help has a line that can be copied."""
    help_text = printed(*command.split(), "--help")

    (example,) = (line for line in help_text.splitlines() if line.startswith("  Example:"))
    assert example.split()[1:2] == ["rtgen-tui"]


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_name_existing_commands(command: str) -> None:
    """The example of a help is a call of that command, or of one below it."""
    help_text = printed(*command.split(), "--help")
    (example,) = (line for line in help_text.splitlines() if line.startswith("  Example:"))

    assert f"rtgen-tui {command}".strip() in example


def test_short_help_option() -> None:
    """-h is --help."""
    assert printed("run", "-h") == printed("run", "--help")


def test_version_names_the_program() -> None:
    """--version prints one line."""
    assert printed("--version").startswith("rtgen-tui")
    assert len(printed("--version").splitlines()) == 1


def test_lists_hold_all_names() -> None:
    """The list of each kind holds every name there is."""
    for kind, names in (
        ("profiles", profile_names()),
        ("scenarios", scenario_names()),
        ("policies", tuple(policy.name for policy in policies())),
    ):
        rows = printed("list", kind).splitlines()[1:]
        assert {row.split()[0] for row in rows if not row.startswith(" ")} == set(names)


def test_list_without_a_kind_is_all_three() -> None:
    """Without a kind, the JSON object holds the three kinds with the keys of docs/cli.md."""
    listed = record("list")

    assert list(listed) == ["profiles", "scenarios", "policies"]
    assert record("list", "policies") == {"policies": listed["policies"]}
    for kind, keys in (
        ("profiles", ["name", "title", "backends", "models"]),
        ("scenarios", ["name", "title", "streams"]),
        ("policies", ["name", "description", "citation"]),
    ):
        rows = listed[kind]
        assert isinstance(rows, list)
        assert [list(row) for row in rows] == [keys] * len(rows)


@pytest.mark.parametrize("name", [policy.name for policy in policies()])
def test_show_policy_says_what_it_is(name: str) -> None:
    """A policy is shown with its description, its four axes, its rule and whom to cite."""
    shown = record("show", "policy", name)

    assert list(shown) == ["name", "description", "citation", "notation", "axes", "rule"]
    assert isinstance(shown["axes"], Mapping)
    assert list(shown["axes"]) == ["order", "placement", "admission", "granularity"]
    page = " ".join(printed("show", "policy", name).split())
    for key in ("name", "description", "citation", "rule"):
        assert " ".join(str(shown[key]).split()) in page


def test_show_policy_takes_a_notation() -> None:
    """A point of the four axes has all four of them, also those that were left out."""
    shown = record("show", "policy", "rm/affinity")

    assert shown["notation"] == "rm/affinity/keep/whole"
    assert "shortest period" in str(shown["rule"])


def test_every_value_of_an_axis_has_words() -> None:
    """No point of the scheduling space is without a rule in words."""
    assert set(ORDERS) == set(Order)
    assert set(PLACEMENTS) == set(Placement)
    assert set(ADMISSIONS) == set(Admission)


@pytest.mark.parametrize("name", scenario_names())
def test_show_scenario_is_a_scenario(name: str) -> None:
    """The scenario in the JSON loads again to an equal one, and nothing was run alone."""
    shown = record("show", "scenario", name)

    assert isinstance(shown["scenario"], Mapping)
    assert load_scenario(shown["scenario"]) == load_scenario(name)
    assert shown["alone"] is None


@pytest.mark.parametrize("name", scenario_names())
def test_show_scenario_tells_everything(name: str) -> None:
    """The page has every stream, stage, model, source and note of the file."""
    scenario = load_scenario(name)
    page = " ".join(printed("show", "scenario", name).split())

    for stream in scenario.streams:
        told = [stream.name, stream.title, stream.source, stream.note]
        told += [text for stage in stream.stages for text in (stage.name, stage.model)]
        for text in filter(None, told):
            assert " ".join(text.split()) in page


def test_show_scenario_gives_deadlines() -> None:
    """An implicit deadline is the period; a first output's is told apart from a job's."""
    deadlines = record("show", "scenario", "game-npc")["deadlines"]

    assert deadlines == {
        "render": [{"stage": None, "first_output": False, "deadline_ms": 100 / 3}],
        "upscale": [{"stage": None, "first_output": False, "deadline_ms": 1000 / 60}],
        "npc-dialogue": [
            {"stage": "speak", "first_output": True, "deadline_ms": 800.0},
            {"stage": "animate", "first_output": True, "deadline_ms": 900.0},
        ],
    }


def test_show_scenario_on_a_profile_judges_each_target() -> None:
    """With --profile, each deadline and LLM target says whether an idle chip can meet it."""
    alone = record("show", "scenario", "game-npc", "--profile", PROFILE)["alone"]
    assert isinstance(alone, list)

    assert {(each["stage"], each["kind"]) for each in alone} == {
        ("render", "deadline"),
        ("upscale", "deadline"),
        ("think", "TTFT"),
        ("think", "TPOT"),
        ("speak", "first output"),
        ("animate", "first output"),
    }
    assert all(each["feasible"] == (each["best_ms"] <= each["limit_ms"]) for each in alone)


@pytest.mark.parametrize("kind", ["profile", "scenario"])
def test_schema_is_a_json_schema(kind: str) -> None:
    """The schema names its dialect and the keys of the file."""
    schema = json.loads(printed("schema", kind))

    assert schema["$schema"].startswith("https://json-schema.org/")
    assert {"format", "name"} <= set(schema["properties"])


def test_validate_says_ok() -> None:
    """A good profile and a good scenario are told apart by content."""
    names = (f"profiles/{PROFILE}.toml", "scenarios/video-call.toml")
    files = [str(REPOSITORY / name) for name in names]

    assert printed("validate", *files).splitlines() == [
        f"{files[0]}: ok, profile {PROFILE}",
        f"{files[1]}: ok, scenario video-call",
    ]
    assert record("validate", files[1]) == {
        "files": [{"file": files[1], "ok": True, "kind": "scenario", "name": "video-call"}]
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("show", "profile", PROFILE),
        ("show", "profile", PROFILE, "--model", "llama-3.2-1b"),
        ("show", "scenario", "video-call"),
        ("show", "scenario", "game-npc", "--profile", PROFILE),
        ("show", "policy", "hybrid"),
    ],
)
def test_pages_fit_a_narrow_terminal(arguments: tuple[str, ...]) -> None:
    """In a pipe, no line but one with a URL is wider than 80 columns."""
    assert widest(printed(*arguments)) <= 80
