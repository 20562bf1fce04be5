"""Stand-ins for real backends: one run by hand on a clock that stands still, one in threads."""

import heapq
import threading
from collections.abc import Iterator, Mapping

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.engine.running import RunningSlice
from emulator.errors import UserError
from emulator.ort.live import LiveDriver
from emulator.ort.runnable import BackendBinding, Terminate, Terminated
from emulator.ort.schedule import Job, LiveSchedule
from tests.emulator.strategies import MS, Case

FACTORY = "tests.emulator.ort.live_fakes:make_opener"


class StillClock:
    """Wall time that moves when it is told to."""

    def __init__(self) -> None:
        self.ns = 1_000_000_000_000

    def __call__(self) -> int:
        """The wall time in ns."""
        return self.ns


def live_engine(case: Case, real: frozenset[str]) -> Engine:
    """The engine of a case whose slices on these backends are executed by somebody else."""
    return Engine(
        load_profile(case.profile),
        load_scenario(case.scenario),
        case.policy,
        seed=case.seed,
        noise=case.noise,
        duration_ns=case.duration_ms * MS,
        external=real,
    )


class Bench:
    """Real backends without threads: each slice takes what ``durations`` says, by a still clock."""

    def __init__(self, engine: Engine, real: Mapping[int, str], durations: Iterator[int]) -> None:
        self.clock = StillClock()
        self.schedule = LiveSchedule(engine, real, self.clock)
        self.hands = {index: BenchHands(self, index) for index in real}
        for index, hands in self.hands.items():
            self.schedule.join(index, hands)
        self.running: list[tuple[int, int, RunningSlice]] = []
        """(wall ns of its end, backend, slice)."""
        self._durations = durations

    def begin(self, backend: int, work: RunningSlice) -> None:
        """A worker begins a slice now."""
        assert all(each[1] != backend for each in self.running), "two slices on one backend"
        heapq.heappush(self.running, (self.clock.ns + next(self._durations), backend, work))

    def run(self, wall_ns: int | None = None) -> None:
        """Let wall time pass, to this instant or until nothing is left to happen."""
        while (next_ns := self._next_ns()) is not None:
            if wall_ns is not None and next_ns > wall_ns:
                break
            self.clock.ns = max(self.clock.ns, next_ns)
            if self.running and self.running[0][0] <= self.clock.ns:
                end_ns, backend, work = heapq.heappop(self.running)
                following = self.schedule.finish(backend, work, end_ns)
                if following is not None:
                    self.begin(backend, following)
            else:
                self.schedule.turn()
        if wall_ns is not None:
            self.clock.ns = max(self.clock.ns, wall_ns)

    def _next_ns(self) -> int | None:
        wakes = [each[0] for each in self.running[:1]]
        wake_ns = self.schedule.turn()
        return min([*wakes, *([] if wake_ns is None else [wake_ns])], default=None)


class BenchHands:
    """The hands of one of these backends."""

    def __init__(self, bench: Bench, backend: int) -> None:
        self.ended: list[Job] = []
        self.abandoned: list[str] = []
        self._bench = bench
        self._backend = backend

    def give(self, work: RunningSlice) -> None:
        """Begin at once."""
        self._bench.begin(self._backend, work)

    def over(self, job: Job) -> None:
        """Remember it."""
        self.ended.append(job)

    def abandon(self, reason: str) -> None:
        """Remember why; the slice runs on, as one that hangs does."""
        self.abandoned.append(reason)


class GatedRunnable:
    """A model whose every call waits for a permit of the test, and can be told to fail."""

    provider = "FakeExecutionProvider"

    def __init__(self, name: str, opener: "GatedOpener") -> None:
        self.name = name
        self.is_llm = name.startswith("llm")
        self.warning = opener.warning
        self.max_requests = opener.max_requests
        self._opener = opener

    def infer(self, terminate: Terminate | None = None) -> None:
        """Wait for the permit."""
        self._call(("infer", self.name), terminate)

    def prefill(
        self, request: int, begin: int, end: int, terminate: Terminate | None = None
    ) -> int:
        """Wait for the permit."""
        self._call(("prefill", request, begin, end), terminate)
        return 7

    def decode(self, request: int, context: int, terminate: Terminate | None = None) -> int:
        """Wait for the permit."""
        self._call(("decode", request, context), terminate)
        return 8

    def forget(self, request: int) -> None:
        """Write it down."""
        self._opener.calls.append(("forget", request))

    def warm_up(self) -> None:
        """Write it down."""
        self._opener.calls.append(("warm_up", self.name))

    def _call(self, call: tuple[object, ...], terminate: Terminate | None) -> None:
        opener = self._opener
        opener.calls.append(call)
        opener.begun.release()
        with (terminate or Terminate()).watched(opener.permits.release):
            opener.permits.acquire()
        if terminate is not None and terminate.requested:
            raise Terminated(self.name)
        if opener.failure is not None:
            raise opener.failure


class GatedOpener:
    """Opens models that a test lets run call by call."""

    def __init__(self, *, permits: int = 0, refuses: str = "") -> None:
        self.calls: list[tuple[object, ...]] = []
        self.begun = threading.Semaphore(0)
        """Released as a call begins."""
        self.permits = threading.Semaphore(permits)
        self.failure: Exception | None = None
        self.warning: str | None = None
        self.max_requests: int | None = None
        self._refuses = refuses

    def open(self, model: str, backend: BackendBinding) -> GatedRunnable:
        """A model, unless it is the one that is refused."""
        if model == self._refuses:
            raise UserError(f"backend {backend.backend!r} cannot open {model!r}")
        return GatedRunnable(model, self)


def make_opener(models: dict[str, str]) -> GatedOpener:
    """For a worker process: every call ends at once; a model named in ``models`` is refused."""
    return GatedOpener(permits=1_000_000, refuses=next(iter(models), ""))


def run_to_end(driver: LiveDriver) -> None:
    """Lets a live run go on until its last job has ended."""
    driver.resume()
    while driver.state != "ended":
        with driver.schedule.changed:
            driver.schedule.changed.wait(0.01)
        driver.turn()
    driver.close()
