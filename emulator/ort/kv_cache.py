"""KV caches of the requests that a language model works on: one buffer each, used again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emulator.errors import UserError
from emulator.ort.raw import RawBinding

MAX_REQUESTS: Final = 16


class CacheFullError(UserError):
    """More requests are open at once than there is memory set aside for."""


@dataclass(slots=True)
class Cache:
    """One request's KV cache, bound to the session, and the ids of its prompt and last token."""

    binding: RawBinding
    prompt: NDArray[np.int64]
    last_token: int = 0


class CachePool:
    """At most `limit` caches; one that is given back serves the next request.

    A cache that is used again holds the old request's numbers beyond what the new one has written;
    attention reads only what the length says.
    """

    def __init__(
        self,
        model: str,
        make: Callable[[], RawBinding],
        prompt: Callable[[int], NDArray[np.int64]],
        limit: int = MAX_REQUESTS,
    ) -> None:
        self._model = model
        self._make = make
        self._prompt = prompt
        self._limit = limit
        self._open: dict[int, Cache] = {}
        self._free: list[RawBinding] = []

    def __len__(self) -> int:
        return len(self._open)

    def of(self, request: int) -> Cache:
        """The request's cache, a new one if it has none.

        Raises:
            CacheFullError: all are in use.
        """
        cache = self._open.get(request)
        if cache is None:
            if len(self._open) >= self._limit:
                raise CacheFullError(
                    f"{self._model} keeps the KV caches of at most {self._limit} requests at "
                    "once: drop late jobs, or give the stream fewer at a time"
                )
            binding = self._free.pop() if self._free else self._make()
            cache = self._open[request] = Cache(binding, self._prompt(request))
        return cache

    def forget(self, request: int) -> None:
        """Gives the request's cache back, if it has one."""
        cache = self._open.pop(request, None)
        if cache is not None:
            self._free.append(cache.binding)
