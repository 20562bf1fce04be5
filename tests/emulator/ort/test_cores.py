"""Which CPU workers keep a core."""

import os
import threading

import pytest

from emulator.ort.cores import keep_to, own_cores
from emulator.ort.runnable import BackendBinding

LINUX = pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="only Linux binds threads")
CPU0, CPU1 = BackendBinding("cpu0"), BackendBinding("cpu1")
NPU = BackendBinding("npu", kind="npu")


@pytest.mark.parametrize(
    ("bindings", "kept"),
    [
        ([CPU0, CPU1], {"cpu0": 4, "cpu1": 6}),
        ([CPU0, NPU, CPU1], {"cpu0": 4, "cpu1": 6}),
        ([CPU0], {}),
        ([CPU0, NPU], {}),
        ([CPU0, CPU1, BackendBinding("cpu2")], {}),
        ([CPU0, BackendBinding("cpu1", threads=2)], {}),
    ],
)
def test_as_many_workers_as_cores_have_one_each(
    monkeypatch: pytest.MonkeyPatch, bindings: list[BackendBinding], kept: dict[str, int]
) -> None:
    """Of one thread, on the CPU; with a core to spare, or one too few, the system chooses."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {6, 4}, raising=False)
    assert own_cores(bindings) == kept


def test_a_system_that_binds_no_threads_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS and Windows."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert own_cores([CPU0, CPU1]) == {}


@LINUX
def test_only_the_calling_thread_is_bound() -> None:
    """Others, and the rest of the program, keep all cores."""
    cores = os.sched_getaffinity(0)
    found: list[set[int]] = []

    def work() -> None:
        keep_to(min(cores))
        found.append(os.sched_getaffinity(0))
        keep_to(10**6)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [{min(cores)}]
    assert os.sched_getaffinity(0) == cores
