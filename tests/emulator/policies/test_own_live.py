"""Policies of one's own in a run that is watched: reloading, slowness, failures that are told."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.commands import FailPolicy
from emulator.drivers import PacedDriver
from emulator.policies import find_policy
from emulator.protocol import Message
from emulator.serving.policy_care import LOOK_NS
from emulator.session import SessionReader
from emulator.session.verify import verify
from tests.emulator.desk import Desk
from tests.emulator.paced_fakes import S
from tests.emulator.policies.hostile import (
    FAILING,
    PROFILE,
    SCENARIO,
    be_impatient_with_loops,
    named,
)

GOOD = """
from emulator.policies.keyed import KeyedPolicy

class Mine(KeyedPolicy):
    description = "{words}"

    def priority(self, ready):
        return {priority}
"""


class Bench:
    """A core on a clock moved by hand that runs a file, which can be saved again."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mine.py"
        self.name = f"{self.path}:Mine"
        self.desk = Desk(real=True)
        self.reached_ns = 0
        self._saved = 0

    def save(self, source: str) -> None:
        """Writes the file; each time at another instant, however coarse its clock."""
        self.path.write_text(source, encoding="utf-8")
        self._saved += 1
        os.utime(self.path, ns=(self._saved * S, self._saved * S))

    def good(self, words: str, priority: str = "ready.release_ns") -> None:
        """Saves a policy that works."""
        self.save(GOOD.format(words=words, priority=priority))

    def start(self, **more: object) -> None:
        """Starts the run under it."""
        start: Message = {"t": "start", "profile": PROFILE, "scenario": SCENARIO, **more}
        self.desk.say({"policy": self.name, **start})

    def pass_time(self, span_ns: int = 4 * LOOK_NS) -> None:
        """Lets wall time pass."""
        self.reached_ns += span_ns
        self.desk.run_to(self.reached_ns)

    @property
    def policy(self) -> str:
        """Name of the active policy."""
        return self.desk.snapshots[-1].policy

    @property
    def warnings(self) -> list[str]:
        """What the user was told, without what a machine busy with other tests is slow at."""
        told = [str(each["message"]) for each in self.desk.sent if each["t"] == "warning"]
        return [each for each in told if " is slow: " not in each]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A core that runs a policy which works."""
    bench = Bench(tmp_path)
    bench.good("first")
    yield bench
    bench.desk.core.close("done")


def test_a_saved_file_takes_over_as_a_swap(bench: Bench) -> None:
    """The snapshot has the new version, and nothing is told but the swap."""
    bench.start()
    bench.pass_time()
    first = bench.policy
    bench.good("second")
    bench.pass_time()

    assert bench.policy == find_policy(bench.name).name != first
    assert [each.swaps for each in bench.desk.snapshots[-1].policies if each.active] == [1]
    assert bench.warnings == []
    assert bench.desk.errors == []


@pytest.mark.parametrize("broken", ["class Mine(", "raise ValueError('half done')", ""])
def test_a_file_that_no_longer_loads_keeps_the_old_one_running(bench: Bench, broken: str) -> None:
    """It is told once, and the next good version takes over."""
    bench.start()
    bench.pass_time()
    first = bench.policy
    bench.save(broken)
    bench.pass_time(10 * LOOK_NS)

    assert bench.policy == first
    (warning,) = bench.warnings
    assert str(bench.path) in warning
    assert warning.endswith(f"{first} goes on")
    bench.good("mended")
    bench.pass_time()
    assert bench.policy == find_policy(bench.name).name != first


def test_a_file_that_is_gone_keeps_the_old_one_running(bench: Bench) -> None:
    """Editors take a file away for a moment when they save it."""
    bench.start()
    bench.pass_time()
    bench.path.unlink()
    bench.pass_time()

    assert bench.policy.startswith(bench.name)
    assert bench.warnings == []


def test_a_policy_that_failed_comes_back_mended(bench: Bench) -> None:
    """The run goes on under fcfs until the file is saved again."""
    bench.good("bad", priority="1 // 0")
    bench.start()
    bench.pass_time()
    assert bench.policy == "fcfs"
    lines = [line.text for line in bench.desk.snapshots[-1].log if line.kind == "error"]
    assert "ZeroDivisionError" in lines[0]
    assert f"{bench.path}, line 8, in priority" in lines[0]

    bench.good("mended")
    bench.pass_time()
    assert bench.policy.startswith(bench.name)


def test_a_policy_that_was_left_is_not_reloaded(bench: Bench) -> None:
    """Who swapped to another policy stays there."""
    bench.start()
    bench.pass_time()
    bench.desk.say({"t": "swap", "policy": "edf"})
    bench.good("second")
    bench.pass_time()

    assert bench.policy == "edf"
    assert not bench.desk.core.runs_own_policy


def test_swapping_takes_what_lies_there_now(bench: Bench) -> None:
    """The name without a version is that of the newest."""
    bench.start(policy="edf")
    bench.desk.say({"t": "swap", "policy": bench.name})
    bench.pass_time()

    assert bench.policy == find_policy(bench.name).name
    assert bench.desk.core.runs_own_policy


def test_a_recording_is_verified_with_the_same_source_only(bench: Bench, tmp_path: Path) -> None:
    """Through a reload and a failure; with another source the sentence says so."""
    path = tmp_path / "run.rtgen"
    bench.start(paused=True)
    bench.desk.say({"t": "record", "path": str(path)}, {"t": "resume"})
    bench.pass_time()
    bench.good("bad", priority="1 // 0")
    bench.pass_time()
    bench.desk.core.close("done")
    with SessionReader(path, scan=True) as reader:
        done = verify(reader)
        assert reader.header.policy.startswith(f"{bench.name}@")

    assert done.difference is None
    assert done.commands == 2


def test_a_session_cannot_name_a_file_without_its_version(bench: Bench) -> None:
    """A session from elsewhere does not choose what code is run."""
    from emulator.session.errors import DamageError
    from emulator.session.run_inputs import check_version

    with pytest.raises(DamageError, match="without its version"):
        check_version(bench.name)
    check_version(find_policy(bench.name).name)
    check_version("edf/first-idle")


# --- hostile files: the screen's core goes on -----------------------------------------------------


@pytest.mark.parametrize("file", sorted(FAILING))
def test_the_run_goes_on_and_the_log_says_what_happened(
    bench: Bench, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under fcfs, in the same core, with the reason in an error line."""
    be_impatient_with_loops(file, monkeypatch)
    bench.start(policy=named(file))
    bench.pass_time(6 * LOOK_NS)
    last = bench.desk.snapshots[-1]
    errors = [line.text for line in last.log if line.kind == "error"]

    assert (last.policy, last.state) == ("fcfs", "running")
    assert last.known > 100
    assert len(errors) == 1
    assert FAILING[file] in errors[0]


