"""Slices on one DRAM: what each asks of it, and how fast each gets on beside the others.

The simple model that published measurements support (docs/engine.md, "Shared memory"). Everything
is whole numbers: bandwidths in kB/s, shares and speeds in units of 2**-32, so that a run is the
same on every machine.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from emulator.cost import round_half_even
from emulator.engine.jobs import StageRun
from emulator.engine.options import chunk_end
from emulator.journal import DECODE, INFERENCE
from emulator.profile import Profile

SPEED_BITS: Final = 32
FULL_SPEED: Final = 1 << SPEED_BITS
"""The speed of a slice that nothing slows down, and the share of one that only moves memory."""
_KB_S_PER_GB_S: Final = 1_000_000


class Demand:
    """What one slice asks of the memory: kB/s, and its share of what its backend can draw."""

    __slots__ = ("backend", "kb_s", "share")

    def __init__(self, backend: int, kb_s: int, share: int) -> None:
        self.backend = backend
        self.kb_s = kb_s
        self.share = share


class SharedMemory:
    """The DRAM of a profile; nobody presses on it where the profile does not say what it gives."""

    __slots__ = ("_caps", "_interference", "_is_known", "_profile", "_traffic", "_usable")

    def __init__(self, profile: Profile) -> None:
        usable = profile.memory.usable_gb_s
        self._is_known = usable is not None
        if usable is None:
            usable = Fraction(1)
        self._profile = profile
        self._usable = _kb_s(usable)
        self._caps = [
            min(self._usable, _kb_s(each.bandwidth_gb_s or usable)) for each in profile.backends
        ]
        """What each backend can draw alone."""
        self._interference = [_in_units(each.interference) for each in profile.backends]
        self._traffic: dict[tuple[str, int], Fraction] = {}

    def demand(self, stage: StageRun, backend: int, chunk: int) -> Demand:
        """Of the stage's next slice on this backend, over the time that the table gives it."""
        if not self._is_known:
            return Demand(backend, 0, 0)
        moved, expected_ns = self._moved(stage, backend, chunk)
        cap = self._caps[backend]
        asked = round_half_even(moved.numerator * _KB_S_PER_GB_S, moved.denominator * expected_ns)
        kb_s = min(cap, asked)
        return Demand(backend, kb_s, round_half_even(kb_s << SPEED_BITS, cap))

    def speeds(self, demands: Sequence[Demand]) -> list[int]:
        """How fast each slice gets on beside the others, at most ``FULL_SPEED``."""
        together = sum(each.kb_s for each in demands)
        shares = sum(each.share for each in demands)
        return [self._speed(each, together, shares - each.share) for each in demands]

    def _speed(self, demand: Demand, together: int, others: int) -> int:
        # The slowdowns are ratios; the larger one, turned over, is the speed.
        crowded, room = demand.share * together, FULL_SPEED * self._usable
        pressure = min(FULL_SPEED, others)
        whole = FULL_SPEED**3
        excess = self._interference[demand.backend] - FULL_SPEED
        disturbed = whole + excess * demand.share * pressure
        if crowded * whole > disturbed * room:
            return max(1, round_half_even(FULL_SPEED * room, crowded))
        return max(1, round_half_even(FULL_SPEED * whole, disturbed))

    def _moved(self, stage: StageRun, backend: int, chunk: int) -> tuple[Fraction, int]:
        """Bytes that the slice moves, and in what time; of all its slices for an inference."""
        plan, timing = stage.plan, stage.plan.timing
        traffic = self._bytes(plan.model, backend)
        if stage.phase == INFERENCE:
            return traffic, timing.inference[backend].rest_ns[0]
        if stage.phase == DECODE:
            context = stage.context
            expected_ns = timing.decode[backend].token(context).expected_ns
        else:
            begin, context = plan.cached + stage.position, chunk_end(stage, chunk)
            first = stage.position == 0
            expected_ns = timing.prefill[backend].chunk(begin, context, first=first).expected_ns
        return traffic + context * timing.kv_bytes_per_token, expected_ns

    def _bytes(self, model: str, backend: int) -> Fraction:
        """Of one inference, prefill chunk or token, without the KV cache."""
        address = (model, backend)
        found = self._traffic.get(address)
        if found is None:
            costs = self._profile.models[model]
            listed = costs[self._profile.backends[backend].name].traffic_mb
            moved = costs.about.weight_mb if listed is None else listed
            found = self._traffic[address] = (moved or Fraction(0)) * 1_000_000
        return found


def _kb_s(gb_s: Fraction) -> int:
    exact = gb_s * _KB_S_PER_GB_S
    return max(1, round_half_even(exact.numerator, exact.denominator))


def _in_units(factor: Fraction) -> int:
    exact = factor * FULL_SPEED
    return round_half_even(exact.numerator, exact.denominator)
