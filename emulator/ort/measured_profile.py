"""Measurements as a profile file that the emulator loads."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from emulator.ort.devices import Device
from emulator.ort.measure import (
    CHUNK,
    CHUNKED,
    DECODE_CONTEXTS,
    INFERENCE,
    PREFILL_TOKENS,
    Figure,
    ModelFigures,
    decode_key,
    prefill_key,
)
from emulator.ort.models.card import ModelCard
from emulator.ort.runnable import BackendBinding
from emulator.ort.slowdown import Slowdown, mean_factor
from emulator.ort.timings import Timings
from emulator.ort.toml_text import Value, key, table

Z_95: Final = 1.6448536269514722
"""The 95th percentile of the standard normal distribution."""
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class MeasuredBackend:
    """A backend of the profile, the device that it stands for, and its models' figures."""

    binding: BackendBinding
    device: Device
    models: Sequence[ModelFigures]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What every figure of a profile shares."""

    name: str
    cpu: str
    software: str
    date: str
    note: str | None = None


def profile_text(
    about: Circumstances,
    backends: Sequence[MeasuredBackend],
    slowdowns: Sequence[Slowdown],
    cards: Mapping[str, ModelCard],
) -> str:
    """A profile as TOML. `cards` are those of models that are in the catalogue."""
    parts = [
        table(
            "",
            {
                "format": 1,
                "name": about.name,
                "title": f"{about.cpu}, measured",
                "description": f"Measured by rtgen-tui measure. {about.note or ''}".strip(),
            },
        )
    ]
    names = [each.binding.backend for each in backends]
    parts += [
        table("[[backends]]", _backend(about, backend, names, slowdowns)) for backend in backends
    ]
    models = dict.fromkeys(figures.model for backend in backends for figures in backend.models)
    for model in models:
        found = [
            (each, figures)
            for each in backends
            for figures in each.models
            if figures.model == model
        ]
        header = f"models.{key(model)}"
        parts.append(table(f"[{header}.about]", _about(cards.get(model), found[0][1])))
        for backend, figures in found:
            entry = {**_cost(figures), **_provenance(about, backend, figures)}
            parts.append(table(f"[{header}.{key(backend.binding.backend)}]", entry))
    return "\n".join(parts)


def noise_sigma(timings: Timings) -> float:
    """Noise of a lognormal factor with median 1 through p95: ln(p95 / p50) / z(0.95)."""
    return math.log(timings.p95 / timings.p50) / Z_95


def _backend(
    about: Circumstances,
    backend: MeasuredBackend,
    names: Sequence[str],
    slowdowns: Sequence[Slowdown],
) -> dict[str, Value | None]:
    binding, device = backend.binding, backend.device
    factors: dict[str, Value] = {
        other: _rounded(factor)
        for other in names
        if (factor := mean_factor(slowdowns, binding.backend, other)) is not None
    }
    on_cpu = device.kind == "cpu"
    return {
        "name": binding.backend,
        "kind": binding.kind,
        "title": about.cpu if on_cpu else f"{device.vendor} {device.kind.upper()}".strip(),
        "providers": [device.provider],
        "cores": binding.threads if on_cpu else None,
        "slowdown": factors or None,
        "basis": "measured" if factors else None,
        "source": f"rtgen-tui measure on {about.cpu}" if factors else None,
        "software": about.software if factors else None,
        "date": about.date if factors else None,
        "conditions": _pair_conditions(slowdowns, binding.backend) if factors else None,
    }


def _pair_conditions(slowdowns: Sequence[Slowdown], backend: str) -> str:
    pairs = [
        f"{each.model} beside {each.beside_model} on {each.beside} {each.factor:.3f} "
        f"(others took {100 * each.foreign_cores:.0f} % of a core)"
        for each in slowdowns
        if each.backend == backend
    ]
    return f"slowdown: p50 beside a busy backend over p50 alone: {', '.join(pairs)}"


def _about(card: ModelCard | None, figures: ModelFigures) -> dict[str, Value | None]:
    if card is None:
        return {"title": figures.model, "kv_bytes_per_token": figures.kv_bytes_per_token}
    weights = (
        "Random weights: its timing is real, its output means nothing."
        if card.weights == "random"
        else "Trained weights."
    )
    millions = None if card.parameters is None else f"{card.parameters / 1e6:.0f} M"
    return {
        "title": card.title,
        "params": millions,
        "source": card.source,
        "note": weights,
        "kv_bytes_per_token": figures.kv_bytes_per_token,
    }


def _cost(figures: ModelFigures) -> dict[str, Value | None]:
    if not figures.is_llm:
        timings = figures.figures[INFERENCE].timings
        return {
            "latency_ms": _rounded(timings.p50),
            "p99_ms": max(_rounded(timings.p99), _rounded(timings.p50)),
            "noise": _noise([timings]),
        }
    prefill = _points(figures, [(tokens, prefill_key(tokens)) for tokens in PREFILL_TOKENS])
    decode = _points(figures, [(context, decode_key(context)) for context in DECODE_CONTEXTS])
    return {
        "prefill_ms": _curve(prefill, rising=True),
        "prefill_noise": _noise([timings for _, timings in prefill]),
        "chunk_overhead_ms": _chunk_overhead(figures),
        "decode_ms": _curve(decode, rising=False),
        "decode_noise": _noise([timings for _, timings in decode]),
    }


def _points(figures: ModelFigures, names: Sequence[tuple[int, str]]) -> list[tuple[int, Timings]]:
    return [
        (tokens, figures.figures[name].timings) for tokens, name in names if name in figures.figures
    ]


def _curve(points: Sequence[tuple[int, Timings]], *, rising: bool) -> list[Value]:
    """[tokens, p50 ms]; of a curve that must rise, a point that does not is left out."""
    curve: list[Value] = []
    highest = 0.0
    for tokens, timings in points:
        value = _rounded(timings.p50)
        if not rising or value > highest:
            curve.append([tokens, value])
        highest = max(highest, value)
    return curve


def _noise(all_timings: Sequence[Timings]) -> Value | None:
    """The mean sigma of the points, None where there is none to speak of."""
    sigma = sum(map(noise_sigma, all_timings)) / len(all_timings)
    return {"dist": "lognormal", "sigma": _rounded(sigma)} if sigma > 0 else None


def _chunk_overhead(figures: ModelFigures) -> Value | None:
    """What each further chunk of a prompt costs beyond its tokens."""
    longest = max(tokens for tokens in PREFILL_TOKENS if prefill_key(tokens) in figures.figures)
    chunks = math.ceil(longest / CHUNK)
    chunked = figures.figures.get(CHUNKED)
    if chunked is None or chunks < 2:  # noqa: PLR2004 - one chunk is the whole
        return None
    extra = chunked.timings.p50 - figures.figures[prefill_key(longest)].timings.p50
    return _rounded(extra / (chunks - 1)) if extra > 0 else None


def _provenance(
    about: Circumstances, backend: MeasuredBackend, figures: ModelFigures
) -> dict[str, Value | None]:
    nodes = ", ".join(f"{count:,} nodes on {name}" for name, count in figures.nodes.items())
    threads = backend.binding.threads
    return {
        "basis": "measured",
        "source": f"rtgen-tui measure on {about.cpu}",
        "software": about.software,
        "date": about.date,
        "conditions": (
            f"{threads} thread{'s' * (threads > 1)}, {nodes}; "
            f"opened in {figures.create_ms:.0f} ms; "
            + "; ".join(_figure_words(name, each) for name, each in figures.figures.items())
        ),
        "note": figures.warning,
    }


def _figure_words(name: str, figure: Figure) -> str:
    t = figure.timings
    others = "not known" if figure.foreign_cores is None else f"{100 * figure.foreign_cores:.0f} %"
    return (
        f"{name}: {t.n} runs, min {t.min:.4g}, p50 {t.p50:.4g}, p90 {t.p90:.4g}, "
        f"p95 {t.p95:.4g}, p99 {t.p99:.4g}, max {t.max:.4g} ms, others took {others} of a core"
    )


def _rounded(value: float) -> float:
    """To four digits."""
    return float(f"{value:.{DIGITS}g}")
