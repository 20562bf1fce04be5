"""Slow policies are told and replaced, and a process that is stuck in one ends."""

from typing import Any, cast

import pytest

from emulator.policies import find_policy
from emulator.policies.own import times_of
from emulator.protocol import Message
from emulator.serve import STUCK_S, _end_when_stuck
from emulator.serving.clock import ManualClock
from emulator.serving.core import Core
from emulator.serving.emulation import Emulation
from emulator.serving.policy_care import BUDGET_NS, LOOK_NS, PATIENCE, PolicyCare
from emulator.snapshot import Pace
from tests.emulator.policies.hostile import named


class FakeEmulation:
    """An emulation whose driver keeps pace or not, and which is told that its policy failed."""

    def __init__(self, policy: str, *, keeps_pace: bool) -> None:
        self.policy = policy
        self.failed: list[str] = []
        self.driver = self
        self._keeps_pace = keeps_pace

    def pace(self) -> Pace:
        """As of now."""
        return Pace(0.0, 0.0, 0.0, 1.0, self._keeps_pace)

    def fail_policy(self, error: str) -> None:
        """Remembers why."""
        self.failed.append(error)


@pytest.mark.parametrize(
    ("took_ns", "decisions", "keeps_pace", "is_slow", "fails"),
    [
        (BUDGET_NS // 2, 90, False, False, False),
        (2 * BUDGET_NS, 45, True, True, False),
        (2 * BUDGET_NS, 10, False, True, False),
        (2 * BUDGET_NS, 45, False, True, True),
    ],
    ids=["fast on a slow host", "slow at ease", "slow but idle", "slow and late"],
)
def test_a_slow_policy_is_told_and_replaced_when_it_is_the_reason(
    took_ns: int, decisions: int, keeps_pace: bool, is_slow: bool, fails: bool
) -> None:
    """Over the budget: a warning. Most of the time, and the run late again and again: a failure."""
    name = find_policy(named("duplicate_run")).name
    clock, emulation = ManualClock(), FakeEmulation(name, keeps_pace=keeps_pace)
    care = PolicyCare(cast("Emulation", emulation), clock, name)
    times = times_of(find_policy(name))
    assert times is not None
    warnings: list[Message] = []
    for look in range(PATIENCE):
        assert not emulation.failed
        for _ in range(decisions):
            times.add(took_ns)
        clock.move_to((look + 1) * LOOK_NS)
        care.tend()
        warnings += care.frames()

    assert len(warnings) == is_slow
    assert [each["message"] for each in warnings] == [
        f"policy {name} is slow: 10.0 ms per decision, more than 5 ms"
    ] * is_slow
    assert (
        emulation.failed
        == ["too slow: 10.0 ms per decision, 90% of the time, and the run could not keep pace"]
        * fails
    )


# --- policies that cannot be interrupted ----------------------------------------------------------


@pytest.mark.parametrize("is_own", [True, False])
def test_the_process_ends_when_an_own_policy_never_comes_back(
    is_own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm is set again and again while one runs, and taken back while none does."""
    calls: list[str] = []

    class Alarm:
        @staticmethod
        def dump_traceback_later(timeout: float, *, exit: bool, file: int) -> None:  # noqa: A002
            calls.append(f"{timeout:g} {exit} {file}")

        @staticmethod
        def cancel_dump_traceback_later() -> None:
            calls.append("none")

    class Loop:
        @staticmethod
        def call_later(delay: float, *_: object) -> None:
            calls.append(f"again in {delay:g}")

    class Asked:
        runs_own_policy = is_own

    monkeypatch.setattr("emulator.serve.faulthandler", Alarm)
    _end_when_stuck(cast("Any", Loop), cast("Core", Asked))

    assert calls == [f"{STUCK_S:g} True 2" if is_own else "none", f"again in {STUCK_S / 10:g}"]
