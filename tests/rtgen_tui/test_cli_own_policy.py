"""`new policy` and `check-policy`, and policies of one's own in the other commands."""

import json
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from emulator.policies import installed
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands.names import complete_policy
from tests.emulator.policies.hostile import named

MINE = "./mine.py:MyPolicy"


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the runner can see what is printed; what a process of its own is for has own tests."""
    monkeypatch.setattr("rtgen_tui.commands.apart.is_foreign", lambda _: False)


def called(*arguments: str) -> Result:
    """The command with these arguments."""
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, written to a folder where the command is called."""
    monkeypatch.chdir(tmp_path)
    assert called("new", "policy", "mine.py").exit_code == 0
    return tmp_path / "mine.py"


def test_the_new_file_names_itself(mine: Path, tmp_path: Path) -> None:
    """What it says to call is what can be called."""
    other = called("new", "policy", str(tmp_path / "other.py"))

    assert f"--policy {tmp_path / 'other.py'}:MyPolicy" in other.stdout
    assert "--policy ./mine.py:MyPolicy" in mine.read_text(encoding="utf-8")
    assert f"{tmp_path / 'other.py'}:MyPolicy" in (tmp_path / "other.py").read_text("utf-8")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("mine.py", "mine.py exists already"),
        ("mine.txt", "a policy is a Python file, such as mine.py"),
        ("no/such/folder.py", "cannot be written"),
        (" ", "expected a name or a path"),
    ],
)
def test_a_file_that_cannot_be_written_gets_a_sentence(file: str, words: str, mine: Path) -> None:
    """And nothing is overwritten."""
    before = mine.read_text(encoding="utf-8")
    refused = called("new", "policy", file)

    assert refused.exit_code == exits.USER_ERROR
    assert words in refused.stderr
    assert mine.read_text(encoding="utf-8") == before


@pytest.mark.usefixtures("mine")
def test_it_runs_and_is_compared() -> None:
    """The record of a run has the version, and workers load the same file."""
    ran = called("run", "video-call", "--policy", MINE, "--duration", "1s", "--json")
    compared = called(
        *("compare", "video-call", "--policies", f"edf,{MINE}", "--seeds", "2"),
        *("--duration", "500ms", "--no-flips", "--jobs", "1", "--json"),
    )

    assert json.loads(ran.stdout)["policy"].startswith(f"{MINE}@")
    assert f"{MINE}@" in compared.stdout


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forgets what was loaded, as another process would not know it."""

    def forget() -> None:
        for name in [name for name in sys.modules if name.startswith("rtgen_tui_policy_")]:
            monkeypatch.delitem(sys.modules, name)

    return forget


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.unlink(), "there is no such file"),
        (lambda path: path.write_text("# another one"), "the file has changed: the SHA-256"),
    ],
    ids=["gone", "changed"],
)
def test_verify_says_that_the_file_is_another(
    mine: Path, forgotten: Callable[[], None], change: Callable[[Path], object], words: str
) -> None:
    """As it was recorded it is equal; else the sentence names the file."""
    called("run", "video-call", "--policy", MINE, "--duration", "500ms", "--record", "a.rtgen")
    forgotten()
    equal = called("session", "verify", "a.rtgen")
    forgotten()
    change(mine)
    different = called("session", "verify", "a.rtgen")

    assert equal.stdout.startswith("equal: ")
    assert different.exit_code == exits.USER_ERROR
    assert f"policy {MINE}: {words}" in different.stderr
    assert called("session", "info", "a.rtgen").exit_code == exits.OK


@pytest.fixture
def few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the random ones; how many a user gets is told on the page of the command."""
    monkeypatch.setattr("emulator.study.policy_check.RANDOM_CASES", 5)


@pytest.mark.usefixtures("mine", "few_cases")
def test_check_policy_says_what_holds() -> None:
    """A row per rule, and exit code 0."""
    checked = called("check-policy", MINE, "--duration", "50ms", "--json")
    record = json.loads(checked.stdout)

    assert checked.exit_code == 0
    assert record["holds"] is True
    assert record["policy"].startswith(f"{MINE}@")
    assert len(record["rules"]) == 6
    assert all(each["holds"] and not each["problems"] for each in record["rules"])


@pytest.mark.parametrize(
    ("file", "broken"),
    [
        ("unknown_backend", "raises nothing, decides what can be"),
        ("raise_at_random", "the same journal each time"),
    ],
)
@pytest.mark.usefixtures("few_cases")
def test_check_policy_says_what_is_broken(file: str, broken: str) -> None:
    """With the places, and exit code 1."""
    checked = called("check-policy", named(file), "--duration", "50ms")

    assert checked.exit_code == exits.FAILED
    assert any(line.startswith(broken) and "broken" in line for line in checked.stdout.splitlines())


def test_a_run_says_that_its_policy_failed() -> None:
    """With what it did wrong, and what the rest was run under."""
    name = named("unknown_backend")
    ran = called("run", "video-call", "--duration", "200ms", "--policy", name, "--json")

    assert json.loads(ran.stdout)
    assert "failed at 0.000 s: it started a slice of blur on backend 99, where" in ran.stderr
    assert "the run went on under fcfs" in ran.stderr


@pytest.mark.parametrize("command", ["run", "compare", "capacity"])
def test_a_file_that_does_not_load_is_one_sentence(command: str) -> None:
    """Whatever the command."""
    name = named("raise_at_import")
    option = ["--policy", name] if command == "run" else ["--policies", f"edf,{name}"]
    refused = called(command, "video-call", *option)

    assert refused.exit_code == exits.USER_ERROR
    assert "no license for this machine" in refused.stderr


def test_policies_of_packages_are_listed_and_completed(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of their entry point, without loading them."""
    point = EntryPoint("tight-edf", "no_such_module_here:TightEdf", installed.GROUP)
    monkeypatch.setattr(installed, "entry_points", lambda **_: [point])
    listed = json.loads(called("list", "policies", "--json").stdout)["policies"]

    assert listed[-1] == {
        "name": "tight-edf",
        "description": "from an unknown package: no_such_module_here:TightEdf",
        "citation": "",
    }
    assert complete_policy("tight") == ["tight-edf"]
