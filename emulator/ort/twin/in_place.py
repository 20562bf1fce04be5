"""A profile corrected by what its slices really took in a run, among all that runs beside them.

A model that is measured over and over finds its weights in the cache; in a schedule it follows
others, and starts on a worker that slept. The run that corrects has another seed than the runs that
are predicted, so that nothing that is predicted has been seen.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from statistics import median
from typing import Any, Final, TypeVar

from emulator.catalog import load_profile
from emulator.metrics.windows import nearest_rank
from emulator.ort.measured_profile import DIGITS, Z_95
from emulator.ort.twin.observation import INFERENCE, Observation, SliceSeen
from emulator.ort.twin.parts import Key, dispatch_ns
from emulator.profile import Profile

ENOUGH: Final = 20
"""Slices of a model's phase on a backend; with fewer, those on all backends count."""
LEAST: Final = 0.05
"""No ratio is below this, whatever the gaps are."""
_US_NS: Final = 1000
T = TypeVar("T", bound=Hashable)


def corrected(profile: Profile, run: Observation) -> Profile:
    """The profile with the run's medians, spreads and gaps between decision and begin.

    Per model, phase and backend the table value is scaled by the median of time over table value,
    and the noise is lognormal through that median and p95, sigma = ln(p95 / p50) / 1.645; the
    `dispatch_us` of a backend is the median gap, and what the median gap of a phase has beyond it
    (tokens follow each other at once, frames wake a worker) goes to its times. What the run did not
    show stays.
    """
    table: dict[str, Any] = json.loads(json.dumps(profile.to_dict()))
    gaps = _median_gaps(run, lambda each: each.backend)
    own, pooled = _ratios(profile, run, gaps)
    for backend in table["backends"]:
        if backend["name"] in gaps:
            backend["dispatch_us"] = _rounded(max(0.0, gaps[backend["name"]]) / _US_NS)
    for model, phase in pooled:
        for backend, entry in table["models"][model].items():
            if backend == "about":
                continue
            found = own.get((backend, model, phase), [])
            _scale(entry, phase, found if len(found) >= ENOUGH else pooled[model, phase])
    return load_profile(table)


def _median_gaps(run: Observation, key: Callable[[SliceSeen], T]) -> dict[T, float]:
    """From decision to begin, in ns, of the slices with each key."""
    groups: defaultdict[T, list[int]] = defaultdict(list)
    for each in run.slices:
        groups[key(each)].append(each.gap_ns)
    return {name: median(each) for name, each in groups.items()}


def _key(seen: SliceSeen) -> Key:
    return seen.backend, seen.model, seen.phase


def _ratios(
    profile: Profile, run: Observation, gaps: Mapping[str, float]
) -> tuple[dict[Key, list[float]], dict[tuple[str, str], list[float]]]:
    """Time over table value, by backend, model and phase, and by model and phase."""
    dispatch, own_gaps = dispatch_ns(profile), _median_gaps(run, _key)
    own: defaultdict[Key, list[float]] = defaultdict(list)
    pooled: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for each in run.slices:
        table_ns = max(1.0, each.expected_ns - dispatch[each.backend])
        took_ns = each.run_ns + own_gaps[_key(each)] - gaps[each.backend]
        ratio = max(LEAST, took_ns / table_ns)
        own[_key(each)].append(ratio)
        pooled[each.model, each.phase].append(ratio)
    return own, pooled


def _scale(entry: dict[str, Any], phase: str, ratios: Sequence[float]) -> None:
    p50 = median(ratios)
    p95 = nearest_rank(sorted(ratios), 95) or p50
    noise = {"dist": "lognormal", "sigma": _rounded(math.log(max(1.0, p95 / p50)) / Z_95)}
    note = f"in place: {phase} {p50:.3f} times as long over {len(ratios)} slices of a live run"
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
