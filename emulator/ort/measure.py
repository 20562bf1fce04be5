"""Measures models on devices: inference, prefill and decode, each with what it depended on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Protocol

from emulator.errors import UserError
from emulator.ort.host import ForeignLoad, Patience, is_quiet
from emulator.ort.inference import InferenceRunnable
from emulator.ort.language import LanguageRunnable
from emulator.ort.runnable import BackendBinding
from emulator.ort.timings import Effort, Timings, measured

PREFILL_TOKENS: Final = (32, 128, 512)
DECODE_CONTEXTS: Final = (128, 512)
CHUNK: Final = 128
"""Of the prompt that is also read in chunks, to see what a chunk costs beyond its tokens."""
INFERENCE: Final = "inference"
CHUNKED: Final = "chunked"
_REQUEST: Final = 1


def prefill_key(tokens: int) -> str:
    """The name of a measurement: a prompt of so many tokens from an empty context."""
    return f"prefill-{tokens}"


def decode_key(context: int) -> str:
    """The name of a measurement: one token on top of so many."""
    return f"decode-{context}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement; `foreign_cores` is what other processes took meanwhile, if known."""

    timings: Timings
    foreign_cores: float | None

    def to_dict(self) -> dict[str, object]:
        """By name, as JSON."""
        return {**self.timings.to_dict(), "foreign_cores": self.foreign_cores}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Figure:
        """The inverse of `to_dict`; KeyError, TypeError or ValueError for anything else."""
        foreign = data["foreign_cores"]
        return cls(Timings.from_dict(data), None if foreign is None else float(foreign))


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """All measurements of a model on a device; `nodes` says how many run on which provider."""

    model: str
    provider: str
    create_ms: float
    nodes: Mapping[str, int]
    figures: Mapping[str, Figure]
    kv_bytes_per_token: int | None = None
    warning: str | None = None

    @property
    def is_llm(self) -> bool:
        """Whether it was measured as a language model."""
        return INFERENCE not in self.figures

    def to_dict(self) -> dict[str, object]:
        """By name, as JSON."""
        return {
            "model": self.model,
            "provider": self.provider,
            "create_ms": self.create_ms,
            "nodes": dict(self.nodes),
            "figures": {name: figure.to_dict() for name, figure in self.figures.items()},
            "kv_bytes_per_token": self.kv_bytes_per_token,
            "warning": self.warning,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ModelFigures:
        """The inverse of `to_dict`; KeyError, TypeError or ValueError for anything else."""
        kv_bytes, warning = data["kv_bytes_per_token"], data["warning"]
        return cls(
            str(data["model"]),
            str(data["provider"]),
            float(data["create_ms"]),
            {str(name): int(count) for name, count in data["nodes"].items()},
            {str(name): Figure.from_dict(each) for name, each in data["figures"].items()},
            None if kv_bytes is None else int(kv_bytes),
            None if warning is None else str(warning),
        )


class ModelOpener(Protocol):
    """Opens models with what measuring wants to know about them."""

    def open(self, model: str, backend: BackendBinding) -> InferenceRunnable | LanguageRunnable:
        """As `Opener.open`."""
        ...


def measure_model(
    opener: ModelOpener,
    model: str,
    backend: BackendBinding,
    effort: Effort,
    progress: Callable[[str], None] = lambda _: None,
    patience: Patience | None = None,
) -> ModelFigures:
    """Opens a model on a device and measures it; `progress` hears what comes next.

    Raises:
        UserError: it does not run there, or its context is too short to be measured.
    """
    progress("open")
    runnable = opener.open(model, backend)
    runnable.warm_up()
    kv_bytes: int | None = None
    figures: dict[str, Figure] = {}

    def figure(name: str, call: Callable[[], object]) -> None:
        progress(name)
        figures[name] = measure_quietly(partial(measured, call, effort), patience or Patience())

    if isinstance(runnable, LanguageRunnable):
        _language(runnable, figure)
        kv_bytes = runnable.layout.kv_bytes_per_token
    else:
        figure(INFERENCE, runnable.infer)
    session = runnable.session
    return ModelFigures(
        model,
        session.provider,
        session.create_ms,
        session.placement.nodes,
        figures,
        kv_bytes,
        session.warning,
    )


def _language(
    runnable: LanguageRunnable, figure: Callable[[str, Callable[[], object]], None]
) -> None:
    lengths = [tokens for tokens in PREFILL_TOKENS if tokens <= runnable.context]
    contexts = [tokens for tokens in DECODE_CONTEXTS if tokens < runnable.context]
    if not lengths or not contexts:
        raise UserError(
            f"{runnable.name}: a context of {runnable.context:,} tokens is too short to be "
            f"measured; it takes more than {DECODE_CONTEXTS[0]}"
        )

    def in_chunks() -> None:
        for begin in range(0, longest, CHUNK):
            runnable.prefill(_REQUEST, begin, min(begin + CHUNK, longest))

    for tokens in lengths:
        figure(prefill_key(tokens), partial(runnable.prefill, _REQUEST, 0, tokens))
    longest = lengths[-1]
    if longest > CHUNK:
        figure(CHUNKED, in_chunks)
    for context in contexts:
        figure(decode_key(context), partial(runnable.decode, _REQUEST, context))
    runnable.forget(_REQUEST)


def measure_quietly(
    call: Callable[[], Timings], patience: Patience, load: Callable[[], ForeignLoad] = ForeignLoad
) -> Figure:
    """Measures when other programs are quiet, again if they were not; the least disturbed one."""
    looks = patience.looks()
    best: Figure | None = None
    while True:
        looks = patience.wait(looks)
        others = load()
        figure = Figure(call(), others.cores())
        if best is None or (figure.foreign_cores or 0.0) < (best.foreign_cores or 0.0):
            best = figure
        if is_quiet(figure.foreign_cores) or looks <= 0:
            return best
