"""Virtual seconds per second of the bundled scenarios, and jobs/s of an overloaded stream.

The first table is what ``simulate`` does, result and summary included, without a journal. The
second has one stream that keeps its late jobs, released as fast as they are served, behind a
backlog that stays at 10, 100 and 1,000 waiting jobs: jobs/s must stay about constant. Hybrid, which
drops what is late, gets the same stream without deadlines. Each table comes twice once there is a
compiled build (``make fast``).
"""

import argparse
import gc
import time
from collections.abc import Callable, Sequence

from benchmarks import _compiled
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

Table = Sequence[Sequence[float]]


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


def scenario_table(duration_s: int, rounds: int) -> list[list[float]]:
    """A row for each bundled scenario, a column for each headline policy."""
    policies = [policy.name for policy in HEADLINE]
    with collector_off():
        return [
            [scenario_speed(scenario, policy, duration_s, rounds) for policy in policies]
            for scenario in scenario_names()
        ]


def backlog_table(jobs: int, rounds: int) -> list[list[float]]:
    """A row for each policy that keeps late jobs, a column for each backlog."""
    with collector_off():
        return [
            [
                max(
                    overloaded_jobs_per_s(policy, backlog, jobs, deadline=policy != "hybrid")
                    for _ in range(rounds)
                )
                for backlog in BACKLOGS
            ]
            for policy in KEEPING
        ]


def show(title: str, columns: Sequence[object], rows: Sequence[str], table: Table) -> None:
    """Prints a table."""
    print(f"{title:42}", *map("{:>9}".format, columns))
    for name, values in zip(rows, table, strict=True):
        print(f"{name:42}", *map("{:9,.0f}".format, values))
    print()


def main() -> None:
    """Prints both tables, of the sources and of the compiled build."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks virtual_speed", description=__doc__)
    parser.add_argument("--duration", type=int, default=30, help="virtual seconds per run")
    parser.add_argument("--jobs", type=int, default=10_000, help="of the overloaded stream")
    parser.add_argument("--rounds", type=int, default=1, help="the best one counts")
    options = parser.parse_args()
    scenarios, backlogs = (options.duration, options.rounds), (options.jobs, options.rounds)
    policies = [policy.name for policy in HEADLINE]
    absent = _compiled.why_absent()
    title = f"virtual seconds per second, {options.duration} s"
    show(f"{title}, pure", policies, scenario_names(), scenario_table(*scenarios))
    if not absent:
        table = _compiled.call("benchmarks.virtual_speed", "scenario_table", *scenarios)
        show(f"{title}, compiled", policies, scenario_names(), table)
    show("jobs/s, jobs waiting, pure", BACKLOGS, KEEPING, backlog_table(*backlogs))
    if not absent:
        table = _compiled.call("benchmarks.virtual_speed", "backlog_table", *backlogs)
        show("jobs/s, jobs waiting, compiled", BACKLOGS, KEEPING, table)
    if absent:
        print(f"compiled engine: {absent}")


if __name__ == "__main__":
    main()
