"""The chip at one instant, and what a start would do to everything else."""

from collections.abc import Collection, Hashable, Sequence
from typing import Final

from emulator.policies.adaptive.forecast import Forecast
from emulator.policies.adaptive.ingredients import Ingredients
from emulator.policies.adaptive.lookahead import MISS, Item, Way, exact_ways, risks, ways
from emulator.policies.base import BackendState, ReadySlice, Run
from emulator.policies.walk import NEVER, Chip

_CAUTION: Final = 1500
"""Thousandths of its standard deviation by which a slice that starts is taken to last longer: it
does so in one case of fifteen."""
_TAIL_NS: Final = 35_000_000
"""How long after the end of a slice its harm is looked for: about a frame."""
_READ_NS: Final = 100_000_000
"""How much reading is looked at to tell when a prompt is read; the rest goes on at that rate."""
_FARTHEST_NS: Final = 1_000_000_000


class Known:
    """What the policy remembers from one decision to the next."""

    __slots__ = ("forecast", "held_ns", "on", "reading")

    def __init__(self, ingredients: Ingredients) -> None:
        self.on = ingredients
        self.forecast = Forecast()
        self.held_ns: dict[int, int] = {}
        """Until when each backend is held even if its slice lasts longer than expected."""
        self.reading: dict[int, tuple[Hashable, int]] = {}
        """By backend: the prompt that is read there, and when all of it is read."""

    def ways(self, ready: ReadySlice) -> tuple[Way, ...]:
        """How the rest of what is ready can be run."""
        return ways(ready) if self.on.spread else exact_ways(ready)


