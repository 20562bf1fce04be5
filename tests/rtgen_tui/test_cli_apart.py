"""A policy that ends its process: the command lives on, and says what happened."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from rtgen_tui import exits
from rtgen_tui.cli import app
from tests.emulator.policies.hostile import named

LEAVES: Final = """
import os
from emulator.policies.example import MyPolicy


class Leaves(MyPolicy):
    def decide(self, now_ns, ready, backends):
        if now_ns >= 300_000_000:
            os._exit(3)
        return super().decide(now_ns, ready, backends)


class AtOnce(MyPolicy):
    def __init__(self):
        os._exit(4)
"""

LOUD: Final = """
import os
from emulator.policies.example import MyPolicy


class Loud(MyPolicy):
    def __init__(self):
        os.system("echo by a child")
        os.write(1, b"by descriptor")
"""

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Exit code, and what the command and its process printed."""

    def called(*arguments: str) -> tuple[int, str, str]:
        here = CliRunner().invoke(app, arguments)
        out, err = capfd.readouterr()
        return here.exit_code, here.stdout + out, here.stderr + err

    return called


@pytest.fixture
def leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file whose policies end their process: after 0.3 s, or when they are made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leaves.py").write_text(LEAVES, encoding="utf-8")
    return "./leaves.py"


def test_the_run_goes_on_and_is_recorded_whole(call: Call, leaves: str) -> None:
    """From the instant at which the process ended, under the fallback; verify makes it again."""
    code, out, err = call(
        *("run", "video-call", "--policy", f"{leaves}:Leaves", "--duration", "1s"),
        *("--record", "a.rtgen", "--json"),
    )
    before = call("run", "video-call", "--duration", "1s", "--json", "--policy", "edf")[1]

    assert code == exits.OK
    assert json.loads(out)["streams"].keys() == json.loads(before)["streams"].keys()
    assert "failed at 0.3" in err
    assert "it ended the process (exit code 3)" in err
    assert "the run went on under fcfs" in err
    assert CliRunner().invoke(app, ["session", "verify", "a.rtgen"]).stdout.startswith("equal: ")


def test_one_that_cannot_even_be_made_is_a_wrong_policy(call: Call, leaves: str) -> None:
    """There is nothing that could go on."""
    code, out, err = call("run", "video-call", "--policy", f"{leaves}:AtOnce", "--headless")

    assert (code, out) == (exits.USER_ERROR, "")
    assert "AtOnce: loading it ended the process (exit code 4)" in err


@pytest.mark.parametrize(
    "command",
    [
        "check-policy {}",
        "compare video-call --duration 1s --seeds 2 --jobs 1 --policies fcfs,{}",
        "compare video-call --duration 1s --seeds 2 --jobs 2 --policies fcfs,{}",
        "regret video-call --policies {}",
    ],
)
def test_other_commands_say_which_policy_it_was(call: Call, command: str) -> None:
    """Instead of ending without a word, or blaming the memory alone."""
    policy = named("exit_process")
    code, _, err = call(*command.format(policy).split())

    assert code == exits.FAILED
    assert f"policy {policy} ended" in err


def test_what_is_written_past_python_does_not_break_the_json(call: Call, tmp_path: Path) -> None:
    """Not even by programs that the policy starts."""
    path = tmp_path / "loud.py"
    path.write_text(LOUD, encoding="utf-8")
    code, out, err = call("run", "video-call", "--policy", f"{path}:Loud", "--json")

    assert (code, json.loads(out)["scenario"]) == (exits.OK, "video-call")
    assert "by a child" in err
    assert "by descriptor" in err


def test_what_a_process_says_of_a_mistake_is_said_once(call: Call, leaves: str) -> None:
    """Its exit code is that of the command."""
    code, out, err = call("run", "video-call", "--headless", "--policy", f"{leaves}:NoSuchClass")

    assert (code, out) == (exits.USER_ERROR, "")
    assert err.count("error: ") == 1
    assert "unknown class 'NoSuchClass'" in err
