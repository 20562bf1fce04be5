"""Mean waiting times of M/D/1 and M/M/1 queues beside queueing theory, a million jobs each.

One backend, one Poisson stream, first come first served, service of 1 ms: constant, or exponential
by the profile's noise. Theory is Pollaczek-Khinchine: W = load x S x (1 + c2) / (2 (1 - load)) with
c2 the squared coefficient of variation of the service, 0 and 1.
"""

import argparse
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from emulator import journal
from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.metrics import events

LOADS = ("0.5", "0.8", "0.9")
VARIATION = {"M/D/1": 0, "M/M/1": 1}
"""Squared coefficient of variation of the service by queue."""
SERVICE_MS = 1
BATCHES = 40
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its standard error, both in the unit of the values."""

    mean: float
    error: float


def waits_ms(queue: str, load: str, jobs: int, seed: int = 0) -> list[float]:
    """Waiting times of about so many jobs, in order of arrival.

    Args:
        queue: ``M/D/1`` or ``M/M/1``.
        load: service time over mean time between arrivals, as a decimal.
        jobs: how many are expected in the simulated time.
        seed: of arrivals and service times.
    """
    service = {"latency_ms": SERVICE_MS}
    cost = service | ({"noise": "exponential"} if VARIATION[queue] else {})
    rate_hz = float(load) * 1000 / SERVICE_MS
    arrival = {"process": "poisson", "rate_hz": rate_hz}
    engine = Engine(
        load_profile({"backends": ["server"], "models": {"m": {"server": cost}}}),
        load_scenario({"streams": [{"name": "jobs", "model": "m", "arrival": arrival}]}),
        "fcfs",
        seed=seed,
        duration_ns=round(jobs / rate_hz * NS_PER_S),
    )
    released: dict[int, int] = {}
    waits: list[float] = []

    def on_release(event: events.Released) -> None:
        released[event[3]] = event[1]

    def on_start(event: events.Started) -> None:
        waits.append((event[1] - released.pop(event[3])) / NS_PER_MS)

    handlers: events.Handlers = {journal.RELEASED: on_release, journal.STARTED: on_start}
    while engine.next_event_ns is not None:
        engine.advance(engine.next_event_ns + NS_PER_S)
        events.handle(engine.drain(), handlers)
    return waits


def theory_ms(queue: str, load: str) -> float:
    """Mean waiting time by Pollaczek-Khinchine."""
    share = float(load)
    return share * SERVICE_MS * (1 + VARIATION[queue]) / (2 * (1 - share))


def batch_means(values: Sequence[float], batches: int = BATCHES) -> Estimate:
    """Mean and standard error of values that depend on those before them.

    Means of long batches hardly do; the first batch is left out, because the queue is empty at
    first (Law, Simulation Modeling and Analysis, batch means).
    """
    size = len(values) // (batches + 1)
    means = [
        sum(values[first : first + size]) / size
        for first in range(size, size * (batches + 1), size)
    ]
    mean = sum(means) / batches
    variance = sum((each - mean) ** 2 for each in means) / (batches - 1)
    return Estimate(mean, math.sqrt(variance / batches))


def main() -> None:
    """Prints measured, theory, and their difference in standard errors."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks queueing", description=__doc__)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(f"about {options.jobs:,} jobs per row, service {SERVICE_MS} ms, seed {options.seed}")
    print("queue    load  measured   theory   error       off by  ms of waiting")
    for queue in VARIATION:
        for load in LOADS:
            begin = time.process_time()
            waits = waits_ms(queue, load, options.jobs, options.seed)
            rate = len(waits) / (time.process_time() - begin)
            measured, theory = batch_means(waits), theory_ms(queue, load)
            off = (measured.mean - theory) / measured.error
            print(
                f"{queue:6} {float(load):5.0%} {measured.mean:9.4f} {theory:8.4f} "
                f"{measured.error:7.4f} {off:+5.1f} errors  {rate:,.0f} jobs/s"
            )


if __name__ == "__main__":
    main()
