"""What an effect changes: each policy without it and with it, on the same jobs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from emulator.study.paired import Estimate, average, paired_difference


@dataclass(frozen=True, slots=True)
class EffectFigures:
    """One policy under one effect; violation rates from 0 to 1."""

    effect: str
    policy: str
    off: float | None
    on: float | None
    difference: Estimate | None
    """With less without, seed by seed, without closed-loop streams."""


def effect_figures(
    effect: str,
    off: Mapping[str, Sequence[float | None]],
    on: Mapping[str, Sequence[float | None]],
) -> tuple[EffectFigures, ...]:
    """From the violation rates of each policy by seed, in the order of the policies."""
    return tuple(
        EffectFigures(
            effect,
            policy,
            average(off[policy]),
            average(rates),
            paired_difference(off[policy], rates),
        )
        for policy, rates in on.items()
    )
