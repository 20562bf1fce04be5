"""Policies from files and packages: names, versions, loading, and what goes wrong."""

import re
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import PolicyError
from emulator.policies import find_policy, installed
from emulator.policies.own_name import (
    digest_of,
    is_own,
    own_name,
    versioned,
    without_version,
)
from emulator.sweep import Case, run_one
from rtgen_tui.commands.new_policy import example
from tests.emulator.policies.hostile import PROFILE, SCENARIO, case, named

FILE = """
from emulator.policies.keyed import KeyedPolicy

class Mine(KeyedPolicy):
    description = "says {words}"

    def priority(self, ready):
        return ready.release_ns

class NoPolicy:
    pass
"""
Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the file; the name of its policy."""

    def write(words: str) -> str:
        (tmp_path / "mine.py").write_text(FILE.format(words=words), encoding="utf-8")
        return f"{tmp_path / 'mine.py'}:Mine"

    return write


@pytest.mark.parametrize(
    ("name", "is_file", "path", "attribute"),
    [
        ("./mine.py:Mine", True, "./mine.py", "Mine"),
        ("C:\\mine.py:Mine", True, "C:\\mine.py", "Mine"),
        ("C:\\mine.py", True, "C:\\mine.py", ""),
        ("edf/earliest-finish", False, "edf/earliest-finish", ""),
        ("their-policy", False, "their-policy", ""),
    ],
)
def test_parts_of_a_name(name: str, is_file: bool, path: str, attribute: str) -> None:
    """A file is known by its suffix, a drive is no class."""
    parts = own_name(name)

    assert (parts.is_file, parts.path, parts.attribute) == (is_file, path, attribute)


@given(st.text(min_size=1).filter(lambda name: not own_name(name).digest), st.binary())
def test_a_version_is_taken_off_again(name: str, source: bytes) -> None:
    """Whatever the name was."""
    full = versioned(name, source)

    assert is_own(full)
    assert without_version(full) == name
    assert own_name(full).digest == digest_of(source)


def test_the_name_has_the_version_of_the_source(write: Write) -> None:
    """The first digits of the SHA-256 of the file, so that another content has another name."""
    first = find_policy(write("one"))
    second = find_policy(write("two"))

    assert re.fullmatch(r".*mine\.py:Mine@[0-9a-f]{12}", first.name)
    assert own_name(first.name).digest == digest_of(FILE.format(words="one").encode())
    assert first.name != second.name
    assert (first.description, second.description) == ("says one", "says two")


def test_a_version_that_was_loaded_stays(write: Write) -> None:
    """A run goes on, and can go back to it, while the file is edited or gone."""
    name = write("one")
    first = find_policy(name)
    write("broken = (")

    assert find_policy(first.name) is first


def test_another_version_is_refused(write: Write) -> None:
    """The sentence says which version there is, and which was asked for."""
    name = write("three")
    there, wanted = find_policy(name).name, versioned(name, b"something else")

    with pytest.raises(PolicyError, match="the file has changed") as refused:
        find_policy(wanted)

    assert own_name(there).digest in str(refused.value)
    assert own_name(wanted).digest in str(refused.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.py:Mine", "there is no such file"),
        (".py:Mine", "there is no such file"),
        ("mine.py", r"which class of the file\? .*mine\.py:Mine"),
        ("mine.py:Mina", "unknown class 'Mina', did you mean 'Mine'"),
        ("mine.py:NoPolicy", "an object with a method decide"),
        ("mine.py:__doc__", "unknown class|is no class"),
        ("their-policy@0123456789ab", "no package that is installed here"),
    ],
)
def test_what_is_no_policy_gets_a_sentence(
    name: str, words: str, write: Write, tmp_path: Path
) -> None:
    """With the name of the file, and the class that was meant."""
    write("one")
    full = str(tmp_path / name) if ".py" in name else name

    with pytest.raises(PolicyError, match=words):
        find_policy(full)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"class Mine(", "does not load: SyntaxError"),
        (b"\xff\xfe\x00", "does not load: (SyntaxError|ValueError)"),
        (b"import sys\n\nsys.exit(3)", r"SystemExit.*\(line 3\)"),
        (b"import no_such_module_here", "ModuleNotFoundError"),
        (b"", "unknown class 'Mine'"),
        (b"class Mine:\n  decide = 3\n  chunk = -1", "chunk of at least 0"),
        (b"class Mine:\n  def __init__(self): 1 / 0\n  decide = None", "ZeroDivisionError"),
    ],
)
def test_a_file_that_does_not_load_gets_a_sentence(
    source: bytes, words: str, tmp_path: Path
) -> None:
    """Whatever it does."""
    path = tmp_path / "mine.py"
    path.write_bytes(source)

    with pytest.raises(PolicyError, match=words):
        find_policy(f"{path}:Mine")


def test_print_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output may be JSON for another program."""
    (tmp_path / "loud.py").write_text("print('hello')\nprint('you', end='!')\nclass A: decide = 0")
    find_policy(f"{tmp_path / 'loud.py'}:A")
    printed = capsys.readouterr()

    assert (printed.out, printed.err) == ("", "hello\nyou!")


