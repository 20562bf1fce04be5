"""The counter-based generator: where a draw stands, how it is spread, and its transforms."""

import math
from fractions import Fraction
from itertools import pairwise, product
from statistics import mean, median, pstdev

import pytest

from emulator import draws
from emulator.catalog import load_scenario
from emulator.errors import UserError
from emulator.schema.distributions import MAX_CHOICES
from emulator.workload import draw_tokens
from tests.emulator.strategies import load_streams

SAMPLE = 10_000
LARGEST = 1 - 2.0**-53
SMALLEST = 2.0**-53
QUANTITIES = ("trigger", "prompt", "output", "phase", "jitter", "arrival", "latency", "prefill")


def sample(
    seed: int = 0, stream: str = "cam", stage: str = "blur", quantity: str = "latency"
) -> list[float]:
    """The draws of the first jobs."""
    return [draws.uniform(seed, stream, job, stage, quantity, 0) for job in range(SAMPLE)]


def chi_square(counts: list[int]) -> float:
    """Pearson's statistic against equal counts."""
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 for count in counts) / expected


def limit(cells: int) -> float:
    """About the 99.9th percentile of chi-square with one degree of freedom less than cells."""
    freedom = cells - 1
    return freedom + 3.1 * math.sqrt(2 * freedom) + 5


def correlation(one: list[float], other: list[float]) -> float:
    """Pearson's coefficient."""
    center, spread = (mean(one), mean(other)), pstdev(one) * pstdev(other)
    products = [(a - center[0]) * (b - center[1]) for a, b in zip(one, other, strict=True)]
    return mean(products) / spread


# Addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ((0, "cam", 0, "cam", "latency", 0), "0x1.e2cd006446cd1p-1"),
        ((1, "cam", 0, "cam", "latency", 0), "0x1.b7286ba97ae97p-1"),
        ((0, "npc", 7, "think", "decode", 41), "0x1.3eea68e9a9ae4p-3"),
        ((2**63, "é", 10**9, "s", "trigger", 0), "0x1.d74b84e5bb719p-1"),
        ((0, "a", 0, "", "jitter", 0), "0x1.c37d370cfbaffp-1"),
    ],
)
def test_a_draw_is_the_same_in_every_version(
    address: tuple[int, str, int, str, str, int], expected: str
) -> None:
    """Recordings are verified by drawing again, so no version may draw anything else."""
    assert draws.uniform(*address).hex() == expected


def test_the_finalizer_is_splitmix64() -> None:
    """Its outputs are those of the published generator with seed 1234567."""
    states = [(1234567 + step * 0x9E3779B97F4A7C15) % 2**64 for step in (1, 2, 3)]
    assert [draws._finalize(state) for state in states] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_every_part_of_an_address_counts() -> None:
    """A draw changes with each part of its address, and with where one name ends."""
    base: tuple[int, str, int, str, str, int] = (0, "ab", 3, "c", "latency", 5)
    others = [
        (1, *base[1:]),
        (0, "a", 3, "bc", "latency", 5),
        (*base[:2], 4, *base[3:]),
        (*base[:3], "d", *base[4:]),
        (*base[:4], "prefill", 5),
        (*base[:5], 6),
        (0, "ab", 5, "c", "latency", 3),
    ]
    drawn = {draws.uniform(*base), *(draws.uniform(*each) for each in others)}
    assert len(drawn) == 1 + len(others)


def test_no_name_can_hold_the_separator() -> None:
    """Names joined by U+001F address one draw only, because a scenario refuses it in a name."""
    with pytest.raises(UserError):
        load_scenario({"streams": [{"name": "a\x1fb", "model": "m", "rate_hz": 1}]})


def test_a_draw_does_not_hang_on_the_draws_before_it() -> None:
    """There is no state: the draws of a thousand jobs are the same in any order."""
    key = draws.stream_key(7, "cam", "cam", "latency")
    there = [draws.uniform_at(key, job, 0) for job in range(1000)]
    back = [draws.uniform_at(key, job, 0) for job in reversed(range(1000))]
    assert there == back[::-1]


# Uniformity


def test_a_draw_is_an_odd_multiple_of_two_to_the_minus_53_between_0_and_1() -> None:
    """So it is exact as a fraction, and its mirror image 1 - u is a draw as well."""
    for u in sample():
        assert 0 < u < 1
        steps = Fraction(u) * 2**53
        assert steps.denominator == 1
        assert steps.numerator % 2 == 1


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_draws_fill_the_interval_evenly(quantity: str) -> None:
    """Counts in 100 equal parts, and the mean and spread, are those of a uniform sample."""
    drawn = sample(quantity=quantity)
    counts = [0] * 100
    for u in drawn:
        counts[int(u * 100)] += 1
    assert chi_square(counts) < limit(100)
    assert abs(mean(drawn) - 0.5) < 4 / math.sqrt(12 * SAMPLE)
    assert abs(pstdev(drawn) - 1 / math.sqrt(12)) < 0.004


