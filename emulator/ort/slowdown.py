"""How much longer backends take while another one is busy: every ordered pair of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations, product
from statistics import geometric_mean

from emulator.ort.host import Patience
from emulator.ort.language import LanguageRunnable
from emulator.ort.measure import DECODE_CONTEXTS, ModelOpener, measure_quietly
from emulator.ort.runnable import BackendBinding
from emulator.ort.timings import Effort, Timings, measured

WARM_UP_RUNS = 3


@dataclass(frozen=True, slots=True)
class Slowdown:
    """p50 of a model on `backend` while `beside` runs one, over its p50 alone."""

    backend: str
    model: str
    beside: str
    beside_model: str
    alone_ms: float
    together_ms: float
    foreign_cores: float = 0.0
    """What other programs took meanwhile, if known."""

    @property
    def factor(self) -> float:
        """At least 1: what is faster in company is noise."""
        return max(1.0, self.together_ms / self.alone_ms)


def mean_factor(found: Sequence[Slowdown], backend: str, beside: str) -> float | None:
    """The geometric mean over models of what a pair of backends does; None if not measured."""
    factors = [each.factor for each in found if (each.backend, each.beside) == (backend, beside)]
    return geometric_mean(factors) if factors else None


def pairs(
    backends: Sequence[BackendBinding], models: Callable[[BackendBinding], Sequence[str]]
) -> Iterator[tuple[tuple[BackendBinding, str], tuple[BackendBinding, str]]]:
    """What is to be measured: each ordered pair of backends, with each pair of their models."""
    for first, second in permutations(backends, 2):
        for model, other in product(models(first), models(second)):
            yield (first, model), (second, other)


def measure_pair(
    opener: ModelOpener,
    first: tuple[BackendBinding, str],
    second: tuple[BackendBinding, str],
    effort: Effort,
    patience: Patience | None = None,
) -> Slowdown:
    """Times the first model alone and then while the second runs over and over in a thread.

    Raises:
        UserError: a model does not run on its backend.
    """
    (backend, model), (beside, beside_model) = first, second
    call = _call(opener, model, backend)
    other = _call(opener, beside_model, beside)
    for _ in range(WARM_UP_RUNS):
        other()
    wait = patience or Patience()
    alone = measure_quietly(partial(measured, call, effort), wait)

    def beside_other() -> Timings:
        with _Busy(other):
            return measured(call, effort)

    together = measure_quietly(beside_other, wait)
    return Slowdown(
        backend.backend,
        model,
        beside.backend,
        beside_model,
        alone.timings.p50,
        together.timings.p50,
        max(alone.foreign_cores or 0.0, together.foreign_cores or 0.0),
    )


class _Busy:
    """Runs a call over and over in a thread of its own."""

    def __init__(self, call: Callable[[], object]) -> None:
        self._call = call
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="busy", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._call()
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error


def _call(opener: ModelOpener, model: str, backend: BackendBinding) -> Callable[[], object]:
    """One inference, or one token of a language model."""
    runnable = opener.open(model, backend)
    runnable.warm_up()
    if isinstance(runnable, LanguageRunnable):
        context = min(DECODE_CONTEXTS[-1], runnable.context - 1)
        return lambda: runnable.decode(1, context)
    return runnable.infer
