"""Many runs: the same records on any executor, and no process left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from fractions import Fraction

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.simulation import simulate
from emulator.sweep import Case, RunRecord, closed_loop_streams, run_all, worker_processes

PROFILE = load_profile(
    {
        "backends": ["npu", "cpu"],
        "models": {
            "blur": {
                "npu": {"latency_ms": 8, "noise": "exponential"},
                "cpu": {"latency_ms": 12, "noise": "exponential"},
            },
            "chat": {"npu": {"prefill_ms": {"base": 5, "per_token": 0.25}, "decode_ms": 8}},
        },
    }
)
FRAMES = {"name": "frames", "model": "blur", "rate_hz": 50}
PHOTOS = {"name": "photos", "model": "blur", "rate_hz": 40, "jitter_ms": 3}
CHAT = {
    "name": "chat",
    "model": "chat",
    "arrival": {"process": "closed-loop", "think_s": "1/5"},
    "prompt_tokens": [20, 40, 80],
    "output_tokens": 12,
    "deadline_ms": 150,
}
OPEN = load_scenario({"streams": [FRAMES, PHOTOS]})
MIXED = load_scenario({"streams": [FRAMES, PHOTOS, CHAT]})

CASES = [
    Case(PROFILE, scenario, policy, seed, Fraction(1))
    for scenario in (OPEN, MIXED)
    for policy in ("fcfs", "edf")
    for seed in (0, 1)
]

INTERRUPTED_SWEEP = """
import sys
from tests.emulator.test_sweep import CASES
from emulator.sweep import run_all, worker_processes
from rtgen_tui.exits import exit_code_of

def sweep():
    with worker_processes(2) as executor:
        for record in run_all(CASES * 1000, executor):
            print("a record", flush=True)

if __name__ == "__main__":
    sys.exit(exit_code_of(sweep))
"""


def identity(records: Iterator[RunRecord]) -> list[tuple[str, int, str]]:
    """What a list of records says, in order."""
    return [(each.case.policy, each.case.seed, repr(each.summary.to_dict())) for each in records]


def test_records_are_those_of_the_runs() -> None:
    """Each record holds the summary that the same run has by itself, in the order of the cases."""
    for case, record in zip(CASES, run_all(CASES), strict=True):
        alone = simulate(PROFILE, case.scenario, case.policy, duration_s=1, seed=case.seed)
        assert record.case is case
        assert record.summary == alone.summary


def test_records_do_not_depend_on_the_executor() -> None:
    """No executor, two threads and two processes give the same records in the same order."""
    expected = identity(run_all(CASES))
    with ThreadPoolExecutor(2) as threads:
        assert identity(run_all(CASES, threads)) == expected
    with worker_processes(2) as processes:
        assert isinstance(processes, Executor)
        assert identity(run_all(CASES, processes)) == expected


def test_a_count_of_one_needs_no_process() -> None:
    """One worker is this process."""
    with worker_processes(1) as executor:
        assert executor is None


def test_no_process_is_left_behind() -> None:
    """Whether a block ends by itself or by an exception, its workers are gone after it."""
    before = set(multiprocessing.active_children())

    def begin(*, fails: bool) -> None:
        with worker_processes(2) as executor:
            next(run_all(CASES, executor))
            assert set(multiprocessing.active_children()) > before
            if fails:
                raise RuntimeError

    begin(fails=False)
    assert set(multiprocessing.active_children()) <= before
    with pytest.raises(RuntimeError):
        begin(fails=True)
    assert set(multiprocessing.active_children()) <= before


def test_interrupt_ends_all_processes_without_a_traceback() -> None:
    """Ctrl-C, which a terminal sends to every process, ends in exit code 130 and one word."""
    sweep = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED_SWEEP],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    assert sweep.stdout is not None
    assert sweep.stdout.readline() == "a record\n"
    os.killpg(sweep.pid, signal.SIGINT)
    _, words = sweep.communicate()

    assert words == "interrupted\n"
    assert sweep.returncode == 130


def test_closed_loop_streams_are_named() -> None:
    """Only streams whose releases wait for the job before them are closed loops."""
    assert closed_loop_streams(OPEN) == ()
    assert closed_loop_streams(MIXED) == ("chat",)


def test_figures_without_closed_loop_streams() -> None:
    """They count the other streams only, but all work of the backends."""
    for record in run_all(CASES):
        if record.case.scenario is OPEN:
            assert record.open_loop is record.summary
            continue
        streams = record.summary.streams
        missed = streams["frames"].missed + streams["photos"].missed
        known = streams["frames"].known + streams["photos"].known
        assert record.open_loop.streams == {name: streams[name] for name in ("frames", "photos")}
        assert record.open_loop.overall.violation_rate == missed / known
        assert record.open_loop.overall.ttft_p50_ms is None
        assert record.summary.overall.ttft_p50_ms is not None
        assert record.open_loop.utilization == record.summary.utilization