class Outlook:
    """What waits and must run soon, what comes, and until when the backends are held."""

    def __init__(self, now_ns: int, backends: Sequence[BackendState], known: Known) -> None:
        self.now_ns = now_ns
        self.chip = Chip(now_ns, backends)
        self._known = known
        self._free_ns = [
            each.busy_until_ns
            if each.idle
            else max(each.busy_until_ns, known.held_ns.get(each.index, 0))
            for each in backends
        ]
        """From when on each backend is free even if its slice lasts longer."""
        self._waiting: dict[int, tuple[int, Item]] = {}
        """By handle: the latest start, and what must run."""
        self._rests: dict[tuple[int, int], tuple[list[Item], list[int]]] = {}

    def add(self, ready: ReadySlice, latest_ns: int) -> None:
        """Something that waits and can miss; the most urgent is to be added first."""
        due_ns = latest_ns + min(ready.rest_ns)
        self._waiting[ready.handle] = (latest_ns, (self.now_ns, due_ns, self._known.ways(ready)))

    def waiting(self, ready: ReadySlice) -> tuple[int, tuple[Way, ...]]:
        """Latest start of what waits and can miss, and how its rest can be run."""
        latest_ns, (_, _, options) = self._waiting[ready.handle]
        return latest_ns, options

    def start(self, ready: ReadySlice, backend: int, cost_ns: int, tokens: int = 0) -> Run:
        """The decision to start a slice, and what follows."""
        self.chip.start(ready, backend)
        self.chip.busy_ns[backend] = self.now_ns + cost_ns
        held_ns = self.now_ns + self._longer(ready, backend, cost_ns)
        self._free_ns[backend] = self._known.held_ns[backend] = held_ns
        self._waiting.pop(ready.handle, None)
        self._rests.clear()
        return Run(ready, backend, tokens)

    def harm(self, ready: ReadySlice, backend: int, cost_ns: int) -> int:
        """Risk of all others if this slice starts on the backend, less what they bear anyway."""
        before, after = self._before_and_after(ready, backend, cost_ns)
        return sum(after) - sum(before)

    def harm_to_each(self, ready: ReadySlice, backend: int, cost_ns: int) -> int:
        """Risk that is added to some of the others, whatever it takes from the rest."""
        before, after = self._before_and_after(ready, backend, cost_ns)
        return sum([b - a for a, b in zip(before, after, strict=True) if b > a])

    def risk_of_waiting(self, ready: ReadySlice, cost_ns: int, places: Collection[int]) -> int:
        """Risk, its own included, if it goes to the best of these places but not before its turn.

        Its turn may be before all others, or after all that wait.
        """
        latest_ns, (now_ns, due_ns, options) = self._waiting[ready.handle]
        if latest_ns >= now_ns + _horizon_ns(cost_ns):
            return 0
        items, without = self._rest(ready, cost_ns)
        last = sum([item[0] <= now_ns for item in items])
        least = NEVER
        for backend, cost, off in options:
            if backend not in places:
                continue
            own = (now_ns, due_ns, ((backend, self._longer(ready, backend, cost), off),))
            for turn in (0, last) if last else (0,):
                found = risks(self._free_ns.copy(), [*items[:turn], own, *items[turn:]])
                least = min(least, sum(found) - sum(without))
                if least <= 0:
                    return least
        return least

    def read_by(self, ready: ReadySlice, position: int) -> int:
        """When the last piece of a prompt ends on this backend, in ns.

        First comes the prompt that is read there, then frames that would be missed without the
        backend and cannot wait until that end: the response time of work with the lowest priority
        (Joseph and Pandya, 1986). Beyond the horizon frames are taken to hold the same share.
        """
        backend, rest_ns = ready.backends[position], ready.rest_ns[position]
        read_ns = min(rest_ns, _READ_NS)
        items, before = self._rest(ready, read_ns)
        free_ns = self._free_ns.copy()
        free_ns[backend] = NEVER
        after = risks(free_ns, items)
        begin_ns = self._begins_by(ready, backend)
        end_ns, held_ns = begin_ns + rest_ns, 0
        for chance, anyway, (_, due_ns, options) in zip(after, before, items, strict=True):
            if 2 * (chance - anyway) > MISS:
                cost_ns = sum([cost for other, cost, _ in options if other == backend])
                if due_ns - cost_ns < end_ns:
                    held_ns += cost_ns
                    end_ns += cost_ns
        length_ns = _horizon_ns(read_ns)
        beyond_ns = end_ns - max(begin_ns, self.now_ns + length_ns)
        if beyond_ns > 0:
            held_ns = min(held_ns, length_ns * 7 // 8)
            end_ns += beyond_ns * held_ns // (length_ns - held_ns)
        return end_ns

    def _begins_by(self, ready: ReadySlice, backend: int) -> int:
        """When a backend is free for a prompt: after the other that is read there, if any."""
        prompt, until_ns = self._known.reading.get(backend, (None, 0))
        busy_ns = self.chip.busy_ns[backend]
        return busy_ns if prompt == _prompt(ready) else max(busy_ns, until_ns)

    def reads(self, ready: ReadySlice, position: int, end_ns: int) -> None:
        """A piece of the prompt starts on this backend, where all of it is to be read by then."""
        reading, prompt = self._known.reading, _prompt(ready)
        for other, (each, _) in tuple(reading.items()):
            if each == prompt:
                del reading[other]
        reading[ready.backends[position]] = prompt, end_ns

    def _before_and_after(
        self, ready: ReadySlice, backend: int, cost_ns: int
    ) -> tuple[list[int], list[int]]:
        items, before = self._rest(ready, cost_ns)
        free_ns = self._free_ns.copy()
        free_ns[backend] = self.now_ns + self._longer(ready, backend, cost_ns)
        return before, risks(free_ns, items)

    def _longer(self, ready: ReadySlice, backend: int, cost_ns: int) -> int:
        if not self._known.on.spread:
            return cost_ns
        spread = ready.spread[ready.backends.index(backend)]
        return cost_ns + cost_ns * spread * _CAUTION // 1_000_000

    def _rest(self, ready: ReadySlice, cost_ns: int) -> tuple[list[Item], list[int]]:
        """All others that must run before the harm of such a slice is over, and their risks."""
        length_ns = _horizon_ns(cost_ns)
        address = ready.handle, length_ns
        rest = self._rests.get(address)
        if rest is None:
            end_ns = self.now_ns + length_ns
            items = [
                item
                for handle, (latest_ns, item) in self._waiting.items()
                if latest_ns < end_ns and handle != ready.handle
            ]
            items += self._known.forecast.until(self.now_ns, end_ns, cost_ns)
            rest = self._rests[address] = (items, risks(self._free_ns.copy(), items))
        return rest


def _prompt(ready: ReadySlice) -> Hashable:
    return ready.stream, ready.stage, ready.job


def _horizon_ns(cost_ns: int) -> int:
    """How far to look for the harm of a slice: half as long again, and a frame."""
    return min(cost_ns + cost_ns // 2 + _TAIL_NS, _FARTHEST_NS)
