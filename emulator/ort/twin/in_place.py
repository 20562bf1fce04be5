"""A profile corrected by what its slices really took in runs, among all that runs beside them.

A model that is measured over and over finds its weights in the cache; in a schedule it follows
others, and starts on a worker that slept. Runs that correct have other seeds than the runs that
are predicted, so that nothing that is predicted has been seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from statistics import median
from typing import Any, Final

import numpy as np

from emulator.catalog import load_profile
from emulator.ort.measured_profile import DIGITS
from emulator.ort.twin.observation import INFERENCE, PHASES, Observation
from emulator.ort.twin.parts import dispatch_ns
from emulator.ort.twin.speed import Readings
from emulator.ort.twin.times import Floats, Run, Times, grouped
from emulator.profile import Profile

STEPS: Final = 40
"""Of the noise, from the smallest to the largest factor."""
ENDS: Final = 0.005
"""The smallest factor stands for this quantile, the largest for 1 less it."""
_US_NS: Final = 1000


def corrected(profile: Profile, runs: Mapping[str, Sequence[Observation]]) -> dict[str, Profile]:
    """The profile for each policy: medians, spread and gaps of runs that were made with it.

    The ``dispatch_us`` of a backend is the median gap from decision to begin in the policy's own
    runs, since to decide takes some policies longer than others. Per model, phase and backend, the
    table value is scaled by the median of (decision to end, less the gap of that run's policy) over
    the table value, and the noise has the quantiles of the same. What no run showed stays.

    Args:
        profile: what the runs were made with.
        runs: by policy.
    """
    table = _table(profile)
    gaps = {policy: _gaps(own) for policy, own in runs.items()}
    dispatch = dispatch_ns(profile)
    times = Times(Run(each, dispatch, gaps[policy]) for policy, own in runs.items() for each in own)
    for entry, phase, ratios, slices in _entries(table, times, {}):
        p50 = float(np.median(ratios))
        _scale(entry, phase, p50)
        _spread(entry, phase, ratios / p50, f"{p50:.3f} times as long over {slices} slices")
    return {policy: _with_gaps(table, of_policy) for policy, of_policy in gaps.items()}


def at_speeds(told: Profile, times: Times, speeds: Mapping[str, Readings]) -> Profile:
    """What a policy was told, and as noise what slices take while the cores have these speeds.

    Tables and gaps stay as they were told, so that a policy expects what it expected; the noise has
    the quantiles of (decision to end, less the gap that was told) over the table value.
    """
    table = _table(told)
    for entry, phase, ratios, slices in _entries(table, times, speeds):
        _spread(entry, phase, ratios, f"noise of {slices} slices")
    return load_profile(table)


def centered(profile: Profile) -> Profile:
    """The same costs, with what noise of quantiles has in the middle moved to the tables."""
    table = _table(profile)
    for entries in table["models"].values():
        for backend, entry in entries.items():
            for phase in (INFERENCE, *PHASES.values()) if backend != "about" else ():
                noise = entry.get(_noise_of(phase))
                if noise and noise["dist"] == "quantiles":
                    factors = np.array([float(Fraction(str(each))) for each in noise["factors"]])
                    p50 = float(np.median(factors))
                    _scale(entry, phase, p50)
                    noise["factors"] = [_rounded(float(each)) for each in factors / p50]
    return load_profile(table)


def _entries(
    table: dict[str, Any], times: Times, speeds: Mapping[str, Readings]
) -> Iterator[tuple[dict[str, Any], str, Floats, int]]:
    """What the table has of each model's phase that was seen, wherever it runs.

    With it come the phase, times over table value, and of how many slices they are.
    """
    for model, phase in times.groups:
        for backend, entry in table["models"][model].items():
            if backend != "about":
                ratios, slices = times.ratios((model, phase), backend, speeds.get(backend))
                yield entry, phase, ratios, slices


def _with_gaps(table: dict[str, Any], gaps: Mapping[str, float]) -> Profile:
    """The profile of the table with these gaps (ns) where there are any."""
    backends = [
        {**each, "dispatch_us": _rounded(max(0.0, gaps[each["name"]]) / _US_NS)}
        if each["name"] in gaps
        else each
        for each in table["backends"]
    ]
    return load_profile({**table, "backends": backends})


def _table(profile: Profile) -> dict[str, Any]:
    """A copy that can be changed."""
    table: dict[str, Any] = json.loads(json.dumps(profile.to_dict()))
    return table


def _gaps(runs: Sequence[Observation]) -> dict[str, float]:
    """By backend: the median gap in these runs of one policy, ns."""
    seen = grouped((each for run in runs for each in run.slices), lambda each: each.backend)
    return {name: median(each.gap_ns for each in slices) for name, slices in seen.items()}


def _noise_of(phase: str) -> str:
    return "noise" if phase == INFERENCE else f"{phase}_noise"


def _scale(entry: dict[str, Any], phase: str, p50: float) -> None:
    if phase == INFERENCE:
        entry["latency_ms"] = _rounded(float(Fraction(str(entry["latency_ms"]))) * p50)
        return
    key = f"{phase}_ms"
    if key in entry:
        entry[key] = _scaled(entry[key], p50)


def _spread(entry: dict[str, Any], phase: str, ratios: Floats, words: str) -> None:
    """Give the phase noise with the quantiles of these ratios."""
    steps = np.clip(np.linspace(0, 1, STEPS + 1), ENDS, 1 - ENDS)
    factors = [_rounded(float(each)) for each in np.quantile(ratios, steps)]
    noise = {"dist": "quantiles", "factors": factors}
    note = f"in place: {phase} {words} of live runs"
    entry["conditions"] = "; ".join(each for each in (entry.get("conditions"), note) if each)
    entry[_noise_of(phase)] = noise
    if phase == INFERENCE:
        entry.pop("p99_ms", None)


def _scaled(curve: Any, factor: float) -> Any:  # noqa: ANN401 - a number, or points of JSON
    if isinstance(curve, list):
        return [[tokens, _rounded(float(Fraction(str(ms))) * factor)] for tokens, ms in curve]
    return _rounded(float(Fraction(str(curve))) * factor)


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
