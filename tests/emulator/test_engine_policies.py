"""General policies that misbehave: the run says so, goes on under fcfs and ends every job."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emulator.commands import SwapPolicy
from emulator.journal import COMPLETED, DROPPED, POLICY, POLICY_FAILED, PREFILL, STARTED, Event
from emulator.policies import Drop, ReadySlice, Run
from tests.emulator.audit import audited
from tests.emulator.scripted import NAME, Decide, Scripted, install, sensible
from tests.emulator.strategies import MS, Case, Dict

PROFILE: Dict = {
    "backends": ["npu", "gpu", "cpu"],
    "models": {
        "blur": {"npu": 4, "gpu": 6},
        "ears": {"cpu": 3},
        "llm": {
            "npu": {"prefill_ms": {"per_token": 0.5}, "decode_ms": 4},
            "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 2},
        },
    },
    "memory": {"kv_transfer": {"fixed_us": 500}},
}
CAM: Dict = {"name": "cam", "model": "blur", "period_ms": 10}
MIC: Dict = {"name": "mic", "model": "ears", "period_ms": 5}
CHAT: Dict = {
    "name": "chat",
    "model": "llm",
    "arrivals_ms": [0, 12],
    "prompt_tokens": 8,
    "output_tokens": 3,
}
CASE = Case(PROFILE, {"streams": [CAM, MIC, CHAT]}, NAME, duration_ms=40)
BREAKS_NS = 10 * MS
"""The instant from which the policies of these tests misbehave."""


def journal_under(
    monkeypatch: pytest.MonkeyPatch, script: Decide, case: Case = CASE
) -> list[Event]:
    """The journal of a run under a scripted policy."""
    install(monkeypatch, Scripted(script, BREAKS_NS))
    return case.journal()


def failures(events: list[Event]) -> list[Event]:
    """The policies that failed."""
    return [event for event in events if event[0] == POLICY_FAILED]


def assert_runs_on(events: list[Event], case: Case = CASE) -> None:
    """It failed once, at the instant, in one readable line; all jobs end; no rule is broken."""
    ((_, t_ns, policy, error),) = failures(events)
    assert (t_ns, policy) == (BREAKS_NS, NAME)
    assert isinstance(error, str)
    assert 0 < len(error) < 2_000
    assert [event for event in events if event[0] == POLICY] == [(POLICY, t_ns, NAME, "fcfs")]
    audited(case, events)


class Nasty:
    """An object that raises whatever is asked of it."""

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401
        raise ValueError(name)

    def __repr__(self) -> str:
        raise ValueError


class MuteError(Exception):
    """An error that cannot be shown."""

    def __str__(self) -> str:
        raise ValueError


def raising(error: Exception) -> Decide:
    """A policy that raises."""

    def decide(*_: object) -> None:
        raise error

    return decide


def forged(**changes: Any) -> Decide:  # noqa: ANN401
    """A policy that starts a slice made up from one it was shown, on its last backend."""
    return lambda _, ready, __: [Run(ready[0]._replace(**changes), ready[0].backends[-1])]


def first_on(backend: Any) -> Decide:  # noqa: ANN401
    """A policy that starts the first slice on a backend whatever."""
    return lambda _, ready, __: [Run(ready[0], backend)]


def decides(decisions: Any) -> Decide:  # noqa: ANN401
    """A policy that always returns the same."""
    return lambda *_: decisions


MISBEHAVIORS: dict[str, Decide] = {
    "raises": raising(RuntimeError("no idea")),
    "raises an empty error": raising(ValueError()),
    "raises an error that cannot be shown": raising(MuteError()),
    "raises a long error": raising(ValueError("x" * 10**6)),
    "returns nothing": decides(None),
    "returns a number": decides(7),
    "returns texts": decides(["npu"]),
    "returns nested lists": decides([[]]),
    "returns what raises": decides([Nasty()]),
    "returns a long list of texts": decides(["x" * 10**6]),
    "raises in the middle of its answer": lambda _, ready, __: (1 // 0 for _ in ready),
    "unknown backend": first_on(9),
    "negative backend": first_on(-1),
    "backend as text": first_on("npu"),
    "backend as None": first_on(None),
    "backend as float": first_on(0.0),
    "backend that cannot be hashed": first_on([]),
    "backend that raises": first_on(Nasty()),
    "slice None": decides([Run(None, 0)]),  # type: ignore[arg-type]
    "slice as number": decides([Run(0, 0)]),  # type: ignore[arg-type]
    "drop of None": decides([Drop(None, "")]),  # type: ignore[arg-type]
    "unknown handle": forged(handle=99),
    "negative handle": forged(handle=-1),
    "handle as text": forged(handle="0"),
    "handle as None": forged(handle=None),
    "handle as float": forged(handle=0.5),
    "backends as None": forged(backends=None),
    "forged backends": lambda _, ready, __: [
        Run(each._replace(backends=(0, 1, 2)), 2) for each in ready if each.stream == "cam"
    ],
    "the same slice twice": lambda _, ready, __: [Run(ready[0], 0), Run(ready[0], 1)],
    "one backend twice": lambda _, ready, __: [
        Run(each, 0) for each in ready if 0 in each.backends
    ],
    "drop twice": lambda _, ready, __: [Drop(ready[0], "a"), Drop(ready[0], "b")],
    "start of what it dropped": lambda _, ready, __: [Drop(ready[0], "a"), Run(ready[0], 0)],
    "drop of what it started": lambda _, ready, __: [
        Run(ready[0], ready[0].backends[0]),
        Drop(ready[0], "a"),
    ],
}


@pytest.mark.parametrize("script", MISBEHAVIORS.values(), ids=MISBEHAVIORS.keys())
def test_a_policy_that_misbehaves_is_replaced(
    monkeypatch: pytest.MonkeyPatch, script: Decide
) -> None:
    """The journal says that it failed, fcfs follows at that instant, and all jobs end."""
    assert_runs_on(journal_under(monkeypatch, script))


def test_the_journal_says_what_the_policy_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user reads the kind and the words of the error."""
    events = journal_under(monkeypatch, raising(RuntimeError("no idea")))
    (failure,) = failures(events)
    assert str(failure[3]).splitlines()[0] == "RuntimeError: no idea"


