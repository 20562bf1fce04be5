"""How a hand-computed example is written; `worked_examples.py` says how to read it."""

from dataclasses import dataclass, field
from typing import Any

from tests.reference.records import Command


@dataclass(frozen=True, slots=True)
class Row:
    """One example as it is written; all times of the dicts in ms."""

    name: str
    why: str
    profile: dict[str, Any]
    streams: list[dict[str, Any]]
    policy: str
    expected: str
    duration_s: float = 0.02
    commands: list[Command] = field(default_factory=list)
    drain: bool = True


def one(**models: Any) -> dict[str, Any]:  # noqa: ANN401
    """A profile with the single backend x."""
    return {"backends": ["x"], "models": {name: {"x": entry} for name, entry in models.items()}}


def once(name: str, model: str, at: float = 0, **keys: Any) -> dict[str, Any]:  # noqa: ANN401
    """A stream with one job."""
    return {"name": name, "model": model, "arrivals_ms": [at], **keys}


def graph(name: str, *stages: dict[str, Any], **keys: Any) -> dict[str, Any]:  # noqa: ANN401
    """A stream with one job of several stages."""
    return {"name": name, "arrivals_ms": [0], **keys, "stages": list(stages)}


def llm(per_token: float | str, decode: float | str | None, **keys: Any) -> dict[str, Any]:  # noqa: ANN401
    """The exact form of an LLM's table."""
    both = {} if decode is None else {"decode_ms": decode}
    return {"prefill_ms": {"base": 0, "per_token": per_token}, **both, **keys}


def tokens(prompt: int, output: int) -> dict[str, int]:
    """Constant token counts."""
    return {"prompt_tokens": prompt, "output_tokens": output}
