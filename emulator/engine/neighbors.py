"""How fast slices get on beside busy backends, where that was measured pair by pair."""

import math
from collections.abc import Sequence
from fractions import Fraction

from emulator.cost import round_half_even
from emulator.engine.memory import FULL_SPEED
from emulator.profile import Profile


class Neighbors:
    """The ``slowdown`` figures of a profile: those of several neighbors are multiplied."""

    __slots__ = ("_factors", "_speeds")

    def __init__(self, profile: Profile) -> None:
        self._factors = [
            {profile.backend_names.index(name): factor for name, factor in each.slowdown.items()}
            if each.slowdown
            else {}
            for each in profile.backends
        ]
        self._speeds: dict[tuple[int, ...], list[int]] = {}

    def speeds(self, busy: Sequence[int]) -> list[int]:
        """Of the slices on these backends, in units of 2**-32, at most ``FULL_SPEED``."""
        found = self._speeds.get(address := tuple(busy))
        if found is None:
            found = self._speeds[address] = [self._speed(each, busy) for each in busy]
        return found

    def _speed(self, backend: int, busy: Sequence[int]) -> int:
        known = self._factors[backend]
        slowdown = math.prod((known[each] for each in busy if each in known), start=Fraction(1))
        return max(1, round_half_even(FULL_SPEED * slowdown.denominator, slowdown.numerator))
