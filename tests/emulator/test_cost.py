"""What a slice costs: exact tables, noise that scales nothing else, one rounding to the even."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile
from emulator.cost import NO_NOISE, Cost, Curve, noise_factor, round_half_even
from emulator.schema.model_cost import Noise
from emulator.timing import DecodeSum, DecodeTiming, ModelTiming, Timing
from tests.emulator.strategies import examples

MS = 1_000_000
tables = st.fractions(0, 10**9, max_denominator=10**6)
noises = st.integers(0, 8 * NO_NOISE)


def model(backend: dict[str, object], entry: dict[str, object], **more: object) -> ModelTiming:
    """The tables of a model that one backend lists."""
    named = {"name": "npu", **backend}
    profile = load_profile({"backends": [named], "models": {"m": {"npu": entry}}, **more})
    return Timing(profile, noise=True).model("m")


# Rounding


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 2, 0), (3, 2, 2), (5, 2, 2), (7, 2, 4), (4, 3, 1), (5, 3, 2), (0, 7, 0), (9, 1, 9)],
)
def test_halves_round_to_the_even(numerator: int, denominator: int, expected: int) -> None:
    """0.5 is 0, 1.5 is 2, 2.5 is 2."""
    assert round_half_even(numerator, denominator) == expected


@given(st.integers(0, 10**30), st.integers(1, 10**15))
def test_rounding_is_that_of_exact_fractions(numerator: int, denominator: int) -> None:
    """As Python rounds a Fraction, of any size."""
    assert round_half_even(numerator, denominator) == round(Fraction(numerator, denominator))


@given(tables, tables, noises)
def test_a_duration_is_rounded_once(table: Fraction, overhead: Fraction, noise: int) -> None:
    """Round half-even(table x noise + overheads), at least 1 ns."""
    exact = table * Fraction(noise, NO_NOISE) + overhead
    cost = Cost(table, overhead)
    assert cost.duration_ns(noise) == max(1, round(exact))
    assert cost.expected_ns == max(1, round(table + overhead))
    assert cost.plus(Fraction(1, 3)).duration_ns(noise) == max(1, round(exact + Fraction(1, 3)))


@given(st.integers(1, 10**9), st.integers(0, 10**9), st.integers(0, 1000))
def test_noise_scales_the_table_only(table: int, overhead: int, factor: int) -> None:
    """A factor of n makes n tables and one overhead."""
    cost = Cost(Fraction(table), Fraction(overhead))
    assert cost.duration_ns(factor * NO_NOISE) == max(1, factor * table + overhead)


def test_nothing_takes_less_than_a_nanosecond() -> None:
    """Nor does a slice that noise made vanish."""
    assert Cost(Fraction(1, 10), Fraction(0)).expected_ns == 1
    assert Cost(Fraction(10**6), Fraction(0)).duration_ns(0) == 1


# Noise


@pytest.mark.parametrize(
    ("noise", "u", "factor"),
    [
        (Noise(dist="none"), 0.999, 1.0),
        (Noise(dist="lognormal", sigma=0.12), 0.5, 1.0),
        (Noise(dist="lognormal", sigma=0.5), 0.975, math.exp(0.5 * 1.959963984540054)),
        (Noise(dist="exponential"), 0.5, math.log(2)),
    ],
)
def test_a_noise_factor_is_its_quantile(noise: Noise, u: float, factor: float) -> None:
    """In units of 2^-20: median 1 for lognormal, mean 1 for exponential."""
    assert abs(noise_factor(noise, u) - factor * NO_NOISE) <= 0.5


def test_the_99th_percentile_of_a_latency_is_the_profile_s() -> None:
    """Noise from p50 and p99 goes through both."""
    timing = model({}, {"latency_ms": 4, "p99_ms": 6}).inference[0]
    assert timing.noise is not None
    for u, expected_ms in ((0.5, 4), (0.99, 6)):
        duration_ns = timing.slices[0].duration_ns(noise_factor(timing.noise, u))
        assert abs(duration_ns - expected_ms * MS) < 10


def test_noise_that_is_turned_off_is_none() -> None:
    """Whatever a profile lists."""
    entry = {"latency_ms": 1, "noise": "exponential"}
    profile = load_profile({"backends": ["npu"], "models": {"m": {"npu": entry}}})
    noisy = Timing(profile, noise=True).model("m").inference[0].noise
    assert noisy == Noise(dist="exponential")
    assert Timing(profile, noise=False).model("m").inference[0].noise is None


# Inferences


def test_the_rest_of_an_inference_is_the_sum_of_its_slices() -> None:
    """Each with the dispatch of its backend."""
    timing = model({"dispatch_us": 100}, {"slices_ms": [2, 3, 1]}).inference[0]
    assert [cost.expected_ns for cost in timing.slices] == [2_100_000, 3_100_000, 1_100_000]
    assert timing.rest_ns == (6_300_000, 4_200_000, 1_100_000, 0)


# Curves


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=2, max_size=5),
    st.integers(0, 400),
)
def test_a_curve_is_linear_between_its_points(steps: list[tuple[int, int]], tokens: int) -> None:
    """Through every point, straight between two, straight on (or constant) beyond the last."""
    points = [(0, Fraction(0))]
    for tokens_more, ns_more in steps:
        points.append((points[-1][0] + tokens_more, points[-1][1] + ns_more))
    curve = Curve(tuple(points))
    assert [curve.extended(n) for n, _ in points] == [ns for _, ns in points]
    right = next((i for i in range(1, len(points)) if tokens <= points[i][0]), len(points) - 1)
    (n, low), (m, high) = points[right - 1], points[right]
    assert (curve.extended(tokens) - low) * (m - n) == (high - low) * (tokens - n)
    inside = min(tokens, points[-1][0])
    assert curve.clamped(tokens) == curve.extended(inside)


def test_prefill_rates_are_times_from_an_empty_context() -> None:
    """At n tokens n / rate; linear through the origin; the last slope goes on."""
    entry: dict[str, object] = {"prefill_tokens_per_s": [[100, 1000], [300, 2000]]}
    prefill = model({}, entry).prefill[0]
    times = [prefill.chunk(0, n, first=True).expected_ns for n in (50, 100, 200, 300, 500)]
    assert times == [50 * MS, 100 * MS, 125 * MS, 150 * MS, 200 * MS]
    assert prefill.chunk(100, 200, first=False).expected_ns == 25 * MS


def test_decode_rates_are_linear_in_time_and_constant_outside() -> None:
    """Between two contexts the time per token is linear, not the rate."""
    entry: dict[str, object] = {"decode_tokens_per_s": [[100, 100], [300, 50]]}
    decode = model({"dispatch_us": 500}, entry).decode[0]
    times = [decode.token(n).expected_ns for n in (1, 100, 200, 300, 9999)]
    assert times == [10_500_000, 10_500_000, 15_500_000, 20_500_000, 20_500_000]


# Chunks

PREFILLS: list[dict[str, object]] = [
    {"prefill_ms": {"base": 5, "per_token": 0.25}},
    {"prefill_ms": {"base": "100/3", "per_token": "1/7"}},
    {"prefill_ms": [[4, 2], [16, 11], [40, 50]]},
    {"prefill_tokens_per_s": [[1024, 766], [2048, 910]]},
]


@pytest.mark.parametrize("entry", PREFILLS)
@settings(max_examples=examples(30))
@given(st.integers(0, 64), st.sets(st.integers(1, 3000), min_size=1, max_size=12))
def test_chunks_add_up_to_the_whole(entry: dict[str, object], cached: int, cuts: set[int]) -> None:
    """Without overheads, however a prompt is cut: exactly, then each chunk is rounded once."""
    prefill = model({}, entry).prefill[0]
    ends = [cached + cut for cut in sorted(cuts)]
    spans = list(pairwise([cached, *ends]))
    tables = [prefill._table_ns(begin, end, first=begin == cached) for begin, end in spans]
    assert sum(tables) == prefill._table_ns(cached, ends[-1], first=True)
    for (begin, end), table in zip(spans, tables, strict=True):
        chunk = prefill.chunk(begin, end, first=begin == cached)
        assert chunk.expected_ns == max(1, round(table))


@pytest.mark.parametrize("chunk", [0, 1, 7, 64, 200])
def test_the_rest_of_a_prefill_is_what_its_chunks_cost(chunk: int) -> None:
    """Base once, dispatch for each chunk, the chunk overhead for all but the first."""
    entry: dict[str, object] = {
        "prefill_ms": {"base": 5, "per_token": 0.25},
        "chunk_overhead_ms": 0.5,
    }
    prefill = model({"dispatch_us": 100}, entry).prefill[0]
    size = chunk or 200
    begins = range(0, 200, size)
    chunks = [prefill.chunk(at, min(at + size, 200), first=at == 0).expected_ns for at in begins]
    assert prefill.rest_ns(0, 200, first=True, chunk=chunk) == sum(chunks)
    overheads = len(chunks) * 100_000 + (len(chunks) - 1) * 500_000
    assert sum(chunks) == 5 * MS + 50 * MS + overheads
    begun = prefill.rest_ns(size, 200 + size, first=False, chunk=chunk)
    assert begun == sum(chunks) - 5 * MS + 500_000


def test_the_base_is_paid_over_a_cached_prefix_too() -> None:
    """Prefill after cached tokens costs T(cached + n) - T(cached), and the base."""
    prefill = model({}, {"prefill_ms": {"base": 5, "per_token": 0.25}}).prefill[0]
    assert prefill.chunk(600, 700, first=True).expected_ns == 30 * MS


# Sums of tokens


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=8))
def test_a_sum_of_tokens_takes_the_fastest_backend_for_each(spans: list[tuple[int, int]]) -> None:
    """In whatever order the sums are asked for."""
    backends = ["npu", "gpu"]
    entries = {"npu": {"decode_ms": [[10, 1], [40, 7]]}, "gpu": {"decode_ms": 3}}
    profile = load_profile({"backends": backends, "models": {"m": entries}})
    decodes: list[DecodeTiming] = list(Timing(profile, noise=False).model("m").decode.values())
    sums = DecodeSum(decodes)
    for begin, end in spans:
        expected = [min(each.token(n).expected_ns for each in decodes) for n in range(begin, end)]
        assert sums.between(begin, end) == sum(expected)


# Caches


def test_a_cache_moves_at_the_profile_s_price() -> None:
    """A fixed part plus bytes over bandwidth; without a price the memory is shared."""
    memory = {"kv_transfer": {"fixed_us": 20, "gb_s": 50}}
    about = {"kv_bytes_per_token": 100_000}
    entry = {"prefill_ms": {"per_token": 1}, "decode_ms": 1}
    models = {"m": {"npu": entry, "about": about}}
    profile = load_profile({"backends": ["npu"], "models": models, "memory": memory})
    timing = Timing(profile, noise=False)
    assert timing.kv_move_ns(timing.model("m"), 1000) == 20_000 + 100_000 * 1000 // 50
    shared = load_profile({"backends": ["npu"], "models": models})
    assert Timing(shared, noise=False).kv_move_ns(timing.model("m"), 1000) == 0


# Noise of any shape


QUANTILES = (0.5, 0.8, 1.0, 1.5, 4.0)


@pytest.mark.parametrize(
    ("u", "factor"), [(0.125, 0.65), (0.25, 0.8), (0.5, 1.0), (0.625, 1.25), (0.875, 2.75)]
)
def test_factors_are_quantiles_and_linear_between(u: float, factor: float) -> None:
    """Five factors stand at 0, 25, 50, 75 and 100 %."""
    noise = Noise(dist="quantiles", factors=QUANTILES)
    assert noise_factor(noise, u) == round(factor * NO_NOISE)


@given(st.floats(2**-53, 1 - 2**-53))
def test_quantiles_stay_between_the_least_and_the_most(u: float) -> None:
    """However near to 0 or 1 a draw is."""
    factor = noise_factor(Noise(dist="quantiles", factors=QUANTILES), u)
    assert round(0.5 * NO_NOISE) <= factor <= 4 * NO_NOISE


def test_the_deviation_is_that_of_the_factors() -> None:
    """Two factors are a uniform distribution: its width over the root of 12."""
    noise = Noise(dist="quantiles", factors=(0.5, 1.5))
    assert noise.deviation == pytest.approx(1 / math.sqrt(12))
    assert Noise(dist="lognormal", sigma=0.2).deviation == 0.2
    assert Noise(dist="exponential").deviation == 1
    assert Noise(dist="none").deviation == 0
