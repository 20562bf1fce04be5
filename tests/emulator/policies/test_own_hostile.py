"""Ten files that misbehave: the run goes on, the journal says why, and no job is lost."""

from collections.abc import Sequence

import pytest

from emulator.errors import PolicyError
from emulator.journal import POLICY, POLICY_FAILED, Event
from emulator.policies import find_policy
from emulator.policies.own import times_of
from emulator.policies.trace import MAX_TEXT
from tests.emulator.audit import audited
from tests.emulator.policies.hostile import FAILING, FOLDER, be_impatient_with_loops, case, named
from tests.emulator.strategies import MS


def failures(events: Sequence[Event]) -> list[Event]:
    """The events that say that a policy failed."""
    return [event for event in events if event[0] == POLICY_FAILED]


@pytest.mark.parametrize("file", FAILING)
def test_a_policy_that_fails_is_replaced_and_no_job_is_lost(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal names the version and the reason, and fcfs follows at that instant."""
    be_impatient_with_loops(file, monkeypatch)
    name = find_policy(named(file)).name
    run = case(name, duration_ms=2000)
    events = run.journal()
    (failed,) = failures(events)

    assert failed[2] == name
    assert FAILING[file] in str(failed[3])
    assert len(str(failed[3])) <= MAX_TEXT
    assert (POLICY, failed[1], name, "fcfs") in events
    audited(run, events)


@pytest.mark.parametrize(
    ("file", "place"),
    [("raise_at_random", "raise_at_random.py, line "), ("infinite_loop", "turns += 1")],
)
def test_the_failure_has_its_own_traceback(
    file: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """File, line and source of the author's code, and nothing of ours."""
    be_impatient_with_loops(file, monkeypatch)
    (failed,) = failures(case(named(file), duration_ms=2000).journal())

    assert place in str(failed[3]) or "while True" in str(failed[3])
    assert "in decide" in str(failed[3])
    assert "overtime.py" not in str(failed[3])


def test_changed_inputs_change_nothing() -> None:
    """What a policy is given cannot be changed, or is a copy: it decides as without that."""
    run = case(find_policy(named("mutate_inputs")).name, duration_ms=40)
    events = run.journal()

    assert not failures(events)
    audited(run, events)
    assert events == case(named("slow"), duration_ms=40).journal()


def test_a_file_that_raises_is_refused_with_its_line() -> None:
    """One sentence that names the file, the error and the line."""
    with pytest.raises(PolicyError, match="no license for this machine") as refused:
        find_policy(named("raise_at_import"))

    assert str(FOLDER / "raise_at_import.py") in str(refused.value)
    assert "(line " in str(refused.value)


def test_a_slow_policy_is_measured() -> None:
    """Without a wall clock to keep pace with it may take its time, and how much is known."""
    events = case(named("slow"), duration_ms=20).journal()
    times = times_of(find_policy(named("slow")))

    assert not failures(events)
    assert times is not None
    assert min(times.last_ns) >= 8 * MS
