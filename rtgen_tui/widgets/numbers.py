"""How figures are written on the screen: short, and ``-`` for what is not known."""

import math
from typing import Final

NOTHING: Final = "-"

_SUFFIXES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_HUGE: Final = 1e15


def short(value: float | None, digits: int = 0) -> str:
    """A number in at most five or six characters: ``7``, ``12.3k``, ``4.5M``.

    Args:
        value: the number; None and NaN are written ``-``.
        digits: decimals of a number below 1,000; three-digit numbers get none.
    """
    if value is None or math.isnan(value):
        return NOTHING
    size = abs(value)
    if size >= _HUGE:
        return "-huge" if value < 0 else "huge"
    for limit, suffix in _SUFFIXES:
        if size >= limit * 0.9995:
            return f"{value / limit:.{1 if size < 99.95 * limit else 0}f}{suffix}"
    return f"{value:.{digits if size < 99.95 else 0}f}"  # noqa: PLR2004  # three digits say enough


def milliseconds(value: float | None) -> str:
    """A duration in milliseconds, without the unit."""
    return short(value, 1)


def duration_parts(ms: float | None) -> tuple[str, str]:
    """A duration and its unit: milliseconds, or seconds where those would be written ``9.2k``."""
    if ms is not None and abs(ms) >= 999.5:  # noqa: PLR2004  # from here ``short`` writes a k
        return short(ms / 1000, 1), "s"
    return milliseconds(ms), "ms"


def duration(ms: float | None) -> str:
    """A duration given in milliseconds, with its unit: ``52.1 ms``, ``9.2 s``."""
    return " ".join(duration_parts(ms))


def size(count: int) -> str:
    """Bytes with their unit: ``312 B``, ``47 kB``, ``1.4 MB``."""
    if count < 999_500:  # noqa: PLR2004  # from here on it rounds to a megabyte
        return f"{count} B" if count < 1000 else f"{count / 1000:.0f} kB"  # noqa: PLR2004  # same
    for unit, limit in (("MB", 1e6), ("GB", 1e9)):
        if count < 999.5 * limit:
            return f"{short(count / limit, 1)} {unit}"
    return f"{short(count / 1e12, 1)} TB"


def watts(power_w: float | None) -> str:
    """A power with its unit: ``1.6 W``; empty for one that is not known."""
    return "" if power_w is None else f"{short(power_w, 1)} W"


def per_token(mj: float) -> tuple[str, str]:
    """An energy per token given in millijoules, and its unit."""
    is_large = abs(mj) >= 999.5  # noqa: PLR2004  # from here ``short`` writes a k
    return (short(mj / 1000, 1), "J/token") if is_large else (short(mj, 1), "mJ/token")


def percent(part: float, whole: float) -> str:
    """``part`` of ``whole`` in percent with one decimal, without the sign; ``-`` of nothing."""
    return short(100 * part / whole, 1) if whole > 0 else NOTHING


def miss_percent(missed: float, known: float) -> str:
    """A share of misses in percent, without the sign: ``0``, ``0.03``, ``2.1``; ``-`` of nothing.

    Good policies differ below one percent, so there are two decimals there; ``0`` is none at all.
    """
    if not known > 0 or missed == 0:
        return "0" if known > 0 else NOTHING
    share = 100 * missed / known
    if 0 < share < 0.005:  # noqa: PLR2004  # two decimals would say none
        return "<0.01"
    return short(share, 2 if share < 0.995 else 1)  # noqa: PLR2004  # rounds to 1.0


def whole_percent(fraction: float) -> str:
    """A fraction of one as whole percent, right aligned in three characters, without the sign."""
    if math.isnan(fraction):
        return "  -"
    return f"{min(999, max(0, round(100 * fraction))):3d}"


def rate(value: float | None) -> str:
    """Jobs per second as a person writes a rate: ``0.067``, ``0.33``, ``29.8``, ``30``, ``100``."""
    if value is None or math.isnan(value):
        return NOTHING
    if abs(value) >= 999.5 or abs(value) < 0.001:  # noqa: PLR2004  # %g would write an exponent
        return short(value)
    return f"{value:.3g}" if abs(value) >= 1 else f"{value:.2g}"


def clock(t_ns: int, decimals: int = 1, *, hours: bool = True) -> str:
    """An instant of virtual time: ``00:02:14.3``, or ``02:14.3`` where hours may be left out."""
    sign = "-" if t_ns < 0 else ""
    step = 10 ** (9 - decimals)
    ticks = abs(t_ns) // step
    seconds, fraction = divmod(ticks, 10**decimals)
    minutes, seconds = divmod(seconds, 60)
    hour, minutes = divmod(minutes, 60)
    tail = f".{fraction:0{decimals}d}" if decimals else ""
    front = f"{hour:02d}:" if hours or hour else ""
    return f"{sign}{front}{minutes:02d}:{seconds:02d}{tail}"


def whole_seconds(value: float) -> int:
    """Seconds without their fraction; 0 for NaN, at most some thirty years."""
    return 0 if math.isnan(value) else int(max(0.0, min(value, 1e9)))


def span(seconds: float) -> str:
    """A span of time in one unit: ``200 ms``, ``12 s``, ``4 min``."""
    if not 0 <= seconds < 1e9:  # noqa: PLR2004  # some thirty years
        return NOTHING
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"  # noqa: PLR2004  # two minutes


def ceiling(value: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ... at or above the value: a scale that seldom moves."""
    if not math.isfinite(value) or value <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 5) if value <= step * power), 10 * power)
