"""What one model costs on one backend: an entry of a profile, and where its numbers come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import fmean
from typing import Annotated, ClassVar, Literal, cast

from emulator.names import shown
from emulator.schema.curves import (
    DecodeMs,
    DecodeRates,
    Points,
    PrefillMs,
    PrefillRates,
    written_costs,
    written_rates,
)
from emulator.schema.distributions import Sigma
from emulator.schema.exact import (
    NonNegativeExact,
    NonNegativeMs,
    Number,
    PositiveExact,
    PositiveMs,
    Real,
    Whole,
)
from emulator.schema.tables import Entries, Rewritten, ShortForm, Table, Text, fault

Basis = Literal["measured", "derived", "estimated"]
Phase = Literal["latency", "prefill", "decode"]
Group = Literal[Phase, "batch"]
"""What of an entry may have a source of its own: its phases, and how requests decode together."""

Z_99 = 2.3263478740408408
"""The 99th percentile of the standard normal distribution."""
MAX_SLICES = 10_000
MAX_BATCH = 1_024


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a number comes from; None where the profile does not say."""

    basis: Basis | None = None
    source: str | None = None
    derivation: str | None = None
    software: str | None = None
    date: str | None = None
    conditions: str | None = None


class Sourced(Table):
    """A table whose numbers name their source."""

    basis: Basis | None = None
    source: Text | None = None
    derivation: Text | None = None
    software: Text | None = None
    date: Text | None = None
    conditions: Text | None = None
    note: Text | None = None


MAX_QUANTILES = 101
Factor = Annotated[float, Real(0.001, 1000)]


class Noise(Table):
    """A random factor on a table value: lognormal has median 1, exponential has mean 1.

    ``factors`` are quantiles at equal steps of probability from 0 to 1, linear between: what was
    measured, of any shape.
    """

    home: ClassVar[str] = 'belongs to a noise table, noise = {dist = "lognormal", sigma = ...}'

    dist: Literal["none", "lognormal", "exponential", "quantiles"]
    sigma: Sigma = 0.0
    factors: Annotated[tuple[Factor, ...], Entries(2, MAX_QUANTILES)] | None = None

    def check(self) -> None:
        """A sigma is given with a lognormal noise alone, factors with quantiles alone."""
        has_sigma = "sigma" in self.given
        if self.dist == "lognormal" and not has_sigma:
            raise fault('a lognormal noise needs sigma, as in {dist = "lognormal", sigma = 0.12}')
        if self.dist != "lognormal" and self.sigma:
            raise fault(f"only a lognormal noise has sigma, not {self.dist!r}", "sigma")
        if self.dist == "quantiles":
            self._check_factors()
        elif self.factors is not None:
            raise fault(f"only a noise of quantiles has factors, not {self.dist!r}", "factors")

    @property
    def deviation(self) -> float:
        """The standard deviation; of a lognormal noise sigma, which is close where it is small."""
        if self.factors is None:
            return 1.0 if self.dist == "exponential" else self.sigma
        steps = tuple(pairwise(self.factors))
        mean = fmean((low + high) / 2 for low, high in steps)
        square = fmean((low * low + low * high + high * high) / 3 for low, high in steps)
        return math.sqrt(max(0.0, square - mean * mean))

    def _check_factors(self) -> None:
        if self.factors is None:
            example = '{dist = "quantiles", factors = [0.9, 1, 1.4]}'
            raise fault(f"a noise of quantiles needs factors, as in {example}")
        if any(left > right for left, right in pairwise(self.factors)):
            raise fault("expected factors that do not fall, from the least to the most", "factors")


NO_NOISE = Noise(dist="none")


def _noise_table(value: object) -> object:
    if isinstance(value, str):
        if value not in ("none", "exponential"):
            raise ValueError(
                'expected "none", "exponential" or {dist = "lognormal", sigma = 0.12}, '
                f"not {shown(value)}"
            )
        return {"dist": value}
    return value


NoiseSpec = Annotated[Noise, Rewritten(_noise_table), ShortForm({"enum": ["none", "exponential"]})]


