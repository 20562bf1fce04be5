"""Random draws that do not depend on the policy, from a counter-based generator.

Every draw has an address: (seed, stream name, job number, stage name, quantity, token index). The
names are hashed once with BLAKE2b into a 64-bit key; the counters are mixed into it by two rounds
of the SplitMix64 finalizer (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators,
OOPSLA 2014). So two policies meet the same luck, and a stream that is added changes no draw of
another. The transforms are written here because library distributions change between versions.
"""

import hashlib
import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

_MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15
_TOKEN_STEP: Final = 0xD1B54A32D192ED03
_STANDARD_NORMAL: Final = NormalDist()


def stream_key(seed: int, stream: str, stage: str, quantity: str) -> int:
    """The 64-bit key of everything in a draw's address that does not count."""
    address = "\x1f".join((str(seed), stream, stage, quantity)).encode()
    return int.from_bytes(hashlib.blake2b(address, digest_size=8).digest(), "big")


def uniform_at(key: int, job: int, token: int) -> float:
    """The draw of one job and token.

    An odd multiple of 2**-53 in (0, 1), so that it is exact as a fraction.
    """
    mixed = _finalize((key + (job + 1) * _GOLDEN) & _MASK)
    bits = _finalize((mixed + (token + 1) * _TOKEN_STEP) & _MASK)
    return ((bits >> 12) + 0.5) * 2.0**-52


def uniform(seed: int, stream: str, job: int, stage: str, quantity: str, token: int) -> float:
    """The draw with this address.

    Quantities: trigger, prompt, output, phase, jitter, arrival, latency, prefill, decode.
    """
    return uniform_at(stream_key(seed, stream, stage, quantity), job, token)


def _finalize(value: int) -> int:
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & _MASK
    return value ^ (value >> 31)


def standard_normal(u: float) -> float:
    """Quantile of the standard normal distribution (Wichura's AS 241)."""
    return _STANDARD_NORMAL.inv_cdf(u)


def lognormal(u: float, mu: float, sigma: float) -> float:
    """Quantile of the distribution whose logarithm is normal with mean mu and deviation sigma."""
    return math.exp(mu + sigma * standard_normal(u))


def exponential(u: float, mean: float) -> float:
    """Quantile of the exponential distribution."""
    return -mean * math.log1p(-u)


def quantile(u: float, values: Sequence[float]) -> float:
    """Linear between quantiles at equal steps of probability, the first at 0 and the last at 1."""
    place = u * (len(values) - 1)
    left = min(int(place), len(values) - 2)
    return values[left] + (place - left) * (values[left + 1] - values[left])


def choice(u: float, values: Sequence[int]) -> int:
    """One of the values, each with equal probability."""
    return values[int(u * len(values))]
