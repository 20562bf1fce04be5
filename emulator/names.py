"""Names that people write: how long they may be, and which one was probably meant."""

import difflib
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

MAX_NAME = 100
MAX_LISTED = 12
_MAX_BITS = 256
_MAX_SHOWN = 40


def shown(value: object) -> str:
    """A short, printable description of a value for an error message; never its full content."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return repr(value if len(value) <= _MAX_SHOWN else value[: _MAX_SHOWN - 3] + "...")
        case int() | Fraction() if max(abs(value.numerator), value.denominator) >> _MAX_BITS:
            return "an enormous number"
        case int() | float() | Decimal() | Fraction():
            text = _decimal(value) if isinstance(value, Fraction) else str(value)
            return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
    return f"a {type(value).__name__}"


def _decimal(value: Fraction) -> str:
    """As people write it: ``1.5``, and ``1/3`` where no decimals would be exact."""
    quotient = Decimal(value.numerator) / value.denominator
    return f"{quotient.normalize():f}" if Fraction(quotient) == value else str(value)


def nearest(word: str, words: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The one of `words` most like `word`, if any is alike; capitals and hyphens do not count.

    A word that goes on where this one stops comes first: `rate` is `rate_hz` rather than `late`.
    """
    plain = {_plain(each): each for each in words}
    short = _plain(word[:MAX_NAME])
    if short in plain:
        return plain[short]
    longer = [each for name, each in plain.items() if short and name.startswith(f"{short}_")]
    if longer:
        return longer[0]
    found = difflib.get_close_matches(short, list(plain), 1, cutoff)
    return plain[found[0]] if found else None


def _plain(word: str) -> str:
    return word.strip().lower().replace("-", "_").replace(" ", "_")


def unknown(kind: str, name: str, names: Iterable[str]) -> str:
    """Says that a name is unknown, with the nearest one of `names` or those there are."""
    choices = list(names)
    close = nearest(name, choices)
    if close is not None:
        return f"unknown {kind} {shown(name)}, did you mean {close!r}?"
    some = ", ".join(choices[:MAX_LISTED]) + (", ..." if len(choices) > MAX_LISTED else "")
    return f"unknown {kind} {shown(name)}, expected one of {some or '(there is none)'}"
