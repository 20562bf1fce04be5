"""How token counts are written: a number, a list, or a distribution. Nothing is drawn here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from emulator.schema.exact import Real, Whole
from emulator.schema.tables import (
    Entries,
    OneOf,
    Rewritten,
    ShortForm,
    Table,
    fault,
    one_of,
)

MAX_TOKENS = 1_000_000
MAX_CHOICES = 10_000

_WHOLE: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": MAX_TOKENS}

Tokens = Annotated[int, Whole(1, MAX_TOKENS)]
PositiveTokens = Annotated[float, Real(0, MAX_TOKENS, above=True)]
Sigma = Annotated[float, Real(0, 3)]
"""Standard deviation of a logarithm, 0 to 3 (at 3 the 99th percentile is 1,000 medians)."""


class Constant(Table):
    """Always `value` tokens."""

    home: ClassVar[str] = "belongs to a constant count"

    dist: Literal["constant"] = "constant"
    value: Tokens

    def to_plain(self) -> int:
        """A bare number."""
        return self.value


class Choice(Table):
    """One of `values`, each as likely as the others."""

    home: ClassVar[str] = "belongs to a choice of counts"

    dist: Literal["choice"] = "choice"
    values: Annotated[tuple[Tokens, ...], Entries(1, MAX_CHOICES)]

    def to_plain(self) -> list[int]:
        """A bare list."""
        return list(self.values)


class _Limited(Table):
    """A distribution whose draws are floored and then kept between `min` and `max`."""

    min: Tokens = 1
    max: Tokens = MAX_TOKENS

    def check(self) -> None:
        """The limits are in order."""
        if self.max < self.min:
            raise fault(f"max ({self.max}) is below min ({self.min})", "max")


class Lognormal(_Limited):
    """exp(mu + sigma z) with z standard normal; `median` is exp(mu). One of the two is given."""

    home: ClassVar[str] = "belongs to a lognormal count"

    dist: Literal["lognormal"]
    median: PositiveTokens | None = None
    mu: Annotated[float, Real(0, 20)] | None = None
    sigma: Sigma

    def check(self) -> None:
        """One center is given."""
        super().check()
        if (self.median is None) == (self.mu is None):
            raise fault("give exactly one of median and mu (the logarithm of the median)", "median")

    @property
    def log_median(self) -> float:
        """The mu of the normal distribution below."""
        return math.log(self.median) if self.median is not None else self.mu or 0.0


class Uniform(_Limited):
    """A whole number from `min` to `max`, both included, each as likely as the others."""

    home: ClassVar[str] = "belongs to a uniform count"

    dist: Literal["uniform"]
    min: Tokens
    max: Tokens


class Exponential(_Limited):
    """Exponential with the given `mean`, before flooring and limits."""

    home: ClassVar[str] = "belongs to an exponential count"

    dist: Literal["exponential"]
    mean: PositiveTokens


_KINDS = ("constant", "choice", "lognormal", "uniform", "exponential")


def _as_table(value: object) -> object:
    """A bare number is a constant, a list a choice."""
    if isinstance(value, Table):
        return value
    if isinstance(value, Mapping):
        return one_of(value, "dist", _KINDS)
    if isinstance(value, list | tuple):
        return {"dist": "choice", "values": value}
    return {"dist": "constant", "value": value}


TokenCount = Annotated[
    Constant | Choice | Lognormal | Uniform | Exponential,
    OneOf("dist"),
    Rewritten(_as_table),
    ShortForm(_WHOLE, {"type": "array", "items": _WHOLE}),
]
"""A count of tokens: 64, [32, 64, 128] or {dist = "lognormal", median = 90, sigma = 0.4}."""