def test_low_bits_are_as_random_as_high_ones() -> None:
    """The sixteen lowest bits of a draw fill their range evenly."""
    counts = [0] * 64
    for u in sample():
        counts[int(u * 2**53) // 2 % 64] += 1
    assert chi_square(counts) < limit(64)


@pytest.mark.parametrize("quantity", ["latency", "decode"])
def test_neighbors_know_nothing_of_each_other(quantity: str) -> None:
    """Pairs of successive jobs, and of successive tokens, fill a 16 x 16 square evenly."""
    key = draws.stream_key(0, "npc", "think", quantity)
    jobs = [draws.uniform_at(key, job, 0) for job in range(SAMPLE)]
    tokens = [draws.uniform_at(key, 0, token) for token in range(SAMPLE)]
    for drawn in (jobs, tokens):
        counts = dict.fromkeys(product(range(16), repeat=2), 0)
        for one, other in pairwise(drawn):
            counts[int(one * 16), int(other * 16)] += 1
        assert chi_square(list(counts.values())) < limit(256)


def test_streams_stages_seeds_and_quantities_are_independent() -> None:
    """Samples that differ in one name or in the seed do not correlate."""
    base = sample()
    others = [
        sample(seed=1),
        sample(stream="cam2"),
        sample(stage="blur2"),
        sample(quantity="trigger"),
    ]
    assert all(abs(correlation(base, other)) < 4 / math.sqrt(SAMPLE) for other in others)


# Transforms


@pytest.mark.parametrize(
    ("u", "z"),
    [
        (0.5, 0.0),
        (0.975, 1.959963984540054),
        (0.99, 2.3263478740408408),
        (1e-10, -6.361340902404056),
    ],
)
def test_normal_quantiles_are_those_of_the_tables(u: float, z: float) -> None:
    """To the last digits."""
    assert math.isclose(draws.standard_normal(u), z, rel_tol=1e-14, abs_tol=1e-15)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 0.12), (math.log(90), 0.4), (3.0, 1.5)])
def test_a_lognormal_sample_has_its_median_and_sigma(mu: float, sigma: float) -> None:
    """The median is exp(mu), and the deviation of the logarithms is sigma."""
    logs = [math.log(draws.lognormal(u, mu, sigma)) for u in sample()]
    assert abs(median(logs) - mu) < 5 * sigma / math.sqrt(SAMPLE)
    assert abs(pstdev(logs) / sigma - 1) < 0.03
    assert math.isclose(draws.lognormal(0.5, mu, sigma), math.exp(mu))


def test_an_exponential_sample_has_its_mean_and_median() -> None:
    """The median is mean x ln 2."""
    drawn = [draws.exponential(u, 15.0) for u in sample()]
    assert abs(mean(drawn) / 15 - 1) < 4 / math.sqrt(SAMPLE)
    assert math.isclose(draws.exponential(0.5, 15.0), 15 * math.log(2))


@pytest.mark.parametrize("u", [SMALLEST, LARGEST])
def test_extreme_draws_stay_within_every_distribution(u: float) -> None:
    """The least and the greatest draw give finite numbers within the limits."""
    assert 0 < draws.exponential(u, 1e6) < 1e8
    assert 0 < draws.lognormal(u, 0.0, 3.0) < 1e12
    for length in range(1, MAX_CHOICES + 1):
        assert draws.choice(u, range(length)) == (0 if u < 0.5 else length - 1)


# Token counts


def _count(tokens: object) -> list[int]:
    (stream,) = load_streams(
        {"name": "s", "model": "m", "rate_hz": 1, "prompt_tokens": tokens, "output_tokens": 1}
    )
    count = stream.stages[0].prompt_tokens
    assert count is not None
    return [draw_tokens(count, u) for u in (SMALLEST, *sample(), LARGEST)]


def test_a_choice_takes_each_value_as_often() -> None:
    """A list is drawn from uniformly; a value that stands there twice counts twice."""
    drawn = _count([32, 64, 128, 32])
    shares = [drawn.count(value) / len(drawn) for value in (32, 64, 128)]
    assert all(abs(share - x) < 0.02 for share, x in zip(shares, (0.5, 0.25, 0.25), strict=True))


def test_a_uniform_count_takes_both_ends() -> None:
    """Each whole number from min to max comes as often as the others."""
    drawn = _count({"dist": "uniform", "min": 3, "max": 7})
    counts = [drawn.count(value) for value in range(3, 8)]
    assert sum(counts) == len(drawn)
    assert chi_square(counts) < limit(5)


@pytest.mark.parametrize(
    "distribution",
    [
        {"dist": "lognormal", "median": 90, "sigma": 0.4},
        {"dist": "lognormal", "mu": 2, "sigma": 3},
        {"dist": "exponential", "mean": 30},
    ],
)
def test_a_real_draw_is_floored_and_kept_within_limits(distribution: dict[str, object]) -> None:
    """The limits cut what would be drawn without them, and nothing is below 1."""
    free, limited = _count(distribution), _count({**distribution, "min": 20, "max": 60})
    assert min(free) >= 1
    assert (min(limited), max(limited)) == (20, 60)
    assert limited == [min(60, max(20, value)) for value in free]


def test_the_median_of_a_lognormal_count_is_its_median() -> None:
    """Of 10,000 prompts with median 90 half are shorter."""
    drawn = _count({"dist": "lognormal", "median": 90, "sigma": 0.4})
    assert abs(median(drawn) - 90) <= 2
