"""How late the paced core handles its events, as a process with a client, beside a bare loop.

``python -m benchmarks lateness [--seconds 15] [--speed 1] [--scenario S] ...``

The core's figures are its own (wall time at which an instant is handled minus the time at which it
is due, percentiles rounded up by at most 1/8). The bare loops run one after the other in this
process, on the very event times of the scenario: what the machine can do at best.
"""

import argparse
import asyncio
import os
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.serving.clock import WallClock
from emulator.snapshot import Snapshot
from rtgen_tui.client import CoreClient

START_NS = 20_000_000
"""Before the first event of a bare loop, so that its own start is not measured."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is run."""

    profile: str
    scenario: str
    policy: str
    speed: float
    seconds: float


def main() -> None:
    """Measure and print a table in milliseconds."""
    run = parsed()
    print(f"{run.scenario} on {run.profile} under {run.policy}, x {run.speed:g}, {run.seconds:g} s")
    print(f"cores {os.cpu_count()}, load {os.getloadavg()[0]:.2f}")
    print(f"{'':32} {'events':>7} {'p50':>7} {'p99':>7} {'max':>7}  ms late")
    events = event_times(run)
    for selector in (selectors.SelectSelector, selectors.DefaultSelector):
        lateness = bare_loop(events, selector)
        show(f"bare loop, {selector.__name__}", len(lateness), *figures(lateness))
    snapshots, cpu_s = asyncio.run(core_with_client(run))
    pace = snapshots[-1].pace
    show(
        f"core, {len(snapshots)} snapshots read",
        len(events),
        pace.lateness_p50_ms,
        pace.lateness_p99_ms,
        max(each.pace.lateness_max_ms for each in snapshots),
    )
    print(
        f"core: speed {pace.achieved_speed:.3f}, keeps pace: {pace.keeps_pace}, "
        f"CPU {100 * cpu_s / run.seconds:.1f} % of one core"
    )


def parsed() -> Run:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks lateness")
    parser.add_argument("--profile", default="ryzen-ai-9-hx-370")
    parser.add_argument("--scenario", default="video-call")
    parser.add_argument("--policy", default="edf")
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=15.0)
    return Run(**vars(parser.parse_args()))


def event_times(run: Run) -> list[int]:
    """Wall times (ns) of the scenario's instants, from the start."""
    engine = Engine(load_profile(run.profile), load_scenario(run.scenario), run.policy)
    end_ns = int(run.seconds * run.speed * 1e9)
    times = []
    while (t_ns := engine.next_event_ns) is not None and t_ns <= end_ns:
        times.append(int(t_ns / run.speed))
        engine.advance(t_ns)
    return times


def bare_loop(events: list[int], selector: Callable[[], selectors.BaseSelector]) -> list[int]:
    """Lateness (ns) of a loop that only waits for these times."""

    async def wait_for_each() -> list[int]:
        clock = WallClock()
        start_ns = clock.now_ns() + START_NS
        lateness = []
        for event_ns in events:
            while clock.now_ns() < start_ns + event_ns:
                await clock.wait_until(start_ns + event_ns)
            lateness.append(clock.now_ns() - start_ns - event_ns)
        return lateness

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selector())) as runner:
        return runner.run(wait_for_each())


async def core_with_client(run: Run) -> tuple[list[Snapshot], float]:
    """Snapshots of a core process, read as they come, and the CPU time (s) it took after start."""
    core = CoreClient()
    await core.start()
    await core.send({"t": "rate", "hz": 10.0})
    await core.send(
        {
            "t": "start",
            "profile": run.profile,
            "scenario": run.scenario,
            "policy": run.policy,
            "speed": run.speed,
        }
    )
    cpu_before = cpu_seconds(core.pid)
    snapshots: list[Snapshot] = []
    end = time.monotonic() + run.seconds
    while time.monotonic() < end:
        await asyncio.sleep(0.02)
        if core.latest is not None and core.latest not in snapshots[-1:]:
            snapshots.append(core.latest)
    cpu_s = cpu_seconds(core.pid) - cpu_before
    await core.close()
    return snapshots, cpu_s


def cpu_seconds(pid: int | None) -> float:
    """User and system time of a process; nan where there is no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return float("nan")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def figures(lateness: list[int]) -> tuple[float, float, float]:
    """p50, p99 and the greatest, in ms."""
    ordered = sorted(lateness)
    at = (len(ordered) // 2, len(ordered) * 99 // 100, -1)
    p50, p99, greatest = (ordered[index] / 1e6 for index in at)
    return p50, p99, greatest


def show(name: str, count: int, p50: float, p99: float, greatest: float) -> None:
    """One row of the table."""
    print(f"{name:32} {count:7} {p50:7.3f} {p99:7.3f} {greatest:7.3f}")


if __name__ == "__main__":
    main()
