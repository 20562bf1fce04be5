"""A thread that executes the slices of one real backend, one after the other."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

from emulator.commands import Mark
from emulator.engine.running import RunningSlice
from emulator.errors import UserError
from emulator.journal import DECODE, INFERENCE
from emulator.ort.cores import keep_to
from emulator.ort.runnable import (
    BackendBinding,
    Opener,
    Runnable,
    Terminate,
    Terminated,
    Watched,
)
from emulator.ort.schedule import Job, LiveSchedule

_LONGEST_REASON: Final = 300


class BackendLostError(Exception):
    """What executed the slices is gone; ``str(error)`` says why."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One slice as the worker saw it; the journal's slice also holds the way to and from it."""

    backend: int
    work: RunningSlice
    begin_ns: int
    """Wall time, as the end."""
    end_ns: int


class BackendWorker(threading.Thread):
    """Opens the models of one backend in its own thread, then runs what it is given.

    Args:
        backend: index in the profile.
        binding: the device.
        models: names of the models that may run there.
        opener: opens them.
        listed: names of all models that the profile lists there.
        clock: wall time in ns.
        core: to which its thread is bound, None for any.
        on_ran: is told of every slice, by this thread.
    """

    def __init__(
        self,
        backend: int,
        binding: BackendBinding,
        models: Iterable[str],
        opener: Opener,
        *,
        listed: frozenset[str] = frozenset(),
        clock: Callable[[], int] = time.monotonic_ns,
        core: int | None = None,
        on_ran: Callable[[Ran], None] | None = None,
    ) -> None:
        super().__init__(name=f"backend {binding.backend}", daemon=True)
        self.backend = backend
        self.binding = binding
        self.problem: UserError | None = None
        """Why its models could not be opened."""
        self.models = tuple(models)
        self.listed = listed
        self._opener = opener
        self._clock = clock
        self.core = core
        self._on_ran = on_ran
        self._opened = threading.Event()
        self._schedule: LiveSchedule | None = None
        self._runnables: dict[str, Runnable] = {}
        self._inbox: SimpleQueue[RunningSlice | None] = SimpleQueue()
        self._over: deque[Job] = deque()
        self._requests: dict[Job, dict[str, int]] = {}
        """Names of the KV caches, by job and stage."""
        self._models_of: dict[int, str] = {}
        """Of the requests that are open."""
        self._crowded: set[str] = set()
        """Models that had more requests than KV caches."""
        self._last_request = 0
        self._terminate = Terminate()

    def wait_until_open(self) -> None:
        """Wait until the models are open and warm. Raises UserError: one of them cannot be."""
        self._opened.wait()
        if self.problem is not None:
            raise self.problem

    @property
    def providers(self) -> dict[str, str]:
        """What really runs each model, as placement showed."""
        return {name: each.provider for name, each in self._runnables.items()}

    @property
    def kinds(self) -> dict[str, bool]:
        """Whether each model is a language model."""
        return {name: each.is_llm for name, each in self._runnables.items()}

    @property
    def contexts(self) -> dict[str, int]:
        """Tokens of context of the language models that say so."""
        sizes = {name: getattr(each, "context", None) for name, each in self._runnables.items()}
        return {name: size for name, size in sizes.items() if isinstance(size, int)}

    @property
    def warnings(self) -> list[str]:
        """Sentences about models of which nodes run elsewhere, where that was allowed."""
        told = [getattr(each, "warning", None) for each in self._runnables.values()]
        return [f"{self.binding.backend}: {each}" for each in told if each]

    def serve(self, schedule: LiveSchedule) -> None:
        """Execute what this schedule hands out; once, when everything is open."""
        self._schedule = schedule
        schedule.join(self.backend, self)
        if isinstance(self._opener, Watched):
            self._opener.watch(lambda reason: schedule.lose(self.backend, reason))

    # As the schedule's hands

    def give(self, work: RunningSlice) -> None:
        """Run this slice now."""
        self._inbox.put(work)

    def over(self, job: Job) -> None:
        """Its caches can be freed, before the next slice."""
        self._over.append(job)

    def abandon(self, reason: str) -> None:
        """Nobody waits for this backend any more: end what runs, and the thread."""
        self.stop()

    def stop(self) -> None:
        """End what runs, where the provider lets it, and then the thread."""
        self._terminate.request()
        self._inbox.put(None)

    # The thread

    def run(self) -> None:
        """Open, then work until told to stop."""
        if self.core is not None:
            keep_to(self.core)
        try:
            self._open()
        except UserError as error:
            self.problem = error
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it
            self.problem = UserError(f"backend {self.binding.backend!r}: {_told(error)}")
        self._opened.set()
        if self.problem is None:
            self._work()

    def _open(self) -> None:
        for model in self.models:
            if self._terminate.requested:
                return
            runnable = self._opener.open(model, self.binding)
            runnable.warm_up()
            self._runnables[model] = runnable

    def _work(self) -> None:
        while (given := self._inbox.get()) is not None:
            work: RunningSlice | None = given
            while work is not None:
                work = self._run_one(work)

    def _run_one(self, work: RunningSlice) -> RunningSlice | None:
        """Execute a slice; returns the next one, if it is there already."""
        assert self._schedule is not None  # noqa: S101 - it is what gives the work
        begin_ns = self._clock()
        try:
            self._execute(work)
        except Terminated:
            return None
        except Exception as error:  # noqa: BLE001 - whatever it is, the backend is of no use
            self._schedule.lose(self.backend, _told(error))
            return None
        end_ns = self._clock()
        following = self._schedule.finish(self.backend, work, end_ns)
        if self._on_ran is not None:
            self._on_ran(Ran(self.backend, work, begin_ns, end_ns))
        return following

    def _execute(self, work: RunningSlice) -> None:
        while self._over:
            self._forget(self._over.popleft())
        runnable = self._runnables[work.model]
        if work.phase == INFERENCE:
            runnable.infer(self._terminate)
            return
        request = self._request_of(work)
        if work.phase == DECODE:
            runnable.decode(request, work.context, self._terminate)
        else:
            runnable.prefill(request, work.begin_tokens, work.end_tokens, self._terminate)

    def _request_of(self, work: RunningSlice) -> int:
        stages = self._requests.setdefault((work.stream, work.job), {})
        if work.stage not in stages:
            self._last_request += 1
            stages[work.stage] = self._last_request
            self._models_of[self._last_request] = work.model
            self._count_requests(work.model)
        return stages[work.stage]

    def _count_requests(self, model: str) -> None:
        """Say once, in the journal, that a model has more requests than KV caches."""
        limit = getattr(self._runnables[model], "max_requests", None)
        if not isinstance(limit, int) or model in self._crowded:
            return
        if sum(each == model for each in self._models_of.values()) > limit:
            self._crowded.add(model)
            assert self._schedule is not None  # noqa: S101 - it is what gives the work
            text = (
                f"{model} on {self.binding.backend}: more requests than the {limit} KV caches that "
                "have memory; they share them from here on, which changes tokens but no times"
            )
            self._schedule.apply(Mark(text))

    def _forget(self, job: Job) -> None:
        for request in self._requests.pop(job, {}).values():
            self._models_of.pop(request, None)
            for runnable in self._runnables.values():
                if runnable.is_llm:
                    runnable.forget(request)


def _told(error: Exception) -> str:
    if isinstance(error, UserError | BackendLostError):
        return str(error)
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return words[:_LONGEST_REASON]