def test_the_example_runs_as_it_stands(tmp_path: Path) -> None:
    """Both of its policies end every job without a failure."""
    path = tmp_path / "mine.py"
    path.write_text(example(), encoding="utf-8")
    for each in ("MyPolicy", "MyKeyedPolicy"):
        kinds = {event[0] for event in case(f"{path}:{each}").journal()}
        assert "policy-failed" not in kinds
        assert "completed" in kinds


def test_each_run_gets_an_object_of_its_own(tmp_path: Path) -> None:
    """What a policy remembers does not reach the next run."""
    path = tmp_path / "counting.py"
    path.write_text(
        "from emulator.policies import Run\n"
        "class Counting:\n"
        "    calls = None\n"
        "    def __init__(self): self.calls = 0\n"
        "    def decide(self, now_ns, ready, backends):\n"
        "        self.calls += 1\n"
        "        idle = [each.index for each in backends if each.idle]\n"
        "        able = [each for each in ready if idle[-1] in each.backends]\n"
        "        return [Run(able[self.calls % len(able)], idle[-1])] if able else []\n"
    )
    run = case(f"{path}:Counting")

    assert run.journal() == run.journal()


def test_a_study_refuses_figures_of_a_policy_that_failed() -> None:
    """They would be those of fcfs."""
    from emulator.catalog import load_profile, load_scenario

    study = Case(load_profile(PROFILE), load_scenario(SCENARIO), named("unknown_backend"))

    with pytest.raises(PolicyError, match=r"unknown_backend.*failed: it started a slice"):
        run_one(study)


def test_policies_of_packages_are_listed_without_loading_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their code is run when one is asked for."""
    points = [
        EntryPoint("theirs", "emulator.policies.example:MyPolicy", installed.GROUP),
        EntryPoint("broken", "no_such_module_here:Policy", installed.GROUP),
    ]
    monkeypatch.setattr(installed, "entry_points", lambda **_: points)

    assert [each.name for each in installed.installed()] == ["broken", "theirs"]
    found = find_policy("theirs")
    assert re.fullmatch(r"theirs@[0-9a-f]{12}", found.name)
    assert find_policy(found.name) is found
    with pytest.raises(PolicyError, match="policy broken of an unknown package does not load"):
        find_policy("broken")
    with pytest.raises(PolicyError, match="has changed since"):
        find_policy("theirs@0123456789ab")


def test_a_group_that_changes_is_the_policys_failure(tmp_path: Path) -> None:
    """What names a queue must stay equal to itself."""
    path = tmp_path / "mine.py"
    path.write_text(
        "from emulator.policies.keyed import KeyedPolicy\n"
        "class Group:\n"
        "    calls = 0\n"
        "    def __hash__(self):\n"
        "        Group.calls += 1\n"
        "        return Group.calls\n"
        "class Mine(KeyedPolicy):\n"
        "    def group(self, ready): return Group()\n"
        "    def priority(self, ready): return 0\n"
    )
    events = case(f"{path}:Mine").journal()

    assert "KeyError" in next(str(event[3]) for event in events if event[0] == "policy-failed")
    assert events[-1][0] == "completed"
