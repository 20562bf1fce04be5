"""Small random chips and applications, the same ones each time, on which a policy is tried."""

import random
from collections.abc import Iterator
from typing import Final, TypeAlias

Table: TypeAlias = dict[str, object]

_SEED: Final = 20260101
_BACKENDS: Final = ("npu", "gpu", "cpu")


def random_cases(count: int) -> Iterator[tuple[Table, Table]]:
    """Profiles and scenarios as dicts of formats.md; models that run on some backends only."""
    draw = random.Random(_SEED)  # noqa: S311 - test cases, no secrets
    for _ in range(count):
        backends = list(_BACKENDS[: draw.randint(1, 3)])
        models: Table = {f"model-{n}": _vision(draw, backends) for n in range(draw.randint(1, 3))}
        models["llm"] = _llm(draw, backends)
        streams = [_stream(draw, n, models) for n in range(draw.randint(1, 5))]
        yield {"backends": backends, "models": models}, {"streams": streams}


def _some(draw: random.Random, backends: list[str]) -> list[str]:
    return draw.sample(backends, draw.randint(1, len(backends)))


def _vision(draw: random.Random, backends: list[str]) -> Table:
    if draw.random() < 0.3:  # noqa: PLR2004 - some may be displaced between slices
        return {each: {"slices_ms": [1, draw.randint(1, 4), 2]} for each in _some(draw, backends)}
    return {each: draw.randint(1, 20) for each in _some(draw, backends)}


def _llm(draw: random.Random, backends: list[str]) -> Table:
    return {
        each: {
            "prefill_ms": {"per_token": draw.choice([0.1, 0.5])},
            "decode_ms": draw.randint(1, 6),
        }
        for each in _some(draw, backends)
    }


def _stream(draw: random.Random, number: int, models: Table) -> Table:
    name, model = f"stream-{number}", draw.choice(sorted(models))
    stream: Table = {"name": name, "late": draw.choice(["keep", "drop"])}
    if draw.random() < 0.5:  # noqa: PLR2004 - even odds
        stream["period_ms"] = draw.randint(5, 60)
    else:
        stream["arrivals_ms"] = sorted(draw.randint(0, 900) for _ in range(draw.randint(1, 8)))
    if draw.random() < 0.7:  # noqa: PLR2004 - most have one
        stream["deadline_ms"] = draw.randint(5, 80)
    if model == "llm":
        return {**stream, "model": model, "prompt_tokens": 64, "output_tokens": 8}
    if draw.random() < 0.3 and "model-0" in models:  # noqa: PLR2004 - some are pipelines
        stages = [{"name": "first", "model": model}]
        stages.append({"name": "then", "model": "model-0", "after": ["first"]})  # type: ignore[dict-item]
        return {**stream, "stages": stages}
    return {**stream, "model": model}
