"""How long a slice takes on which backend: a profile's tables, ready for the engine.

Table values come from the profile alone; draws and policies have no part in them. Every lookup is
cached, because the same chunk or context length is asked for thousands of times in a run.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from emulator.cost import Cost, Curve
from emulator.profile import Profile
from emulator.schema.exact import ms_to_ns, us_to_ns
from emulator.schema.model_cost import ModelCost, Noise


def _drawn(listed: Noise, *, noise: bool) -> Noise | None:
    """The noise to draw from; None where the profile lists none, or noise is turned off."""
    return listed if noise and listed.dist != "none" else None


class InferenceTiming:
    """One inference of a vision or audio model on one backend: one slice, or the profile's list."""

    __slots__ = ("noise", "rest_ns", "slices")

    def __init__(self, entry: ModelCost, dispatch_ns: Fraction, *, noise: bool) -> None:
        tables = entry.slices_ms or ((entry.latency_ms,) if entry.latency_ms is not None else ())
        self.slices = tuple(Cost(ms_to_ns(table), dispatch_ns) for table in tables)
        self.noise = _drawn(entry.noise_model("latency"), noise=noise)
        tails = accumulate(cost.expected_ns for cost in reversed(self.slices))
        self.rest_ns = (*reversed(tuple(tails)), 0)
        """Expected time from slice i to the end of the inference."""


