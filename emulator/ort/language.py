"""A decoder with its KV cache in place: chunked prefill and one token at a time, by IO binding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.errors import UserError
from emulator.ort.kv_cache import POOL_BYTES, Cache, CachePool
from emulator.ort.raw import RawBinding, RawOrtValue
from emulator.ort.runnable import Terminate
from emulator.ort.runtime import runtime
from emulator.ort.sessions import ModelError, Session, first_line
from emulator.ort.tensors import Tensor, tensors

WARM_UP_TOKENS: Final = 32
WARM_UP_RUNS: Final = 3
_WARM_UP: Final = -1
"""The request of the warm-up; those of jobs are not negative."""


class ContextError(UserError):
    """A prompt and its output are longer than the model's context."""


@dataclass(frozen=True, slots=True)
class DecoderLayout:
    """What a decoder's inputs say: names and shapes of its KV cache, and its vocabulary."""

    caches: tuple[Tensor, ...]
    vocabulary: int
    logits: Tensor
    has_positions: bool

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of all layers."""
        return sum(
            int(each.shape[1] or 0) * int(each.shape[3] or 0) * np.dtype(each.dtype).itemsize
            for each in self.caches
        )


def is_decoder(inputs: Sequence[Tensor]) -> bool:
    """Whether these are the inputs of a decoder with a KV cache."""
    names = {each.name for each in inputs}
    return "input_ids" in names and any(name.startswith("past_key_values.") for name in names)


def decoder_layout(
    model: str, inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> DecoderLayout:
    """Reads a decoder's layout.

    Raises:
        ModelError: it is not one that runs here; says what is missing.
    """
    caches = tuple(each for each in inputs if each.name.startswith("past_key_values."))
    names = {each.name for each in inputs}
    logits = next((each for each in outputs if each.name == "logits"), None)
    expected = {"input_ids", "attention_mask"}
    rest = names - expected - {"position_ids"} - {each.name for each in caches}
    if not caches or not expected <= names or rest or logits is None:
        raise ModelError(
            f"{model}: a decoder has the inputs input_ids, attention_mask and past_key_values.N.key"
            f"/.value and the output logits, as exported for onnxruntime-genai, "
            f"not {', '.join(sorted(names))}"
        )
    for cache in caches:
        _, heads, _, size = cache.shape if len(cache.shape) == 4 else (None,) * 4  # noqa: PLR2004
        if not (isinstance(heads, int) and isinstance(size, int) and heads > 0 and size > 0):
            raise ModelError(f"{model}: expected {cache.name} as [1, heads, past, size] ({cache})")
    vocabulary = logits.shape[-1]
    if not isinstance(vocabulary, int):
        raise ModelError(f"{model}: the output logits does not say the size of the vocabulary")
    return DecoderLayout(caches, vocabulary, logits, "position_ids" in names)


class LanguageRunnable:
    """A Runnable that reads prompts and writes tokens, greedily.

    Prompts are random token ids, from a seed and the request. `max_requests` counts KV caches,
    by default as many as POOL_BYTES hold.
    """

    is_llm = True

    def __init__(
        self, session: Session, context: int, *, seed: int = 0, max_requests: int | None = None
    ) -> None:
        self.session = session
        self.context = context
        self.layout = decoder_layout(
            session.name, tensors(session.raw.get_inputs()), tensors(session.raw.get_outputs())
        )
        cache_bytes = context * self.layout.kv_bytes_per_token
        self.max_requests = max_requests or max(1, POOL_BYTES // max(1, cache_bytes))
        """Requests whose KV caches are kept apart; of more, the tokens are not the right ones."""
        self._seed = seed
        self._mask = np.ones((1, context), np.int64)
        self._positions = np.arange(context, dtype=np.int64)[None, :]
        self._logits = self._fixed_logits()
        self._caches = CachePool(self._bind, self._prompt, self.max_requests)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.session.name

    @property
    def warning(self) -> str | None:
        """Which nodes run elsewhere, where that was allowed."""
        return self.session.warning

    @property
    def provider(self) -> str:
        """The execution provider that runs it."""
        return self.session.provider

    def infer(self, terminate: Terminate | None = None) -> None:
        """Always an error: a language model has prefill and decode."""
        raise UserError(f"{self.name} is a language model: it has prefill and decode instead")

    def prefill(
        self, request: int, begin: int, end: int, terminate: Terminate | None = None
    ) -> int:
        """Runs the tokens [begin, end) of the prompt; the id of the likeliest next token."""
        self._check(end)
        cache = self._caches.of(request)
        return self._step(cache, cache.prompt[:, begin:end], end, terminate)

    def decode(self, request: int, context: int, terminate: Terminate | None = None) -> int:
        """Runs the last token on top of `context` cached ones; the next one's id."""
        self._check(context + 1)
        cache = self._caches.of(request)
        token = np.array([[cache.last_token]], np.int64)
        return self._step(cache, token, context + 1, terminate)

    def forget(self, request: int) -> None:
        """Frees the request's KV cache."""
        self._caches.forget(request)

    def warm_up(self) -> None:
        """Prefills and decodes until first-run costs are paid.

        Raises:
            ModelError: it does not run.
        """
        tokens = min(WARM_UP_TOKENS, self.context - 1)
        try:
            for _ in range(WARM_UP_RUNS):
                self.prefill(_WARM_UP, 0, tokens)
                self.decode(_WARM_UP, tokens)
        except Exception as error:  # noqa: BLE001 - every provider raises its own kinds
            raise ModelError(f"{self.name} does not run: {first_line(error)}") from None
        finally:
            self.forget(_WARM_UP)

    def _step(
        self, cache: Cache, ids: NDArray[np.int64], total: int, terminate: Terminate | None
    ) -> int:
        """Runs `ids` as the last of `total` tokens."""
        binding = cache.binding
        binding.bind_cpu_input("input_ids", np.ascontiguousarray(ids))
        binding.bind_cpu_input("attention_mask", self._mask[:, :total])
        if self.layout.has_positions:
            binding.bind_cpu_input("position_ids", self._positions[:, total - ids.shape[1] : total])
        if self._logits is None:
            binding.bind_output("logits")
        self.session.run_bound(binding, terminate)
        logits = (
            self._logits.numpy() if self._logits is not None else binding.copy_outputs_to_cpu()[0]
        )
        cache.last_token = int(logits[0, -1].argmax())
        return cache.last_token

    def _bind(self) -> RawBinding:
        """A new KV cache of the whole context: what attention reads is where it writes."""
        binding = self.session.raw.io_binding()
        if self._logits is not None:
            binding.bind_ortvalue_output("logits", self._logits)
        else:
            binding.bind_output("logits")
        for cache in self.layout.caches:
            _, heads, _, size = cache.shape
            shape = (1, int(heads or 0), self.context, int(size or 0))
            value = self._cache_tensor(shape, cache.dtype)
            binding.bind_ortvalue_input(cache.name, value)
            present = "present" + cache.name.removeprefix("past_key_values")
            binding.bind_ortvalue_output(present, value)
        return binding

    def _cache_tensor(self, shape: tuple[int, ...], dtype: str) -> RawOrtValue:
        """In the memory of the device: attention writes in place only where it also runs."""
        memory = self.session.device_memory()
        if memory is None:
            return _tensor(np.zeros(shape, dtype))
        value: RawOrtValue = runtime().OrtValue.ortvalue_from_shape_and_type(
            shape, np.dtype(dtype).type, memory_info=memory
        )
        return value

    def _fixed_logits(self) -> RawOrtValue | None:
        """Where logits go, if the model gives those of the last token only."""
        if self.layout.logits.shape[:2] != (1, 1):
            return None
        shape = (1, 1, self.layout.vocabulary)
        return _tensor(np.zeros(shape, self.layout.logits.dtype))

    def _prompt(self, request: int) -> NDArray[np.int64]:
        rng = np.random.default_rng((self._seed, request + 1))
        return rng.integers(0, self.layout.vocabulary, (1, self.context), np.int64)

    def _check(self, tokens: int) -> None:
        if tokens > self.context:
            raise ContextError(
                f"{self.name} has a context of {self.context:,} tokens, and a request needs "
                f"{tokens:,}: shorten its prompt or its output"
            )


def _tensor(array: NDArray[np.generic]) -> RawOrtValue:
    value: RawOrtValue = runtime().OrtValue.ortvalue_from_numpy(array)
    return value