@pytest.mark.parametrize("kind", [np.int64, np.uint8, float])
def test_a_backend_that_is_no_plain_int_does_not_reach_the_journal(
    monkeypatch: pytest.MonkeyPatch, kind: Callable[[int], int]
) -> None:
    """A backend from numpy's argmin is taken as an int or refused; the journal stays plain."""

    def cast(now_ns: int, ready: Any, backends: Any) -> list[Run]:  # noqa: ANN401
        return [Run(each.slice, kind(each.backend)) for each in sensible(now_ns, ready, backends)]

    events = journal_under(monkeypatch, cast)
    assert {type(value) for event in events for value in event} <= {int, str, tuple, type(None)}
    audited(CASE, events)


def test_a_policy_may_do_as_it_likes_with_what_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sequences are the policy's own: sorting or emptying them in place harms nothing."""

    def careless(now_ns: int, ready: Any, backends: Any) -> list[Run]:  # noqa: ANN401
        decisions = sensible(now_ns, ready, backends)
        ready.reverse()
        backends.clear()
        return decisions

    expected = journal_under(monkeypatch, sensible)
    assert journal_under(monkeypatch, careless) == expected
    assert not failures(expected)


def test_a_slice_of_an_earlier_instant_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slice is valid within one call: one that was kept is refused, or it is still the same."""
    kept: list[ReadySlice] = []

    def forgetful(now_ns: int, ready: Any, backends: Any) -> list[Run]:  # noqa: ANN401
        kept.extend(ready)
        return (
            [Run(kept[0], kept[0].backends[-1])]
            if now_ns > BREAKS_NS
            else sensible(now_ns, ready, backends)
        )

    events = journal_under(monkeypatch, forgetful)
    assert len(failures(events)) == 1
    audited(CASE, events)


def test_a_broken_policy_that_is_chosen_again_fails_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time it is swapped in it gets one chance, and the run goes on under fcfs each time."""
    swaps = ((15 * MS, SwapPolicy("edf")), (20 * MS, SwapPolicy(NAME)))
    events = journal_under(monkeypatch, decides(None), replace(CASE, commands=swaps))
    assert [event[1] for event in failures(events)] == [BREAKS_NS, 20 * MS]
    swapped = [event[1:] for event in events if event[0] == POLICY]
    assert swapped == [
        (BREAKS_NS, NAME, "fcfs"),
        (15 * MS, "fcfs", "edf"),
        (20 * MS, "edf", NAME),
        (20 * MS, NAME, "fcfs"),
    ]
    audited(CASE, events)


def test_a_policy_that_starts_nothing_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs wait, the run comes to a halt, and a swap finishes all of them."""
    stalled = journal_under(monkeypatch, decides([]))
    released = [event for event in stalled if event[0] == "released"]
    ended = [event for event in stalled if event[0] == COMPLETED]
    assert len(ended) < len(released)
    swap = (60 * MS, SwapPolicy("edf"))
    rescued = journal_under(monkeypatch, decides([]), replace(CASE, commands=(swap,)))
    assert not failures(rescued)
    audited(CASE, rescued)


def test_a_policy_may_drop_what_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drop of a queued job is carried out, with the reason ``policy``."""

    def picky(now_ns: int, ready: Any, backends: Any) -> list[Run | Drop]:  # noqa: ANN401
        unwanted = [each for each in ready if each.stream == "mic"]
        wanted = [each for each in ready if each.stream != "mic"]
        return [*(Drop(each, "quiet") for each in unwanted), *sensible(now_ns, wanted, backends)]

    events = journal_under(monkeypatch, picky)
    assert not failures(events)
    drops = [event for event in events if event[0] == DROPPED]
    assert {(event[2], event[4]) for event in drops} == {(1, "policy")}
    assert len(drops) == 6
    audited(CASE, events)


def test_only_a_move_of_the_cache_costs_the_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token that is decoded on another backend pays for it, the one that stays does not."""

    def split(_: int, ready: Sequence[ReadySlice], __: object) -> list[Run]:
        return [Run(each, 1 if each.phase == PREFILL else 0) for each in ready]

    case = replace(CASE, scenario={"streams": [{**CHAT, "arrivals_ms": [10]}]})
    events = journal_under(monkeypatch, split, case)
    slices = [(event[5], event[6], event[1]) for event in events if event[0] == STARTED]
    # Prefill of 8 tokens on gpu: 8 ms; then 0.5 ms of transfer and 4 ms on npu; then 4 ms there.
    assert slices == [(1, 1, 10 * MS), (0, 2, 18 * MS), (0, 2, 22_500_000)]
    assert events[-1][1] == 26_500_000
