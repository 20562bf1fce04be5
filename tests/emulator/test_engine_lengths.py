"""What a general policy may leave unknown, and how much of a prompt it may read."""

from collections.abc import Sequence

import pytest

from emulator.journal import FINISHED, POLICY_FAILED, PREFILL
from emulator.policies.axes import Admission
from emulator.policies.base import BackendState, Decision, ReadySlice, Run
from emulator.policies.own import own_policy
from tests.emulator.strategies import MS, Case, Dict

LLM: Dict = {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 2}}
PROFILE: Dict = {"backends": ["npu"], "models": {"llm": LLM, "ear": {"npu": 1}}}


class Probe:
    """Starts what waits, first come first served, and remembers what it was told."""

    name = "probe"
    description = ""
    admission = Admission.KEEP
    chunk = 0

    def __init__(self, *, knows_lengths: bool = True, tokens: int = 0) -> None:
        self.knows_lengths = knows_lengths
        self.tokens = tokens
        self.told: list[ReadySlice] = []

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Sequence[Decision]:
        """The first of them."""
        self.told.extend(ready)
        return [Run(ready[0], 0, self.tokens)] if ready else []


def case(probe: Probe, **stream: object) -> Case:
    """A stream of two stages, hear and think, under a policy."""
    stages = [
        {"name": "hear", "model": "ear"},
        {"name": "think", "model": "llm", "after": ["hear"], **stream},
    ]
    streams = [{"name": "npc", "arrivals_ms": [0, 100, 200, 300], "deadline_ms": 99,
                "stages": stages}]  # fmt: skip
    named = own_policy(probe)
    return Case(PROFILE, {"streams": streams}, named, duration_ms=1_000)  # type: ignore[arg-type]


def slacks_ms(probe: Probe, stage: str, done: int = 0) -> list[float]:
    """From the release to the last instant at which the job can be met, by job."""
    return [
        ((each.doom_ns or 0) - each.release_ns) / MS
        for each in probe.told
        if each.stage == stage and each.done == done and each.job < 4
    ]


def test_lengths_to_come_are_expected_and_not_known() -> None:
    """Prompts of 2 or 12 tokens (mean 7) and answers of 1 or 11 (6, 5 of them decoded).

    Before anything is asked every job looks alike: 99 - 1 - 7 - 5 x 2 = 81. Once it is asked the
    prompt is known.
    """
    probe = Probe(knows_lengths=False)
    case(probe, prompt_tokens=[2, 12], output_tokens=[1, 11]).journal()
    assert slacks_ms(probe, "hear") == [81] * 4
    assert set(slacks_ms(probe, "think")) == {99 - 2 - 10, 99 - 12 - 10}


def test_by_default_they_are_known() -> None:
    """As under the four axes: what was drawn."""
    probe = Probe()
    case(probe, prompt_tokens=[2, 12], output_tokens=[1, 11]).journal()
    assert len(set(slacks_ms(probe, "hear"))) > 1


def test_a_long_answer_is_always_expected_to_end_with_the_next_token() -> None:
    """Beyond the mean of 6 one more token is expected, however many are still to come."""
    probe = Probe(knows_lengths=False)
    case(probe, prompt_tokens=1, output_tokens=[1, 11]).journal()
    assert slacks_ms(probe, "think", done=8)
    assert set(slacks_ms(probe, "think", done=8)) == {99 - 2}


@pytest.mark.parametrize(("tokens", "ends"), [(0, [12]), (5, [5, 10, 12]), (40, [12])])
def test_a_policy_says_how_much_of_a_prompt_is_read(tokens: int, ends: list[int]) -> None:
    """A prompt of 12 tokens in slices of so many; 0 leaves it to ``chunk``, here whole."""
    probe = Probe(tokens=tokens)
    events = case(probe, prompt_tokens=12, output_tokens=1).journal()
    slices = [event for event in events if event[0] == FINISHED and event[6] == PREFILL]
    assert [event[7] for event in slices if event[3] == 0] == ends
    left = [each.prompt_left for each in probe.told if each.stage == "think" and each.job == 0]
    assert left == [12, *(12 - end for end in ends[:-1])]


def test_a_negative_number_of_tokens_is_refused() -> None:
    """The run goes on under fcfs, and the journal says why."""
    events = case(Probe(tokens=-1), prompt_tokens=12, output_tokens=1).journal()
    assert [event[0] for event in events].count(POLICY_FAILED) == 1


def test_a_policy_is_told_how_far_costs_spread() -> None:
    """The profile's noise, in thousandths; none where a run draws none."""
    noisy: Dict = {"npu": {"latency_ms": 1, "noise": {"dist": "lognormal", "sigma": 0.25}}}
    profile: Dict = {"backends": ["npu"], "models": {"ear": noisy}}
    streams = [{"name": "cam", "model": "ear", "arrivals_ms": [0]}]
    found = []
    for noise in (True, False):
        probe = Probe()
        named = own_policy(probe)
        Case(profile, {"streams": streams}, named, noise=noise).journal()  # type: ignore[arg-type]
        found.append(probe.told[0].spread)
    assert found == [(250,), (0,)]
