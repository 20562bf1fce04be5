"""Jobs per second of the engine, side by side with SimPy and with a bare heap loop.

The reference workload: 3 backends, 8 periodic streams (30, 30, 45, 60, 60, 60, 90 and 120 Hz) and
one Poisson stream of 30 jobs/s, each pinned to one backend, deadline = period, first come first
served. The contestants run one after the other, several rounds; the best round counts, and ratios
are what to quote. SimPy is the way its documentation writes it: a process per job and a Resource
per backend. The engine runs as its sources are and, after ``make fast``, compiled.
"""

import argparse
import gc
import heapq
import random
import time
from collections import deque
from collections.abc import Callable, Generator

import simpy

from benchmarks import _compiled
from emulator import load_profile, load_scenario
from emulator.engine import Engine

RATES_HZ = (30, 30, 45, 60, 60, 60, 90, 120)
SERVICE_MS = (6.0, 5.0, 4.0, 3.0, 2.5, 2.0, 1.5, 1.0)
TOKEN_RATE_HZ, TOKEN_MS = 30, 4.0
BACKENDS = 3
NS = 1_000_000_000

Process = Generator[simpy.Event, object, None]


def engine_jobs(duration_s: int, *, journal: bool = True) -> int:
    """Our engine; its journal is drained once a second and the releases in it are counted."""
    streams: list[dict[str, object]] = [
        {"name": f"s{n}", "model": f"m{n}", "rate_hz": rate} for n, rate in enumerate(RATES_HZ)
    ]
    tokens = {"process": "poisson", "rate_hz": TOKEN_RATE_HZ}
    streams.append({"name": "tokens", "model": "tokens", "arrival": tokens})
    models: dict[str, object] = {
        f"m{n}": {f"b{n % BACKENDS}": ms} for n, ms in enumerate(SERVICE_MS)
    }
    models["tokens"] = {f"b{BACKENDS - 1}": TOKEN_MS}
    profile = {"backends": [f"b{n}" for n in range(BACKENDS)], "models": models}
    engine = Engine(
        load_profile(profile),
        load_scenario({"streams": streams}),
        "fcfs",
        duration_ns=duration_s * NS,
        journal=journal,
    )
    released = 0
    for second in range(1, duration_s + 10):
        engine.advance(second * NS)
        released += sum(event[0] == "released" for event in engine.drain())
    return released


def silent_jobs(duration_s: int) -> int:
    """The same with nothing written."""
    return engine_jobs(duration_s, journal=False)


def simpy_jobs(duration_s: int) -> int:
    """SimPy's idiom: a process per stream starts a process per job, which asks for its backend."""
    environment = simpy.Environment()
    backends = [simpy.Resource(environment) for _ in range(BACKENDS)]
    done: list[tuple[int, float, float, bool]] = []
    generator = random.Random(0)  # noqa: S311 - a workload, not a secret

    def job(stream: int, backend: simpy.Resource, service: float, deadline: float) -> Process:
        released = environment.now
        with backend.request() as turn:
            yield turn
            yield environment.timeout(service)
        done.append((stream, released, environment.now, environment.now > deadline))

    def periodic(stream: int, rate: int, service: float) -> Process:
        period = 1000 / rate
        while True:
            backend = backends[stream % BACKENDS]
            environment.process(job(stream, backend, service, environment.now + period))
            yield environment.timeout(period)

    def poisson() -> Process:
        while True:
            yield environment.timeout(generator.expovariate(TOKEN_RATE_HZ / 1000))
            environment.process(job(len(RATES_HZ), backends[-1], TOKEN_MS, float("inf")))

    for stream, (rate, service) in enumerate(zip(RATES_HZ, SERVICE_MS, strict=True)):
        environment.process(periodic(stream, rate, service))
    environment.process(poisson())
    environment.run(until=duration_s * 1000)
    return len(done)


def heap_jobs(duration_s: int) -> int:
    """The floor: one heap, a queue per backend, counters, no job objects and no journal."""
    end = duration_s * NS
    heap = [(0, 1, stream, 0) for stream in range(len(RATES_HZ))]
    heapq.heapify(heap)
    queues: list[deque[tuple[int, int]]] = [deque() for _ in range(BACKENDS)]
    idle = [True] * BACKENDS
    service = [int(ms * 1e6) for ms in SERVICE_MS]
    released = missed = 0
    while heap:
        now, kind, number, job = heapq.heappop(heap)
        if kind == 0:
            idle[number] = True
            backend = number
        else:
            backend = number % BACKENDS
            released += 1
            following = (job + 1) * NS // RATES_HZ[number]
            queues[backend].append((number, following))
            if following < end:
                heapq.heappush(heap, (following, 1, number, job + 1))
        if idle[backend] and queues[backend]:
            stream, deadline = queues[backend].popleft()
            idle[backend] = False
            missed += now + service[stream] > deadline
            heapq.heappush(heap, (now + service[stream], 0, backend, 0))
    return released


CONTESTANTS: dict[str, Callable[[int], int]] = {
    "engine, journal on": engine_jobs,
    "engine, journal off": silent_jobs,
    "SimPy, a process per job": simpy_jobs,
    "bare heap loop": heap_jobs,
}
COMPILED = ("engine, journal on", "engine, journal off")


def rate(name: str, duration_s: int) -> float:
    """Jobs per second of CPU time of one contestant."""
    streams = sum(RATES_HZ) + (0 if name == "bare heap loop" else TOKEN_RATE_HZ)
    gc.collect()
    begin = time.process_time()
    CONTESTANTS[name](duration_s)
    return streams * duration_s / (time.process_time() - begin)


def main() -> None:
    """Prints jobs/s of the best round of each contestant, and its ratio to SimPy."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks engine_speed", description=__doc__)
    parser.add_argument("--duration", type=int, default=600, help="simulated seconds")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    absent = _compiled.why_absent()
    best: dict[str, float] = {}
    for _ in range(options.rounds):
        for name in CONTESTANTS:
            best[name] = max(best.get(name, 0.0), rate(name, options.duration))
            if name in COMPILED and not absent:
                found = _compiled.call("benchmarks.engine_speed", "rate", name, options.duration)
                best[f"compiled {name}"] = max(best.get(f"compiled {name}", 0.0), found)
    for name, value in best.items():
        ratio = value / best["SimPy, a process per job"]
        print(f"{name:28} {value:12,.0f} jobs/s  {ratio:6.2f} x SimPy")
    if absent:
        print(f"compiled engine: {absent}")


if __name__ == "__main__":
    main()
