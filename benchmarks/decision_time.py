"""How long a policy takes to decide, in the engine as its sources are.

Runs a scenario and times the dispatcher: all that is asked of it at one instant, with what it does
to show the waiting slices to the policy, and the share of each decision in that. The policies run
in turn, several rounds; the round with the least median counts.
"""

import argparse
import time
from collections.abc import Callable, Sequence

from emulator import load_profile, load_scenario
from emulator.collector import collector_off
from emulator.engine import Engine
from emulator.engine.dispatch import GiveUp, Start
from emulator.metrics.windows import nearest_rank
from emulator.policies import policies

NS_PER_S = 1_000_000_000
NS_PER_US = 1_000


class Stopwatch:
    """A dispatcher's decisions, timed."""

    def __init__(self, decide: Callable[[int], Start | GiveUp | None]) -> None:
        self._decide = decide
        self.spent_ns: dict[int, int] = {}
        """By instant."""
        self.decisions: dict[int, int] = {}

    def next_decision(self, now_ns: int) -> Start | GiveUp | None:
        """The dispatcher's."""
        begin = time.perf_counter_ns()
        decision = self._decide(now_ns)
        spent = time.perf_counter_ns() - begin
        self.spent_ns[now_ns] = self.spent_ns.get(now_ns, 0) + spent
        self.decisions[now_ns] = self.decisions.get(now_ns, 0) + (decision is not None)
        return decision


def timed(engine: Engine) -> Stopwatch:
    """Has the decisions of the engine's policy timed, until another one takes over."""
    dispatcher = engine._scheduler._dispatcher  # noqa: SLF001 - nobody else has a use for it
    watch = Stopwatch(dispatcher.next_decision)
    setattr(dispatcher, "next_decision", watch.next_decision)  # noqa: B010 - a method
    return watch


def decision_times_us(
    profile: str, scenario: str, policy: str, duration_s: int
) -> tuple[list[float], list[float]]:
    """Sorted: per instant at which the policy was asked, and per decision."""
    engine = Engine(
        load_profile(profile), load_scenario(scenario), policy, duration_ns=duration_s * NS_PER_S
    )
    watch = timed(engine)
    with collector_off():
        engine.advance(duration_s * NS_PER_S)
    spent_ns, decisions = watch.spent_ns, watch.decisions
    instants = sorted(spent / NS_PER_US for spent in spent_ns.values())
    each = sorted(
        spent / NS_PER_US / decisions[t_ns] for t_ns, spent in spent_ns.items() if decisions[t_ns]
    )
    return instants, each


def _shown(times_us: Sequence[float]) -> str:
    ranks = [nearest_rank(times_us, percent) or 0.0 for percent in (50, 95, 99)]
    return "".join(f"{each:9.1f}" for each in ranks)


def main() -> None:
    """Prints p50, p95 and p99 in microseconds for each policy."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks decision_time", description=__doc__)
    parser.add_argument("--profile", default="ryzen-ai-9-hx-370")
    parser.add_argument("--scenario", default="overload")
    parser.add_argument("--policies", nargs="+", default=[policy.name for policy in policies()])
    parser.add_argument("--duration", type=int, default=10, help="virtual seconds")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{'':14} {'per instant, us':>27} {'per decision, us':>27}")
    print(f"{'':14} {'p50':>9}{'p95':>9}{'p99':>9} {'p50':>9}{'p95':>9}{'p99':>9}")
    for policy in options.policies:
        rounds = [
            decision_times_us(options.profile, options.scenario, policy, options.duration)
            for _ in range(options.rounds)
        ]
        instants, each = min(rounds, key=lambda times: nearest_rank(times[0], 50) or 0.0)
        print(f"{policy:14} {_shown(instants)} {_shown(each)}")


if __name__ == "__main__":
    main()
