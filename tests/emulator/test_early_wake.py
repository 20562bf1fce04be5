"""Short turns for the core, where the system has them."""

import ctypes
import os
import subprocess
import sys

import pytest

from emulator.early_wake import SLICE_NS, wake_early

ASK = f"""
import ctypes, os
from emulator.early_wake import _ATTRIBUTES, wake_early
os.nice(3)
assert wake_early()
found = ctypes.create_string_buffer(_ATTRIBUTES.size)
assert ctypes.CDLL(None).syscall(315, 0, found, _ATTRIBUTES.size, 0) == 0
_, policy, _, nice, _, turn_ns, *_ = _ATTRIBUTES.unpack(found.raw)
assert (policy, nice) == (os.SCHED_OTHER, 3), (policy, nice)
assert turn_ns in (0, {SLICE_NS}), turn_ns
"""


@pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine != "x86_64", reason="only Linux can be asked"
)
def test_the_system_takes_the_wish() -> None:
    """The turn is short where the kernel has turns to ask for, and nothing else is changed."""
    subprocess.run([sys.executable, "-c", ASK], check=True)


def test_another_system_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is called where there is no such call."""
    monkeypatch.setattr(sys, "platform", "win32")
    assert not wake_early()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be asked")
def test_a_better_place_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real-time priority that somebody gave the core is not taken away."""
    monkeypatch.setattr(os, "sched_getscheduler", lambda _: os.SCHED_FIFO)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("nothing is asked"))
    assert not wake_early()