class ModelCost(Sourced):
    """The cost of one model on one backend: a latency, or prefill and decode of an LLM.

    All times are table values without the backend's dispatch overhead. Milliseconds are exact.
    `batch_max` requests can write a token together, each beyond the first for
    `batch_overhead` of the time of a token alone.
    """

    home: ClassVar[str] = "belongs to the entry of a model on a backend ([models.NAME.BACKEND])"

    latency_ms: PositiveMs | None = None
    slices_ms: Annotated[tuple[PositiveMs, ...], Entries(1, MAX_SLICES)] | None = None
    p99_ms: PositiveMs | None = None
    noise: NoiseSpec | None = None

    prefill_tokens_per_s: PrefillRates | None = None
    prefill_ms: PrefillMs | None = None
    decode_tokens_per_s: DecodeRates | None = None
    decode_ms: DecodeMs | None = None
    chunk_overhead_ms: NonNegativeMs = Fraction(0)
    prefill_noise: NoiseSpec | None = None
    decode_noise: NoiseSpec | None = None

    batch_max: Annotated[int, Whole(2, MAX_BATCH)] | None = None
    batch_overhead: Annotated[Fraction, Number(0, 1)] | None = None

    traffic_mb: NonNegativeExact | None = None
    active_w: PositiveExact | None = None

    prefill_basis: Basis | None = None
    prefill_source: Text | None = None
    prefill_derivation: Text | None = None
    prefill_software: Text | None = None
    prefill_date: Text | None = None
    prefill_conditions: Text | None = None
    decode_basis: Basis | None = None
    decode_source: Text | None = None
    decode_derivation: Text | None = None
    decode_software: Text | None = None
    decode_date: Text | None = None
    decode_conditions: Text | None = None
    batch_basis: Basis | None = None
    batch_source: Text | None = None
    batch_derivation: Text | None = None
    batch_software: Text | None = None
    batch_date: Text | None = None
    batch_conditions: Text | None = None

    def check(self) -> None:
        """Each cost is given in one way, and no key stands without the cost it is about."""
        self._check_one_way_of_each()
        self._check_keys_of_the_other_kind()

    def _check_one_way_of_each(self) -> None:
        for first, second in (
            ("latency_ms", "slices_ms"),
            ("prefill_tokens_per_s", "prefill_ms"),
            ("decode_tokens_per_s", "decode_ms"),
        ):
            if getattr(self, first) is not None and getattr(self, second) is not None:
                raise fault(f"give {first} or {second}, not both", second)
        if (self.batch_max is None) != (self.batch_overhead is None):
            key = "batch_overhead" if self.batch_max is None else "batch_max"
            raise fault("give batch_max and batch_overhead together", key)
        if not self.is_llm and not self.is_vision:
            raise fault(
                "give latency_ms, or prefill_tokens_per_s and decode_tokens_per_s for an LLM"
            )
        if self.is_llm and self.is_vision:
            raise fault("latency_ms and slices_ms do not go with prefill or decode in one entry")

    def _check_keys_of_the_other_kind(self) -> None:
        given = self.given
        if self.is_llm and "p99_ms" in given:
            raise fault(
                "p99_ms stands beside latency_ms; an LLM has prefill_noise and decode_noise",
                "p99_ms",
            )
        for key in sorted(given):
            phase = "prefill" if key.startswith(("prefill_", "chunk_")) else "decode"
            listed = self.has_prefill if phase == "prefill" else self.has_decode
            if key.startswith(("prefill_", "decode_", "chunk_", "batch_")) and not listed:
                raise fault(
                    f"this key needs a {phase} cost beside it, such as {phase}_tokens_per_s", key
                )
        median = self.total_ms
        if self.p99_ms is not None and median is not None and self.p99_ms < median:
            raise fault("the 99th percentile is below the median", "p99_ms")

    def plain_field(self, key: str, value: object) -> object:
        """A curve of one point is written as a number."""
        if key == "prefill_tokens_per_s":
            return written_rates(cast("Points", value))
        if key in ("decode_tokens_per_s", "decode_ms"):
            return written_costs(cast("Points", value))
        return super().plain_field(key, value)

    @property
    def is_vision(self) -> bool:
        """Whether one inference has one cost."""
        return self.latency_ms is not None or self.slices_ms is not None

    @property
    def is_llm(self) -> bool:
        """Whether the entry lists prefill or decode."""
        return self.has_prefill or self.has_decode

    @property
    def has_prefill(self) -> bool:
        """Whether prompts can be read here."""
        return self.prefill_tokens_per_s is not None or self.prefill_ms is not None

    @property
    def has_decode(self) -> bool:
        """Whether tokens can be written here."""
        return self.decode_tokens_per_s is not None or self.decode_ms is not None

    @property
    def total_ms(self) -> Fraction | None:
        """The p50 of one inference, None for an LLM."""
        if self.slices_ms is not None:
            return sum(self.slices_ms, Fraction(0))
        return self.latency_ms

    @property
    def prefill_base_ms(self) -> Fraction:
        """Paid once per prefill, on its first chunk."""
        return self.prefill_ms.base if self.prefill_ms is not None else Fraction(0)

    def prefill_points(self) -> Points:
        """(tokens, ms from an empty context, without the base), rising; empty without prefill."""
        if self.prefill_tokens_per_s is not None:
            return tuple((n, 1000 * n / rate) for n, rate in self.prefill_tokens_per_s)
        return self.prefill_ms.curve if self.prefill_ms is not None else ()

    def decode_points(self) -> Points:
        """(context, ms per token), by context; one point is a constant; empty without decode."""
        if self.decode_tokens_per_s is not None:
            return tuple((n, 1000 / rate) for n, rate in self.decode_tokens_per_s)
        return self.decode_ms or ()

    def noise_model(self, phase: Phase) -> Noise:
        """The noise of a phase: its own, else the entry's, else from p50 and p99, else none.

        sigma = ln(p99 / p50) / z(0.99), the lognormal distribution through the two percentiles.
        """
        own = {"latency": None, "prefill": self.prefill_noise, "decode": self.decode_noise}[phase]
        given = own or self.noise
        if given is not None:
            return given
        median = self.total_ms
        if phase == "latency" and self.p99_ms is not None and median is not None:
            return Noise(dist="lognormal", sigma=math.log(self.p99_ms / median) / Z_99)
        return NO_NOISE

    def provenance(self, phase: Group) -> Provenance:
        """Where the numbers of a group come from: its own keys over the entry's."""

        def pick(key: str) -> str | None:
            own: str | None = None if phase == "latency" else getattr(self, f"{phase}_{key}")
            common: str | None = getattr(self, key)
            return common if own is None else own

        basis: Basis | None = self.basis
        if phase == "prefill":
            basis = self.prefill_basis or basis
        elif phase == "decode":
            basis = self.decode_basis or basis
        elif phase == "batch":
            basis = self.batch_basis or basis
        return Provenance(
            basis=basis,
            source=pick("source"),
            derivation=pick("derivation"),
            software=pick("software"),
            date=pick("date"),
            conditions=pick("conditions"),
        )
