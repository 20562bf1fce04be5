"""Two journals are compared by event numbers, however they are cut into parts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emulator.journal import Event
from emulator.session.lockstep import Lockstep

EVENTS: list[Event] = [("marker", t_ns, f"event {t_ns}") for t_ns in range(30)]


def in_parts(cuts: list[int], events: list[Event]) -> list[tuple[int, list[Event]]]:
    """The events cut at some places, with their numbers."""
    places = sorted({0, len(events), *(cut % len(events) for cut in cuts)})
    return [(a, events[a:b]) for a, b in pairwise(places)]


def walked(left: list[tuple[int, list[Event]]], right: list[tuple[int, list[Event]]]) -> Lockstep:
    """Both sides, part by part in turn."""
    steps = Lockstep()
    for number in range(max(len(left), len(right))):
        for parts, add in ((left, steps.add_left), (right, steps.add_right)):
            if number < len(parts):
                add(*parts[number])
    return steps


CUTS = st.lists(st.integers(0, 99), max_size=5)


@given(CUTS, CUTS, st.integers(0, 29) | st.none())
def test_first_difference_does_not_depend_on_parts(
    left: list[int], right: list[int], changed: int | None
) -> None:
    """Equal journals are equal, and a changed event is the first difference."""
    other = list(EVENTS)
    if changed is not None:
        other[changed] = ("marker", changed, "changed")
    steps = walked(in_parts(left, EVENTS), in_parts(right, other))

    if changed is None:
        assert (steps.difference, steps.equal) == (None, len(EVENTS))
    else:
        assert steps.difference is not None
        assert (steps.difference.event, steps.equal) == (changed, changed)


@given(CUTS, CUTS, st.sets(st.integers(0, 5)))
def test_gaps_are_passed_over(left: list[int], right: list[int], lost: set[int]) -> None:
    """What only one side has is skipped and counted."""
    parts = in_parts(left, EVENTS)
    kept = [part for number, part in enumerate(parts) if number not in lost]
    steps = walked(kept, in_parts(right, EVENTS))
    equal = sum(len(events) for _, events in kept)

    assert (steps.difference, steps.equal) == (None, equal)


def test_lists_are_tuples() -> None:
    """What a file gives back as tuples an engine may have made as lists."""
    steps = Lockstep()
    steps.add_left(0, [("released", 0, (1, (2, None)), {"a": (1,)}, 2**70)])
    steps.add_right(0, [("released", 0, [1, [2, None]], {"a": [1]}, 2**70)])

    assert (steps.difference, steps.equal) == (None, 1)


def test_end_of_one_side() -> None:
    """What is left of the left side has nothing to be compared with."""
    steps = walked([(0, EVENTS)], [(0, EVENTS[:20])])
    steps.end_right()

    assert steps.difference is not None
    assert (steps.difference.event, steps.difference.right) == (20, None)
