"""Times of a session as people write them: ``03:41``, ``1:02:03.5``, ``221s``, ``3.5m``."""

import re
from fractions import Fraction
from typing import Final

EXAMPLES: Final = "03:41, 1:02:03.5, 221s or 3.5m"
MAX_S: Final = 10**7
"""115 days, as for the duration of a run."""
_MINUTE: Final = 60

_CLOCK: Final = re.compile(r"(?:(\d{1,5}):)?(\d{1,5}):(\d{1,2}(?:\.\d{1,9})?)", re.ASCII)
_SPAN: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|min|h|)", re.ASCII)
_UNITS_S: Final = {
    "": Fraction(1),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(_MINUTE),
    "min": Fraction(_MINUTE),
    "h": Fraction(_MINUTE**2),
}


def instant_ns(text: str) -> int:
    """Exact nanoseconds of virtual time.

    Raises:
        ValueError: it is no time; the message is a sentence for the user.
    """
    text = text.strip()
    if match := _CLOCK.fullmatch(text):
        total = _clock_s(match)
    elif match := _SPAN.fullmatch(text):
        total = Fraction(match[1]) * _UNITS_S[match[2]]
    else:
        raise ValueError(f"a time is written as in {EXAMPLES}")
    if total > MAX_S:
        raise ValueError(f"a time is at most {MAX_S} s (115 days)")
    return int(total * 10**9)


def _clock_s(match: re.Match[str]) -> Fraction:
    """Seconds of ``hours:minutes:seconds``; only what comes first may be 60 or more."""
    minutes, seconds = int(match[2]), Fraction(match[3])
    if seconds >= _MINUTE or (match[1] is not None and minutes >= _MINUTE):
        raise ValueError("seconds, and minutes after hours, are below 60")
    return _MINUTE**2 * int(match[1] or 0) + _MINUTE * minutes + seconds
