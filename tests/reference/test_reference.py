"""The reference against examples that were computed by hand."""

import pytest

from tests.reference.compare import example_difference
from tests.reference.simulator import reference_simulate
from tests.reference.worked_examples import EXAMPLES, Example


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_reference_agrees_with_the_hand_computed_example(example: Example) -> None:
    """Slices, first tokens, finishes and outcomes are those of the table."""
    jobs = reference_simulate(
        example.profile,
        example.scenario,
        example.policy,
        example.duration_s,
        commands=example.commands,
        drain=example.drain,
        draws=lambda *_: 0.5,
    )
    assert example_difference(example.expected, jobs) is None, example.why