def test_a_file_that_raises_when_it_is_loaded_changes_nothing(bench: Bench) -> None:
    """The swap is refused with a sentence, and the policy before goes on."""
    bench.start(policy="edf")
    bench.desk.say({"t": "swap", "policy": named("raise_at_import")})
    bench.pass_time()
    (error,) = bench.desk.errors

    assert "no license for this machine" in error
    assert bench.policy == "edf"


def test_a_policy_that_is_failed_from_outside_can_be_verified(bench: Bench, tmp_path: Path) -> None:
    """The verdict of the wall clock stands in the journal, so the run can be made again."""
    path = tmp_path / "run.rtgen"
    bench.start(paused=True)
    bench.desk.say({"t": "record", "path": str(path)}, {"t": "resume"})
    bench.pass_time()
    run: Any = bench.desk.core._run
    driver: PacedDriver = run._emulation.driver
    driver.apply(FailPolicy("too slow", 0))
    bench.pass_time()
    assert bench.policy == "fcfs"
    bench.desk.core.close("done")
    with SessionReader(path, scan=True) as reader:
        assert verify(reader).difference is None


def test_a_swap_forgets_a_failure_that_waits(bench: Bench) -> None:
    """It was meant for the policy before."""
    bench.start(policy="fcfs", paused=True)
    run: Any = bench.desk.core._run
    run._emulation.fail_policy("too slow")
    bench.desk.say({"t": "swap", "policy": "edf"}, {"t": "resume"})
    bench.pass_time()

    assert bench.policy == "edf"
