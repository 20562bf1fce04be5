"""Two events side by side, as named fields: where two journals part."""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from emulator.session.lockstep import Difference
from rtgen_tui import render

Names: TypeAlias = Mapping[str, Sequence[str]]
"""By field (``stream``, ``backend``): what its numbers stand for."""
_MAX_SHOWN: Final = 40


def print_difference(
    difference: Difference, left: str, right: str, names: Names, right_names: Names | None = None
) -> None:
    """Prints when and where, and both events field by field.

    Args:
        difference: the first one.
        left: what the left side is called.
        right: what the right side is called.
        names: of what stands in events as a number.
        right_names: the same of the right side, where it is another run.
    """
    t_s = difference.t_ns / 1e9
    render.line(f"first difference: event {difference.event:,} at {t_s:.9f} s")
    others = names if right_names is None else right_names
    rows = [
        (name, _shown(difference.left, name, names), _shown(difference.right, name, others))
        for name in _fields(difference)
    ]
    marked = [
        (name, render.styled(one, render.BAD), render.styled(other, render.BAD))
        if one != other
        else (name, one, other)
        for name, one, other in rows
    ]
    render.table(
        (render.Column("field"), render.Column(left), render.Column(right, wraps=True)),
        marked,
        indent=2,
    )


def difference_dict(difference: Difference | None, left: str, right: str) -> object:
    """Plain JSON types."""
    if difference is None:
        return None
    return {
        "event": difference.event,
        "t_s": difference.t_ns / 1e9,
        left: None if difference.left is None else dict(difference.left),
        right: None if difference.right is None else dict(difference.right),
    }


def _fields(difference: Difference) -> dict[str, None]:
    return dict.fromkeys([*(difference.left or ()), *(difference.right or ())])


def _shown(side: Mapping[str, object] | None, name: str, names: Names) -> str:
    if side is None:
        return "no such event" if name == "kind" else render.NOTHING
    value = side.get(name)
    text = render.NOTHING if value is None else str(value)
    known = names.get(name, ())
    if isinstance(value, int) and 0 <= value < len(known):
        text = f"{value} ({known[value]})"
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 3]}..."
