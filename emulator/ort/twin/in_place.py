"""A profile corrected by what its slices really took in runs, among all that runs beside them.

A model that is measured over and over finds its weights in the cache; in a schedule it follows
others, and starts on a worker that slept. Runs that correct have other seeds than the runs that
are predicted, so that nothing that is predicted has been seen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from statistics import median
from typing import Any, Final, TypeVar

import numpy as np

from emulator.catalog import load_profile
from emulator.ort.measured_profile import DIGITS
from emulator.ort.twin.observation import INFERENCE, Observation, SliceSeen
from emulator.ort.twin.parts import dispatch_ns
from emulator.profile import Profile

ENOUGH: Final = 100
"""Slices: older rounds count where the newest have fewer, then other backends."""
LEAST: Final = 0.05
"""No ratio is below this, whatever the gaps are."""
STEPS: Final = 40
"""Of the noise, from the smallest to the largest factor."""
ENDS: Final = 0.005
"""The smallest factor stands for this quantile, the largest for 1 less it."""
_US_NS: Final = 1000
Round = Sequence[Observation]
"""Runs of one scenario that were made one after the other."""
T = TypeVar("T", bound=Hashable)


def corrected(profile: Profile, rounds: Sequence[Round]) -> Profile:
    """The profile with the medians, the spread and the gaps of runs that were made with it.

    The ``dispatch_us`` of a backend is the median gap from decision to begin. Per model, phase and
    backend the table value is scaled by the median of (decision to end, less that) over the table
    value, and the noise has the quantiles of the same. What no run showed stays.

    Args:
        profile: what the runs were made with.
        rounds: oldest first; of the older ones only what the newest lack is used.
    """
    table: dict[str, Any] = json.loads(json.dumps(profile.to_dict()))
    gaps = {
        name: median(each.gap_ns for each in seen)
        for name, seen in _recent(rounds, lambda each: each.backend).items()
    }
    for backend in table["backends"]:
        if backend["name"] in gaps:
            backend["dispatch_us"] = _rounded(max(0.0, gaps[backend["name"]]) / _US_NS)
    dispatch = dispatch_ns(profile)

    def ratio(each: SliceSeen) -> float:
        table_ns = max(1.0, each.expected_ns - dispatch[each.backend])
        return max(LEAST, (each.end_ns - each.start_ns - gaps[each.backend]) / table_ns)

    own = _recent(rounds, lambda each: (each.model, each.phase, each.backend))
    anywhere = _recent(rounds, lambda each: (each.model, each.phase))
    for (model, phase), pooled in anywhere.items():
        for backend, entry in table["models"][model].items():
            if backend == "about":
                continue
            found = own.get((model, phase, backend), [])
            _scale(entry, phase, [*map(ratio, found if len(found) >= ENOUGH else pooled)])
    return load_profile(table)


def _recent(rounds: Sequence[Round], key: Callable[[SliceSeen], T]) -> dict[T, list[SliceSeen]]:
    """The slices with each key, of the newest rounds that have enough of them together."""
    found: defaultdict[T, list[SliceSeen]] = defaultdict(list)
    for runs in reversed(rounds):
        is_full = {name for name, slices in found.items() if len(slices) >= ENOUGH}
        for run in runs:
            for each in run.slices:
                if (name := key(each)) not in is_full:
                    found[name].append(each)
    return dict(found)


def _scale(entry: dict[str, Any], phase: str, ratios: Sequence[float]) -> None:
    p50 = median(ratios)
    steps = np.clip(np.linspace(0, 1, STEPS + 1), ENDS, 1 - ENDS)
    factors = [_rounded(float(each) / p50) for each in np.quantile(ratios, steps)]
    noise = {"dist": "quantiles", "factors": factors}
    note = f"in place: {phase} {p50:.3f} times as long over {len(ratios)} slices of live runs"
    entry["conditions"] = "; ".join(each for each in (entry.get("conditions"), note) if each)
    if phase == INFERENCE:
        entry["latency_ms"] = _rounded(float(Fraction(str(entry["latency_ms"]))) * p50)
        entry["noise"] = noise
        entry.pop("p99_ms", None)
        return
    key = f"{phase}_ms"
    entry[f"{phase}_noise"] = noise
    if key in entry:
        entry[key] = _scaled(entry[key], p50)


def _scaled(curve: Any, factor: float) -> Any:  # noqa: ANN401 - a number, or points of JSON
    if isinstance(curve, list):
        return [[tokens, _rounded(float(Fraction(str(ms))) * factor)] for tokens, ms in curve]
    return _rounded(float(Fraction(str(curve))) * factor)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
