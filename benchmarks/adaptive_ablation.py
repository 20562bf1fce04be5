"""What each ingredient of ``adaptive`` is worth: the same cells without it.

Ours as it is, then without one ingredient at a time (docs/adaptive.md); counts jobs that were
missed although they were not hopeless, and the language models' latencies over all cells.
"""

import argparse
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import cast

from benchmarks import _compiled
from benchmarks._grid_score import Row, score_of
from benchmarks.policy_grid import LOADS, PROFILES, cells, row_of, scaled
from emulator import load_profile, load_scenario, simulate
from emulator.policies.adaptive import Adaptive, Ingredients
from emulator.policies.own import own_policy

WHOLE = "nothing"
SCENARIOS = ("overload", "game-npc", "video-call", "call-and-game", "live-translation")


def names() -> list[str]:
    """What can be left out."""
    return [WHOLE, *(each.name for each in fields(Ingredients))]


def runs(profile: str, scenario: str, load: str, seeds: int, duration_s: int) -> list[list[Row]]:
    """The rows of one cell, by what is left out."""
    loaded, faster = load_profile(profile), scaled(load_scenario(scenario), load)
    found: list[list[Row]] = []
    for left_out in names():
        on = Ingredients() if left_out == WHOLE else replace(Ingredients(), **{left_out: False})
        policy = cast("str", own_policy(Adaptive(on)))
        results = [
            simulate(loaded, faster, policy, duration_s=duration_s, seed=seed, journal=False)
            for seed in range(seeds)
        ]
        found.append([row_of(result) for result in results])
    return found


def _told(left_out: str, rows: Sequence[Row], whole: int) -> str:
    score = score_of(rows)
    more = f"{score.missed / whole - 1:+.0%}" if whole else "-"
    ttft, tps = score.ttft_p95_ms or 0, score.tps or 0
    return f"{left_out:14} {score.missed:8} {more:>7} {ttft:10.0f} {tps:8.1f}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks adaptive_ablation", description=__doc__
    )
    parser.add_argument("--profiles", nargs="+", default=PROFILES)
    parser.add_argument("--scenarios", nargs="+", default=SCENARIOS)
    parser.add_argument("--loads", nargs="+", default=LOADS)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--duration", type=int, default=15, help="virtual seconds per run")
    options = parser.parse_args()
    fast = not _compiled.why_absent()
    rows: list[list[Row]] = [[] for _ in names()]
    for cell in cells(options.scenarios, options.profiles, options.loads):
        arguments = (cell.profile, cell.scenario, cell.load, options.seeds, options.duration)
        found: list[list[Row]] = (
            _compiled.call("benchmarks.adaptive_ablation", "runs", *arguments)
            if fast
            else runs(*arguments)
        )
        for kept, more in zip(rows, found, strict=True):
            kept.extend(more)
    whole = score_of(rows[0]).missed
    print(f"{'without':14} {'missed':>8} {'':>7} {'TTFT p95':>10} {'TPS':>8}")
    for left_out, kept in zip(names(), rows, strict=True):
        print(_told(left_out, kept, whole))


if __name__ == "__main__":
    main()
