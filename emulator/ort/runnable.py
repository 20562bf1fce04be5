"""What the live driver sees of ONNX Runtime: models opened on devices, run slice by slice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

DeviceKind = Literal["cpu", "gpu", "npu"]


@dataclass(frozen=True, slots=True)
class BackendBinding:
    """What executes a backend's slices; `provider` None chooses an execution provider by kind.

    `device` counts the devices of that kind and provider from 0. `allow_fallback` lets nodes of a
    model run on the CPU where the provider cannot take them; else that is a PlacementError.
    """

    backend: str
    kind: DeviceKind = "cpu"
    provider: str | None = None
    device: int = 0
    threads: int = 1
    allow_fallback: bool = False


class Terminated(Exception):  # noqa: N818 - it is no fault: somebody asked for it
    """A call ended early because its Terminate was requested; what it computed is void."""


class Terminate:
    """Asks the calls that run under it to end at their next kernel; any thread may request it.

    Best effort: a provider that executes a whole graph at once runs on to the end of it.
    """

    __slots__ = ("_hooks", "_lock", "_requested")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requested = False
        self._hooks: list[Callable[[], None]] = []

    @property
    def requested(self) -> bool:
        """Whether somebody asked; stays so."""
        return self._requested

    def request(self) -> None:
        """Ends what runs under it now, and everything that starts under it later."""
        with self._lock:
            self._requested = True
            for hook in self._hooks:
                hook()

    @contextmanager
    def watched(self, hook: Callable[[], None]) -> Iterator[None]:
        """Calls `hook` at a request while the block runs (at once if it was requested before)."""
        with self._lock:
            self._hooks.append(hook)
            if self._requested:
                hook()
        try:
            yield
        finally:
            with self._lock:
                self._hooks.remove(hook)


class Runnable(Protocol):
    """One model opened on one device, called by one worker thread only.

    Calls that run a model release the GIL, block until it has run, and raise Terminated when
    `terminate` was requested. A language model keeps the KV caches of several requests apart by
    `request`, any integer that names one (a job's id).
    """

    @property
    def name(self) -> str:
        """The model's name, as in the profile."""
        ...

    @property
    def provider(self) -> str:
        """The execution provider that runs it, as placement showed."""
        ...

    @property
    def is_llm(self) -> bool:
        """Whether it has `prefill` and `decode` instead of `infer`."""
        ...

    def infer(self, terminate: Terminate | None = None) -> None:
        """Runs one whole inference, on input that was prepared at opening."""
        ...

    def prefill(
        self, request: int, begin: int, end: int, terminate: Terminate | None = None
    ) -> int:
        """Runs the tokens [begin, end) of a request's prompt; the id of the likeliest next token.

        A request that is new with `begin` > 0 has a cached prefix of that many tokens. With `end`
        at the prompt's length the id is the request's first output token.

        Raises:
            UserError: the context is longer than the model's.
        """
        ...

    def decode(self, request: int, context: int, terminate: Terminate | None = None) -> int:
        """Runs the request's last token on top of `context` cached tokens; the next one's id.

        Raises:
            UserError: as for prefill.
        """
        ...

    def forget(self, request: int) -> None:
        """Frees the request's KV cache; nothing happens where it has none."""
        ...

    def warm_up(self) -> None:
        """Runs it until first-run costs are paid; leaves no request behind."""
        ...


class Opener(Protocol):
    """Opens models by their names; may be called from any thread."""

    def open(self, model: str, backend: BackendBinding) -> Runnable:
        """A model ready to run on what the binding names.

        Raises:
            UserError: no such model, no such provider or device, or the model does not run there.
        """
        ...


@runtime_checkable
class Watched(Protocol):
    """An opener whose models may be gone at any time, also while none of them runs."""

    def watch(self, on_gone: Callable[[str], None]) -> None:
        """Calls `on_gone` with the reason, once and from a thread of its own, when they are."""
        ...