class PrefillTiming:
    """Reading a prompt on one backend: T(n) from an empty context to n tokens.

    A chunk a..b costs T(b) - T(a).
    """

    __slots__ = ("_base_ns", "_chunk_ns", "_costs", "_curve", "_dispatch_ns", "_rests", "noise")

    def __init__(self, entry: ModelCost, dispatch_ns: Fraction, *, noise: bool) -> None:
        points = tuple((tokens, ms_to_ns(ms)) for tokens, ms in entry.prefill_points())
        self._curve = Curve(((0, Fraction(0)), *points))
        self._base_ns = ms_to_ns(entry.prefill_base_ms)
        self._chunk_ns = ms_to_ns(entry.chunk_overhead_ms)
        self._dispatch_ns = dispatch_ns
        self._costs: dict[tuple[int, int, bool], Cost] = {}
        self._rests: dict[tuple[int, int, bool, int], int] = {}
        self.noise = _drawn(entry.noise_model("prefill"), noise=noise)

    def chunk(self, begin: int, end: int, *, first: bool) -> Cost:
        """The chunk that takes the context from ``begin`` to ``end`` tokens.

        The base is paid on the first.
        """
        address = (begin, end, first)
        cost = self._costs.get(address)
        if cost is None:
            overhead = self._dispatch_ns + (0 if first else self._chunk_ns)
            cost = self._costs[address] = Cost(self._table_ns(begin, end, first=first), overhead)
        return cost

    def rest_ns(self, begin: int, end: int, *, first: bool, chunk: int) -> int:
        """Expected time of all chunks from ``begin`` to ``end``.

        ``chunk`` is their size in tokens, 0 for one whole prefill.
        """
        address = (begin, end, first, chunk)
        rest = self._rests.get(address)
        if rest is None:
            chunks = -(-(end - begin) // chunk) if chunk else 1
            overhead = chunks * self._dispatch_ns + (chunks - first) * self._chunk_ns
            rest = Cost(self._table_ns(begin, end, first=first), overhead).expected_ns
            self._rests[address] = rest
        return rest

    def _table_ns(self, begin: int, end: int, *, first: bool) -> Fraction:
        span = self._curve.extended(end) - self._curve.extended(begin)
        return span + self._base_ns if first else span


class DecodeTiming:
    """Writing one token on one backend, by context length."""

    __slots__ = ("_batch_overhead", "_costs", "_curve", "_dispatch_ns", "max_batch", "noise")

    def __init__(self, entry: ModelCost, dispatch_ns: Fraction, *, noise: bool) -> None:
        self.max_batch = entry.batch_max or 1
        """How many requests can write a token in one slice."""
        self._batch_overhead = entry.batch_overhead or Fraction(0)
        self._curve = Curve(tuple((tokens, ms_to_ns(ms)) for tokens, ms in entry.decode_points()))
        self._dispatch_ns = dispatch_ns
        self._costs: dict[int, Cost] = {}
        self.noise = _drawn(entry.noise_model("decode"), noise=noise)

    def token(self, context: int) -> Cost:
        """One decode slice at this context length, of one request."""
        cost = self._costs.get(context)
        if cost is None:
            cost = self._costs[context] = Cost(self._curve.clamped(context), self._dispatch_ns)
        return cost

    def batch_factor(self, size: int) -> Fraction:
        """How much longer the table value is for so many requests than for one."""
        return 1 + (size - 1) * self._batch_overhead


class DecodeSum:
    """Best-case time of a run of tokens.

    Each on the backend that is fastest at its context length.
    """

    __slots__ = ("_backends", "_origin", "_sums")

    def __init__(self, backends: Sequence[DecodeTiming]) -> None:
        self._backends = tuple(backends)
        self._origin = 0
        self._sums = [0]

    def between(self, begin: int, end: int) -> int:
        """Expected time of the tokens decoded at contexts ``begin`` to ``end - 1``."""
        if end <= begin:
            return 0
        if begin < self._origin or len(self._sums) == 1:
            self._origin, self._sums = begin, [0]
        while self._origin + len(self._sums) <= end:
            context = self._origin + len(self._sums) - 1
            best = min(each.token(context).expected_ns for each in self._backends)
            self._sums.append(self._sums[-1] + best)
        return self._sums[end - self._origin] - self._sums[begin - self._origin]


class ModelTiming:
    """A model's tables by backend index. ``kv_bytes_per_token`` prices the move of a cache."""

    __slots__ = ("decode", "inference", "is_llm", "kv_bytes_per_token", "name", "prefill")

    def __init__(self, profile: Profile, name: str, *, noise: bool) -> None:
        self.name = name
        self.is_llm = profile.is_llm(name)
        self.inference: dict[int, InferenceTiming] = {}
        self.prefill: dict[int, PrefillTiming] = {}
        self.decode: dict[int, DecodeTiming] = {}
        self.kv_bytes_per_token = profile.kv_bytes_per_token(name)
        entries = profile.models[name]
        for index, backend in enumerate(profile.backends):
            entry = entries.get(backend.name)
            if entry is None:
                continue
            dispatch_ns = us_to_ns(backend.dispatch_us)
            if entry.has_prefill:
                self.prefill[index] = PrefillTiming(entry, dispatch_ns, noise=noise)
            if entry.has_decode:
                self.decode[index] = DecodeTiming(entry, dispatch_ns, noise=noise)
            if not self.is_llm:
                self.inference[index] = InferenceTiming(entry, dispatch_ns, noise=noise)


class Timing:
    """All models of a profile, compiled at first use."""

    __slots__ = ("_kv_fixed_ns", "_kv_ns_per_byte", "_models", "_noise", "_profile")

    def __init__(self, profile: Profile, *, noise: bool) -> None:
        self._profile = profile
        self._noise = noise
        self._models: dict[str, ModelTiming] = {}
        transfer = profile.memory.kv_transfer
        self._kv_fixed_ns = us_to_ns(transfer.fixed_us)
        self._kv_ns_per_byte = 1 / transfer.gb_s if transfer.gb_s else Fraction(0)

    def model(self, name: str) -> ModelTiming:
        """The tables of a model; raises KeyError for one that the profile does not know."""
        timing = self._models.get(name)
        if timing is None:
            timing = self._models[name] = ModelTiming(self._profile, name, noise=self._noise)
        return timing

    def kv_move_ns(self, model: ModelTiming, tokens: int) -> Fraction:
        """Moving a cache of this many tokens to another backend.

        A fixed part plus bytes over bandwidth (1 GB/s = 1 byte/ns).
        """
        return self._kv_fixed_ns + tokens * model.kv_bytes_per_token * self._kv_ns_per_byte
