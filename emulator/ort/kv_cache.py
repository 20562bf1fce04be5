"""KV caches of the requests that a language model works on: one buffer each, used again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.ort.raw import RawBinding

POOL_BYTES: Final = 2**31
"""The KV caches of one model on one backend take at most this much memory, or that of one."""


@dataclass(slots=True)
class Cache:
    """One request's KV cache, bound to the session, and the ids of its prompt and last token."""

    binding: RawBinding
    prompt: NDArray[np.int64]
    last_token: int = 0


class CachePool:
    """Makes caches as requests come; one that is given back serves the next request.

    With `limit` of them in use, a new request takes the one that was used longest ago, and whose
    it was goes on with another one when it comes again: its tokens take the time that they would
    have taken, but are not the same. So a run loses neither a job nor a backend for want of memory.

    A cache that is used again holds the old request's numbers beyond what the new one has written;
    attention reads only what the length says.
    """

    def __init__(
        self,
        make: Callable[[], RawBinding],
        prompt: Callable[[int], NDArray[np.int64]],
        limit: int,
    ) -> None:
        self._make = make
        self._prompt = prompt
        self._limit = limit
        self._open: dict[int, Cache] = {}
        """The one used longest ago comes first."""
        self._free: list[RawBinding] = []

    def __len__(self) -> int:
        return len(self._open)

    def of(self, request: int) -> Cache:
        """The request's cache, a new one if it has none."""
        cache = self._open.pop(request, None)
        if cache is None:
            cache = Cache(self._binding(), self._prompt(request))
        self._open[request] = cache
        return cache

    def forget(self, request: int) -> None:
        """Gives the request's cache back, if it has one."""
        cache = self._open.pop(request, None)
        if cache is not None:
            self._free.append(cache.binding)

    def _binding(self) -> RawBinding:
        if self._free:
            return self._free.pop()
        if len(self._open) >= self._limit:
            return self._open.pop(next(iter(self._open))).binding
        return self._make()
