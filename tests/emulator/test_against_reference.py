"""The engine against the independent reference, on random cases and on hand-computed ones."""

import pytest

from emulator import simulate
from tests.emulator.strategies import examples
from tests.reference.against import difference, report
from tests.reference.cases import make_case, with_batches, with_effects
from tests.reference.compare import example_difference
from tests.reference.worked_examples import EXAMPLES, Example


@pytest.mark.parametrize("seed", range(examples(300)))
def test_engine_and_reference_agree_on_a_random_case(seed: int) -> None:
    """Every start, finish, outcome, first token and slice is the same."""
    case = make_case(seed)
    found = difference(case)
    assert found is None, report(case, found or "")


@pytest.mark.parametrize("seed", range(examples(120)))
def test_engine_and_reference_agree_with_effects(seed: int) -> None:
    """The same with contention, and cheaper models wherever a policy degrades."""
    case = with_effects(make_case(seed))
    found = difference(case)
    assert found is None, report(case, found or "")


@pytest.mark.parametrize("seed", range(80))
def test_engine_and_reference_agree_with_batches(seed: int) -> None:
    """The same with requests that decode together, every third case with contention as well."""
    case = with_batches(make_case(seed))
    found = difference(case)
    assert found is None, report(case, found or "")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_engine_agrees_with_the_hand_computed_example(example: Example) -> None:
    """Slices, first tokens, finishes and outcomes are those of the table."""
    result = simulate(
        example.profile,
        example.scenario,
        policy=example.policy,
        duration_s=example.duration_s,
        noise=False,
        commands=example.commands,
        drain=example.drain,
    )
    assert example_difference(example.expected, result.jobs) is None, example.why
