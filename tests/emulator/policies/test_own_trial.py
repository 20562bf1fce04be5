"""A policy is loaded elsewhere before the core does it."""

import queue
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from emulator.errors import PolicyError
from emulator.how_ended import how_ended
from emulator.policies import find_policy
from emulator.policies.trial import Trial
from emulator.protocol import Message
from emulator.serving.clock import ManualClock
from emulator.serving.emulation import Emulation
from emulator.serving.policy_care import LOOK_NS, PolicyCare
from emulator.serving.trial_inbox import TrialInbox
from tests.emulator.policies.hostile import named


class FakeTrial:
    """One whose outcome the test decides."""

    problem: str | None = None


class Waiting:
    """An inbox with messages."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)

    def get_nowait(self) -> Message:
        """The next one."""
        if not self._messages:
            raise queue.Empty
        return self._messages.pop(0)


def tried(name: str) -> str | None:
    """The outcome of a real trial."""
    done = threading.Event()
    trial = Trial(name, done.set)
    assert done.wait(30)
    return trial.problem


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import os\nos._exit(5)", "loading it ended a process (exit code 5)"),
        ("raise ValueError('no')", "the file does not load: ValueError: no (line 1)"),
        ("import os\nos.kill(os.getpid(), 9)", "(by signal SIGKILL, perhaps for want of memory)"),
    ],
    ids=["exit", "raise", "kill"],
)
def test_what_a_file_does_when_it_is_loaded_is_found_out(
    source: str, problem: str, tmp_path: Path
) -> None:
    """One sentence that names the policy; this process does not notice."""
    path = tmp_path / "mine.py"
    path.write_text(source, encoding="utf-8")
    said = tried(f"{path}:Policy")

    assert said is not None
    assert said.startswith(f"policy {path}:Policy: ")
    assert problem in said


def test_one_that_loads_has_no_problem() -> None:
    """Whatever it does later."""
    assert tried(named("exit_process")) == ""


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit code 3"), (-11, "by signal SIGSEGV"), (-999, "by signal 999")]
)
def test_ends_are_told_in_words(code: int, words: str) -> None:
    """Also of signals that have no name."""
    assert how_ended(code) == words


@pytest.fixture
def swap(tmp_path: Path) -> Message:
    """To a policy that nobody has loaded yet."""
    path = tmp_path / "new.py"
    path.write_text("class Policy:\n    def decide(self, *_):\n        return []\n", "utf-8")
    return {"t": "swap", "policy": f"{path}:Policy"}


def test_a_message_waits_for_its_trial_and_nothing_overtakes_it(swap: Message) -> None:
    """Then it comes; one without a policy of somebody's own comes at once."""
    trial = FakeTrial()
    first: Message = {"t": "swap", "policy": "edf"}
    last: Message = {"t": "pause"}
    inbox = TrialInbox(Waiting(first, swap, last), lambda _: cast("Trial", trial))

    assert inbox.get_nowait() is first
    for _ in range(2):
        with pytest.raises(queue.Empty):
            inbox.get_nowait()
    trial.problem = ""
    assert inbox.get_nowait() is swap
    assert inbox.get_nowait() is last


def test_a_message_whose_policy_does_not_load_is_refused(swap: Message) -> None:
    """And the next one comes."""
    trial = FakeTrial()
    inbox = TrialInbox(Waiting(swap, {"t": "pause"}), lambda _: cast("Trial", trial))
    with pytest.raises(queue.Empty):
        inbox.get_nowait()
    trial.problem = "it ended a process"

    with pytest.raises(PolicyError, match="it ended a process"):
        inbox.get_nowait()
    assert inbox.get_nowait() == {"t": "pause"}


def test_a_version_that_is_loaded_needs_no_trial(swap: Message) -> None:
    """To swap back costs nothing."""

    def no_trial(_: str) -> Trial:
        raise AssertionError

    find_policy(str(swap["policy"]))

    assert TrialInbox(Waiting(swap), no_trial).get_nowait() is swap


class Swapped:
    """An emulation that remembers what it was swapped to."""

    def __init__(self, policy: str) -> None:
        self.policy = policy
        self.commands: list[object] = []
        self.apply: Callable[[object], None] = self.commands.append


@pytest.mark.parametrize("problem", ["", "policy x: loading it ended a process"])
def test_a_saved_version_takes_over_once_it_loads_elsewhere(problem: str, tmp_path: Path) -> None:
    """Otherwise the one before goes on, and that is said."""
    path = tmp_path / "hot.py"
    source = "class Policy:\n    def decide(self, *_):\n        return []\n"
    path.write_text(source, "utf-8")
    name = find_policy(f"{path}:Policy").name
    trial, clock, emulation = FakeTrial(), ManualClock(), Swapped(name)
    asked: list[str] = []

    def try_out(plain: str) -> Trial:
        asked.append(plain)
        return cast("Trial", trial)

    care = PolicyCare(cast("Emulation", emulation), clock, name, try_out)

    def look() -> None:
        clock.move_to(clock.now_ns() + LOOK_NS)
        care.tend()

    path.write_text(source + "\n# mended\n", "utf-8")
    for _ in range(3):
        look()
    assert asked == [f"{path}:Policy"]
    assert not emulation.commands
    trial.problem = problem
    look()

    warnings = [each["message"] for each in care.frames()]
    assert warnings == ([f"{problem}; {name} goes on"] if problem else [])
    assert len(emulation.commands) == (0 if problem else 1)
