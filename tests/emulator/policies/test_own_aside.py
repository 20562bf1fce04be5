"""What a policy prints, and how long it may take in all."""

import sys
from fractions import Fraction

import pytest

from emulator.policies import find_policy
from emulator.policies.aside import Aside
from emulator.policies.overtime import CallTimes, OvertimeError, TimeLimit
from emulator.policies.own import guard_of, own_policy
from emulator.policies.own_pace import GRACE_NS, watch_pace
from emulator.simulation import simulate
from emulator.study import policy_check
from tests.emulator.policies.hostile import PROFILE, SCENARIO, named


def test_both_streams_go_aside_up_to_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays clean, and a flood is cut with a word about it, once."""
    limit = TimeLimit(CallTimes(), aside=Aside(10))

    def talk() -> None:
        print("1234")  # noqa: T201
        sys.stdout.write("5678")
        sys.stderr.write("x" * 10**6)
        print("more")  # noqa: T201

    limit.run(talk)
    limit.run(talk)
    out, err = capsys.readouterr()

    assert out == ""
    assert err == "1234\n5678x\n(what the policy prints beyond this is not shown)\n"


def test_the_streams_are_given_back_whatever_happens(capsys: pytest.CaptureFixture[str]) -> None:
    """After an error as well, and of a call within a call."""
    aside = Aside()
    outer, inner = (TimeLimit(CallTimes(), aside=aside) for _ in range(2))

    def fail() -> None:
        print("inner")  # noqa: T201
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        outer.run(lambda: inner.run(fail))
    print("after")  # noqa: T201

    assert capsys.readouterr() == ("after\n", "inner\n")


class Idle:
    """Starts nothing."""

    def decide(self, *_: object) -> list[object]:
        """Nothing."""
        return []


def test_check_policy_does_not_wait_for_a_slow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it was slow for long enough it fails at once, and that is not told as chance."""
    monkeypatch.setattr(policy_check, "RANDOM_CASES", 1)
    policy = find_policy(named("mutate_inputs"))
    guarded = guard_of(policy)
    assert guarded is not None
    monkeypatch.setattr(guarded.times, "total_ns", 1000 * policy_check.PATIENCE_NS)
    found = policy_check.check_policy(policy.name, Fraction(1, 100))
    checked = {each.rule: each for each in found}

    problems = checked["raises nothing, decides what can be"].problems
    assert all("too slow to be looked at further" in each for each in problems)
    assert len(problems) > 1
    assert checked["the same journal each time"].holds
    assert not guarded.watchers


def test_a_policy_that_falls_behind_the_run_fails() -> None:
    """Its decisions may take as long as the run, and a grace; then the fallback takes over."""
    policy = own_policy(Idle())
    reached: list[int] = []
    watch_pace(policy, reached.append)
    guarded = guard_of(policy)
    assert guarded is not None
    guarded.times.total_ns = GRACE_NS
    guarded.tell(1_000_000_000)
    guarded.times.total_ns = GRACE_NS + 1_000_000_001
    with pytest.raises(OvertimeError, match=r"too slow: 0 decisions took 11\.0 s, .* at 1\.0 s"):
        guarded.tell(1_000_000_000)
    run = simulate(PROFILE, SCENARIO, policy, duration_s=0.1)  # type: ignore[arg-type]

    assert reached[:2] == [10**9, 10**9]
    assert [event[3] for event in run.journal or () if event[0] == "policy-failed"]
