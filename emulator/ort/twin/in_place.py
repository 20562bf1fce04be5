"""A profile corrected by what its slices really took in runs, among all that runs beside them.

A model that is measured over and over finds its weights in the cache; in a schedule it follows
others, and starts on a worker that slept. Runs that correct have other seeds than the runs that
are predicted, so that nothing that is predicted has been seen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from fractions import Fraction
from statistics import median
from typing import Any, Final, NamedTuple, TypeVar

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
"""A run of each policy, in the order of the policies."""
S = TypeVar("S")
T = TypeVar("T", bound=Hashable)


def corrected(profile: Profile, rounds: Sequence[Round]) -> list[Profile]:
    """The profile for each policy: medians, spread and gaps of runs that were made with it.

    The ``dispatch_us`` of a backend is the median gap from decision to begin in the policy's own
    runs, since to decide takes some policies longer than others. Per model, phase and backend, the
    table value is scaled by the median of (decision to end, less the gap of that run's policy) over
    the table value, and the noise has the quantiles of the same. What no run showed stays.

    Args:
        profile: what the runs were made with.
        rounds: oldest first; of the older ones only what the newest lack is used.
    """
    table: dict[str, Any] = json.loads(json.dumps(profile.to_dict()))
    gaps = [_gaps([runs[policy] for runs in rounds]) for policy in range(len(rounds[0]))]
    _correct_times(table, _ratios(profile, rounds, gaps))
    return [_with_gaps(table, of_policy) for of_policy in gaps]


def _correct_times(table: dict[str, Any], ratios: Sequence[Sequence[_Ratio]]) -> None:
    """Scale what was seen, wherever it runs."""
    own = _recent(ratios, lambda each: (each.model, each.phase, each.backend))
    anywhere = _recent(ratios, lambda each: (each.model, each.phase))
    for (model, phase), pooled in anywhere.items():
        for backend, entry in table["models"][model].items():
            if backend == "about":
                continue
            found = own.get((model, phase, backend), [])
            chosen = found if len(found) >= ENOUGH else pooled
            _scale(entry, phase, [each.ratio for each in chosen])


def _with_gaps(table: dict[str, Any], gaps: Mapping[str, float]) -> Profile:
    """The profile of the table with these gaps (ns) where there are any."""
    backends = [
        {**each, "dispatch_us": _rounded(max(0.0, gaps[each["name"]]) / _US_NS)}
        if each["name"] in gaps
        else each
        for each in table["backends"]
    ]
    return load_profile({**table, "backends": backends})


class _Ratio(NamedTuple):
    """What a slice took over the table value, without the gap before it."""

    model: str
    phase: str
    backend: str
    ratio: float


def _gaps(runs: Sequence[Observation]) -> dict[str, float]:
    """By backend: the median gap in these runs of one policy, oldest first, ns."""
    recent = _recent([each.slices for each in runs], lambda each: each.backend)
    return {name: median(each.gap_ns for each in seen) for name, seen in recent.items()}


def _ratios(
    profile: Profile, rounds: Sequence[Round], gaps: Sequence[Mapping[str, float]]
) -> list[list[_Ratio]]:
    """Of all slices, by round; the gaps are those of each policy."""
    dispatch = dispatch_ns(profile)

    def ratio(each: SliceSeen, gap_ns: float) -> _Ratio:
        table_ns = max(1.0, each.expected_ns - dispatch[each.backend])
        over = max(LEAST, (each.end_ns - each.start_ns - gap_ns) / table_ns)
        return _Ratio(each.model, each.phase, each.backend, over)

    return [
        [
            ratio(each, of_policy[each.backend])
            for run, of_policy in zip(runs, gaps, strict=True)
            for each in run.slices
        ]
        for runs in rounds
    ]


def _recent(rounds: Sequence[Sequence[S]], key: Callable[[S], T]) -> dict[T, list[S]]:
    """What has each key, of the newest rounds that have enough of it together."""
    found: defaultdict[T, list[S]] = defaultdict(list)
    for seen in reversed(rounds):
        is_full = {name for name, kept in found.items() if len(kept) >= ENOUGH}
        for each in seen:
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
