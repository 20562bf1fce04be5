"""The decisions of one instant."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

from emulator.journal import INFERENCE, PREFILL
from emulator.policies.adaptive.ingredients import Ingredients
from emulator.policies.adaptive.lookahead import MISS, chance_of_miss
from emulator.policies.adaptive.outlook import Outlook
from emulator.policies.base import Decision, Drop, Key, Queue, ReadySlice
from emulator.policies.walk import NEVER

_HARMLESS: Final = 20
"""Thousandths of a miss that are as good as none."""
_EVEN: Final = MISS // 2
_TOKENS: Final = (128, 64, 32, 16, 8)
"""How much of a prompt may be read at a time: compiled NPU graphs have such fixed shapes."""
_STARVED_NS: Final = 2_000_000_000
"""After waiting so long a language model gets a slice at whatever cost."""

_Head: TypeAlias = tuple[Key, int, Queue]
"""The first slice of a queue that is not started yet: its key, its position and the queue."""


class Instant:
    """What waits at one instant, and what is done about it."""

    def __init__(self, on: Ingredients, outlook: Outlook, queues: Iterable[Queue]) -> None:
        self._on = on
        self._outlook = outlook
        self._decisions: list[Decision] = []
        self._lost: set[tuple[str, int]] = set()
        self._hard: list[_Head] = []
        """What can miss."""
        self._soft: list[_Head] = []
        for queue in queues:
            position = self._first_kept(queue)
            if position < len(queue):
                key, ready = queue[position]
                heads = self._soft if ready.doom_ns is None else self._hard
                heads.append((key, position, queue))
        self._hard.sort(key=_key)
        self._soft.sort(key=_key)
        for (latest_ns, _), position, queue in self._hard:
            outlook.add(queue[position][1], latest_ns)
        heads = [*self._hard, *self._soft]
        self._prompts = [head for head in heads if _ready(head).phase == PREFILL]
        answers = [_ready(head) for head in heads if _ready(head).phase != INFERENCE]
        self._wanted = {_favorite(ready) for ready in answers} if on.room else set[int]()
        """Backends on which a language model that waits is fastest."""

    def decide(self) -> Sequence[Decision]:
        """Prompts in the slack of the frames, then what can miss, then the rest in the slack."""
        if self._on.prompts_first:
            self._walk(self._prompts, self._fill)
        self._walk(self._hard, self._place)
        self._walk(self._soft, self._fill)
        if all(self._outlook.chip.idle):
            self._run_something()
        return self._decisions

    def _run_something(self) -> None:
        """Starts what harms least: with nothing running there may be no other time to decide."""
        outlook = self._outlook
        least: tuple[int, int, int, int] | None = None
        chosen: ReadySlice | None = None
        for head in (*self._hard, *self._soft):
            ready = _ready(head)
            tokens = min(ready.prompt_left, _TOKENS[-1]) if self._on.chunks else 0
            for position, backend in enumerate(ready.backends):
                cost_ns = ready.slice_ns[position]
                if tokens:
                    cost_ns = max(1, ready.rest_ns[position] * tokens // ready.prompt_left)
                harm = outlook.harm(ready, backend, cost_ns), cost_ns, backend, tokens
                if least is None or harm < least:
                    least, chosen = harm, ready
        if least is not None and chosen is not None:
            _, cost_ns, backend, tokens = least
            self._decisions.append(outlook.start(chosen, backend, cost_ns, tokens))

    def _first_kept(self, queue: Queue) -> int:
        """Gives up the jobs at the head that cannot be met any more."""
        if not self._on.give_up:
            return 0
        for position, (_, ready) in enumerate(queue):
            latest_ns = ready.doom_ns
            if latest_ns is None or latest_ns >= self._outlook.now_ns or ready.job_runs:
                return position
            job = ready.stream, ready.job
            if job not in self._lost:
                self._lost.add(job)
                self._decisions.append(Drop(ready, "lost"))
        return len(queue)

    def _walk(self, heads: Iterable[_Head], start: Callable[[ReadySlice], bool]) -> None:
        """Starts what can be started, the most urgent first, and over again after each start."""
        idle = self._outlook.chip.idle
        started = {each.slice.handle for each in self._decisions}
        waiting = [head for head in heads if _ready(head).handle not in started]
        while any(idle):
            begun = next((head for head in waiting if start(_ready(head))), None)
            if begun is None:
                return
            waiting.remove(begun)
            _, position, queue = begun
            if position + 1 < len(queue):
                key, following = queue[position + 1]
                waiting.append((key, position + 1, queue))
                waiting.sort(key=_key)
                if following.doom_ns is not None:
                    self._outlook.add(following, following.doom_ns)

    def _place(self, ready: ReadySlice) -> bool:
        """Starts what can miss where the risk of all, its own included, is least.

        Waits if that is better still, or gives up nothing by waiting.
        """
        outlook = self._outlook
        if ready.phase != INFERENCE and self._can_wait(ready):
            return self._fill(ready)
        least, best, best_ns = MISS + 1, -1, 0
        for own, backend, cost_ns in self._places(ready):
            if self._leaves_room(ready, backend, cost_ns):
                continue
            total = own + outlook.harm(ready, backend, cost_ns)
            rest_ns = ready.rest_ns[ready.backends.index(backend)]
            if total > _HARMLESS and rest_ns > cost_ns:
                # It is not over with this slice: all that is left would do harm.
                total = own + outlook.harm(ready, backend, rest_ns)
            if total < least:
                least, best, best_ns = total, backend, cost_ns
            if least <= _HARMLESS:
                break
        if best < 0:
            return False
        if least > _HARMLESS and outlook.risk_of_waiting(ready, best_ns, ready.backends) < least:
            return False
        self._decisions.append(outlook.start(ready, best, best_ns))
        return True

    def _can_wait(self, ready: ReadySlice) -> bool:
        """Whether nothing is risked by a start at a later time."""
        cost_ns = min(ready.slice_ns)
        return self._outlook.risk_of_waiting(ready, cost_ns, ready.backends) <= _HARMLESS

    def _places(self, ready: ReadySlice) -> list[tuple[int, int, int]]:
        """(own risk, backend, cost of the slice) of the idle backends, the surest end first.

        Where a language model waits for the backend, worse than even odds are not worth it.
        """
        chip = self._outlook.chip
        latest_ns, options = self._outlook.waiting(ready)
        due_ns = latest_ns + min(ready.rest_ns)
        found: list[tuple[int, int, int, int]] = []
        for (backend, rest, off), cost_ns in zip(options, ready.slice_ns, strict=True):
            if chip.idle[backend]:
                end_ns = chip.busy_ns[backend] + rest
                own = chance_of_miss(due_ns - end_ns, off)
                if own < MISS and (own <= _EVEN or backend not in self._wanted):
                    found.append((end_ns + off, own, backend, cost_ns))
        found.sort()
        return [each[1:] for each in found]

    def _leaves_room(self, ready: ReadySlice, backend: int, cost_ns: int) -> bool:
        """Whether a frame can do without a backend that a language model waits for."""
        if backend not in self._wanted or ready.phase != INFERENCE:
            return False
        others = [each for each in ready.backends if each not in self._wanted]
        return bool(others) and (self._outlook.risk_of_waiting(ready, cost_ns, others) <= _HARMLESS)

    def _fill(self, ready: ReadySlice) -> bool:
        """Starts a slice for which nothing is missed, where it would end first.

        If that would do harm it takes a slower backend, but only after waiting for as long as it
        loses there: whoever rents skis until the rent is their price pays at most twice what was
        needed.
        """
        chip = self._outlook.chip
        best = min(ready.slice_ns)
        waited_ns = self._outlook.now_ns - ready.ready_ns
        for rank, (end_ns, position) in enumerate(self._ends(ready)):
            loses_ns = ready.slice_ns[position] - best
            is_slow = self._on.patience and rank > 0 and loses_ns > waited_ns
            if is_slow or not chip.idle[ready.backends[position]]:
                return False
            if self._fits(ready, position, is_starved=waited_ns > _STARVED_NS):
                if ready.phase == PREFILL and self._on.whole_prompts:
                    self._outlook.reads(ready, position, end_ns)
                return True
        return False

    def _ends(self, ready: ReadySlice) -> list[tuple[int, int]]:
        """(end, position) on each backend, the first first; of a prompt the end of all of it.

        Where even by itself it would end later than elsewhere, nothing more need be known.
        """
        outlook, is_whole = self._outlook, ready.phase == PREFILL and self._on.whole_prompts
        costs = ready.rest_ns if is_whole else ready.slice_ns
        ends = sorted(
            (outlook.chip.busy_ns[backend] + cost_ns, position)
            for position, (backend, cost_ns) in enumerate(zip(ready.backends, costs, strict=True))
        )
        if is_whole:
            first_ns = NEVER
            for rank, (end_ns, position) in enumerate(ends):
                if end_ns < first_ns:
                    ends[rank] = outlook.read_by(ready, position), position
                    first_ns = min(first_ns, ends[rank][0])
            ends.sort()
        return ends

    def _fits(self, ready: ReadySlice, position: int, *, is_starved: bool) -> bool:
        """Starts as much as does no harm on this backend; the least there is when starved."""
        outlook = self._outlook
        harm = outlook.harm_to_each if self._on.each_frame else outlook.harm
        backend, left = ready.backends[position], ready.prompt_left
        sizes = [each for each in _TOKENS if each < left] if left and self._on.chunks else []
        tokens, cost_ns = 0, ready.slice_ns[position]
        if left and self._on.chunks and left <= _TOKENS[0]:
            sizes.insert(0, left)
        for tokens in sizes or [0]:
            if tokens:
                cost_ns = max(1, ready.rest_ns[position] * tokens // left)
            if harm(ready, backend, cost_ns) <= _HARMLESS:
                break
        else:
            if not is_starved:
                return False
        self._decisions.append(outlook.start(ready, backend, cost_ns, tokens))
        return True


def _ready(head: _Head) -> ReadySlice:
    return head[2][head[1]][1]


def _key(head: _Head) -> Key:
    return head[0]


def _favorite(ready: ReadySlice) -> int:
    return min(zip(ready.slice_ns, ready.backends, strict=True))[1]
