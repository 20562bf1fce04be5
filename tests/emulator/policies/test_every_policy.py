"""What holds for every policy that has a name."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.commands import SwapPolicy
from emulator.journal import POLICY_FAILED, Event
from emulator.policies import HEADLINE, headline, policies
from tests.emulator.audit import audited
from tests.emulator.strategies import MS, Case, Dict, cases, examples

PAGE = (Path(__file__).parents[3] / "docs" / "policies.md").read_text(encoding="utf-8")
NAMES = [policy.name for policy in policies()]
WIDER = NAMES[len(HEADLINE) :]

PROFILE: Dict = {
    "backends": [{"name": "npu", "dispatch_us": 100}, "gpu", "cpu"],
    "models": {
        "blur": {"npu": 6, "gpu": {"slices_ms": [4, 5]}},
        "asr": {"npu": {"latency_ms": 7, "noise": "exponential"}, "gpu": 8, "cpu": 12},
        "llm": {
            "npu": {"prefill_ms": {"base": 2, "per_token": 0.5}},
            "gpu": {"prefill_ms": {"per_token": 1}, "decode_ms": 3, "chunk_overhead_ms": 1},
        },
        "tts": {"gpu": 2},
    },
    "memory": {"kv_transfer": {"fixed_us": 500}},
}
STREAMS: list[Dict] = [
    {"name": "cam", "model": "blur", "period_ms": 10, "late": "drop"},
    {"name": "chat", "model": "llm", "arrivals_ms": [0, 20], "prompt_tokens": 8,
     "output_tokens": [2, 4], "ttft_ms": 12, "tpot_ms": 4},
    {"name": "npc", "arrival": {"process": "closed-loop", "think_s": "0.004"}, "deadline_ms": 45,
     "stages": [
        {"name": "hear", "model": "asr", "probability": "3/4"},
        {"name": "think", "model": "llm", "after": ["hear"], "prompt_tokens": 4,
         "output_tokens": 5},
        {"name": "look", "model": "blur"},
        {"name": "speak", "model": "tts", "after": [{"stage": "think", "stream": True}],
         "slices_per_tokens": 2, "first_output_deadline_ms": 30}]},
]  # fmt: skip
SMALL = Case(PROFILE, {"streams": STREAMS}, "fcfs", duration_ms=40, noise=True)


def of_kind(events: list[Event], kind: str) -> list[Event]:
    """The events of one kind."""
    return [event for event in events if event[0] == kind]


@pytest.mark.parametrize("name", NAMES)
def test_a_run_breaks_no_rule_and_is_the_same_again(name: str) -> None:
    """No job is lost, no backend runs two slices, the policy never fails, and nothing is random."""
    case = replace(SMALL, policy=name)
    events = case.journal()
    audited(case, events)
    assert not of_kind(events, POLICY_FAILED)
    assert case.journal() == events


@pytest.mark.parametrize("name", WIDER)
@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_rule_is_broken_whatever_the_run(name: str, data: st.DataObject) -> None:
    """Profiles, scenarios and commands that nobody thought of."""
    case = data.draw(cases(policy=st.just(name)))
    events = case.journal()
    audited(case, events)
    assert not of_kind(events, POLICY_FAILED)


@pytest.mark.parametrize("name", NAMES)
def test_it_may_be_swapped_in_and_out_at_any_instant(name: str) -> None:
    """From fcfs to it and on to hybrid 5 ms later: no job is lost, whatever ran or waited."""
    for tenths in range(0, 450, 34):
        t_ns = tenths * MS // 10
        swaps = ((t_ns, SwapPolicy(name)), (t_ns + 5 * MS, SwapPolicy("hybrid")))
        case = replace(SMALL, commands=swaps)
        events = case.journal()
        audited(case, events)
        assert not of_kind(events, POLICY_FAILED)


@pytest.mark.parametrize("name", WIDER)
def test_two_runs_share_nothing(name: str) -> None:
    """Runs that advance in turns give the same as one after the other: no policy remembers."""
    case = replace(SMALL, policy=name)
    one, other = case.engine(), case.engine()
    for t_ns in range(0, 500 * MS, MS):
        one.advance(t_ns)
        other.advance(t_ns // 2)
    other.advance(500 * MS)
    expected = case.journal()
    assert one.drain() == expected
    assert other.drain() == expected


def test_the_headline_policies_come_first() -> None:
    """The digits stay the five; every name is there once and has a citation."""
    assert headline() == [(each.name, each.description) for each in policies()[:5]]
    assert len(set(NAMES)) == len(NAMES) == 24
    assert all(policy.citation and policy.description for policy in policies())


def test_the_page_and_the_registry_agree() -> None:
    """docs/policies.md has a section for each policy, in the order of the pick list."""
    assert re.findall(r"^### `([a-z-]+)`$", PAGE, re.MULTILINE) == NAMES


def test_what_is_recalled_says_so() -> None:
    """A rule whose basis on the page is *recalled* says so in its description as well."""
    sections = re.split(r"^### `([a-z-]+)`$", PAGE, flags=re.MULTILINE)
    texts = dict(zip(sections[1::2], sections[2::2], strict=True))
    recalled = {name for name, text in texts.items() if "\n*Basis:* recalled" in text}
    assert recalled == {each.name for each in policies() if "recalled" in each.description}
    assert recalled
