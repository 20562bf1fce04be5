"""Virtual seconds per second of the bundled scenarios, and jobs/s of an overloaded stream.

The first table is what ``simulate`` does, result and summary included, without a journal. The
second has one stream that keeps its late jobs, released as fast as they are served, behind a
backlog that stays at 10, 100 and 1,000 waiting jobs: jobs/s must stay about constant. A general
policy is handed every waiting slice, so there it cannot; hybrid, which drops what is late, gets the
same stream without deadlines.
"""

import argparse
import gc
import time
from collections.abc import Callable

from emulator import load_profile, load_scenario, simulate
from emulator.catalog import scenario_names
from emulator.collector import collector_off
from emulator.engine import Engine
from emulator.policies import HEADLINE

PROFILE = "ryzen-ai-9-hx-370"
BACKLOGS = (10, 100, 1000)
KEEPING = ("fcfs", "static", "edf", "llf/earliest-finish", "sjf/earliest-finish", "hybrid")
"""Policies that drop nothing of the overloaded stream."""
SERVICE_MS = 2
NS_PER_S = 1_000_000_000


def cpu_s(run: Callable[[], object], rounds: int) -> float:
    """CPU time of the best round."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        begin = time.process_time()
        run()
        best = min(best, time.process_time() - begin)
    return best


def scenario_speed(scenario: str, policy: str, duration_s: int, rounds: int) -> float:
    """Virtual seconds per second of CPU time, on the profile that the scenario was made for."""
    loaded = load_scenario(scenario)
    profile = load_profile(loaded.profile or PROFILE)

    def run() -> None:
        simulate(profile, loaded, policy, duration_s=duration_s, journal=False)

    return duration_s / cpu_s(run, rounds)


def overloaded_jobs_per_s(policy: str, backlog: int, jobs: int, *, deadline: bool) -> float:
    """Jobs per second of CPU time while so many jobs wait all the time."""
    stream = {
        "name": "frames",
        "model": "m",
        "arrivals_ms": [0] * backlog + [SERVICE_MS * job for job in range(jobs)],
        "deadline_ms": SERVICE_MS if deadline else "none",
        "late": "keep",
    }
    profile = load_profile({"backends": ["npu"], "models": {"m": {"npu": SERVICE_MS}}})
    until_ns = jobs * SERVICE_MS * 1_000_000
    engine = Engine(profile, load_scenario({"streams": [stream]}), policy, duration_ns=until_ns)
    engine.advance(0)
    begin = time.process_time()
    for t_ns in range(0, until_ns, NS_PER_S):
        engine.advance(min(t_ns + NS_PER_S, until_ns))
        engine.drain()
    return jobs / (time.process_time() - begin)


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks virtual_speed", description=__doc__)
    parser.add_argument("--duration", type=int, default=30, help="virtual seconds per run")
    parser.add_argument("--jobs", type=int, default=10_000, help="of the overloaded stream")
    parser.add_argument("--rounds", type=int, default=1, help="the best one counts")
    options = parser.parse_args()
    policies = [policy.name for policy in HEADLINE]
    with collector_off():
        print(
            f"virtual seconds per second, {options.duration} s{'':5}",
            *map("{:>8}".format, policies),
        )
        for scenario in scenario_names():
            speeds = [
                scenario_speed(scenario, policy, options.duration, options.rounds)
                for policy in policies
            ]
            print(f"{scenario:36}", *map("{:8.0f}".format, speeds))
        print(f"\n{'jobs/s, jobs waiting':36}", *map("{:>8,}".format, BACKLOGS))
        for policy in KEEPING:
            slow = policy == "hybrid"
            jobs = options.jobs // 10 if slow else options.jobs
            rates = [
                max(
                    overloaded_jobs_per_s(policy, backlog, jobs, deadline=not slow)
                    for _ in range(options.rounds)
                )
                for backlog in BACKLOGS
            ]
            print(f"{policy:36}", *map("{:8,.0f}".format, rates))


if __name__ == "__main__":
    main()
