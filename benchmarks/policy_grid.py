"""Every policy on every profile, scenario and load: who misses what could have been met.

A cell is one profile, scenario and load; the load scales all rates. The score of a policy in a cell
is the share of its jobs that were missed although they were not hopeless, over all seeds. Runs are
kept in a folder (``--cache``), so that a grid can be stopped, resumed and extended.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from benchmarks import _compiled
from benchmarks._grid_score import Cell, Row, report
from emulator import load_profile, load_scenario, simulate
from emulator.catalog import scenario_names
from emulator.errors import UserError
from emulator.metrics.windows import NS_PER_MS
from emulator.policies import policies
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit

PROFILES = (
    "ryzen-ai-9-hx-370",
    "ryzen-ai-7-350",
    "ryzen-ai-max-395",
    "core-ultra-258v",
    "snapdragon-x-elite",
)
LOADS = ("0.5", "0.8", "1.0", "1.3")
HELD_OUT = ("call-and-game", "live-translation", "xr-social-a", "xr-ar-gaming")
"""Scenarios that were never looked at while ``adaptive`` was tuned."""
OURS = "adaptive"


def scaled(scenario: Scenario, load: str) -> Scenario:
    """The scenario with all rates multiplied; deadlines that are written out stay as they are."""
    factor = Fraction(load)
    streams = [_faster(stream.to_dict(), factor) for stream in scenario.streams]
    return load_scenario({**scenario.to_dict(), "streams": streams})


def _faster(stream: dict[str, object], factor: Fraction) -> dict[str, object]:
    arrival = stream.get("arrival")
    for table in (stream, arrival if isinstance(arrival, dict) else {}):
        _multiply(table, "rate_hz", factor)
        for gap in ("period_ms", "mean_interval_s", "think_s"):
            _multiply(table, gap, 1 / factor)
    return stream


def _multiply(table: dict[str, object], key: str, factor: Fraction) -> None:
    if key in table:
        table[key] = str(Fraction(str(table[key])) * factor)


def run(profile: str, scenario: str, load: str, policy: str, seed: int, duration_s: int) -> Row:
    """One run in a few figures."""
    result = simulate(
        profile,
        scaled(load_scenario(scenario), load),
        policy,
        duration_s=duration_s,
        seed=seed,
        journal=False,
    )
    return row_of(result)


def runs(
    profile: str, scenario: str, load: str, wanted: Sequence[tuple[str, int]], duration_s: int
) -> list[Row]:
    """The runs of one cell: (policy, seed) of each."""
    return [run(profile, scenario, load, policy, seed, duration_s) for policy, seed in wanted]


def row_of(result: RunResult) -> Row:
    """The figures of a run that a grid keeps."""
    overall = result.summary.overall
    ttft: list[float] = []
    tpot: list[float] = []
    for job in result.jobs:
        for stage in job.stages:
            if stage.first_token_ns is None or stage.ready_ns is None:
                continue
            ttft.append((stage.first_token_ns - stage.ready_ns) / NS_PER_MS)
            decodes = (stage.output_tokens or 1) - 1
            if stage.finish_ns is not None and decodes:
                tpot.append((stage.finish_ns - stage.first_token_ns) / decodes / NS_PER_MS)
    return {
        "known": overall.known,
        "missed": overall.missed,
        "hopeless": overall.hopeless,
        "ttft_ms": ttft,
        "tpot_ms": tpot,
    }


def cells(names: Iterable[str], profiles: Sequence[str], loads: Sequence[str]) -> Iterator[Cell]:
    """All cells of these scenarios that fit; one made for a profile of its own runs there too."""
    for name in names:
        scenario = load_scenario(name)
        own = [scenario.profile] if scenario.profile else []
        for profile in dict.fromkeys([*profiles, *own]):
            try:
                check_fit(load_profile(profile), scenario)
            except UserError:
                continue
            for load in loads:
                yield Cell(profile, name, load)


def cell_runs(
    cell: Cell, wanted: Sequence[tuple[str, int]], duration_s: int, cache: Path, *, fast: bool
) -> Mapping[str, list[Row]]:
    """Rows of the cell by policy; those that the cache has are not run again."""
    path = cache / f"{cell.scenario}.{cell.profile}.{cell.load}.{duration_s}s.json"
    kept: dict[str, Row] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    missing = [each for each in wanted if f"{each[0]} {each[1]}" not in kept]
    if missing:
        arguments = (cell.profile, cell.scenario, cell.load, missing, duration_s)
        found = _compiled.call("benchmarks.policy_grid", "runs", *arguments) if fast else None
        rows = runs(*arguments) if found is None else found
        for (policy, seed), row in zip(missing, rows, strict=True):
            kept[f"{policy} {seed}"] = row
        cache.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(kept), encoding="utf-8")
    by_policy: dict[str, list[Row]] = {}
    for policy, seed in wanted:
        by_policy.setdefault(policy, []).append(kept[f"{policy} {seed}"])
    return by_policy


def main() -> None:
    """Runs the grid and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks policy_grid", description=__doc__)
    parser.add_argument("--profiles", nargs="+", default=PROFILES)
    parser.add_argument("--scenarios", nargs="+", default=scenario_names())
    parser.add_argument("--loads", nargs="+", default=LOADS)
    parser.add_argument("--policies", nargs="+", help="default: all that have a name")
    parser.add_argument("--ours", default=OURS, help="the policy that is compared with all others")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--duration", type=int, default=15, help="virtual seconds per run")
    parser.add_argument("--cache", type=Path, default=Path("build/policy_grid"))
    parser.add_argument("--json", type=Path, help="where all figures go")
    parser.add_argument("--markdown", type=Path, help="where the table goes; default: printed")
    options = parser.parse_args()
    absent = _compiled.why_absent()
    if absent:
        sys.stderr.write(f"engine as its sources are: {absent}\n")
    names = options.policies or [policy.name for policy in policies()]
    wanted = [(name, seed) for name in dict.fromkeys([*names, options.ours])
              for seed in range(options.seeds)]  # fmt: skip
    table: dict[Cell, Mapping[str, list[Row]]] = {}
    for cell in cells(options.scenarios, options.profiles, options.loads):
        sys.stderr.write(f"\r{cell.scenario} {cell.profile} {cell.load}\x1b[K")
        table[cell] = cell_runs(cell, wanted, options.duration, options.cache, fast=not absent)
    sys.stderr.write("\r\x1b[K")
    figures, text = report(table, options.ours, HELD_OUT)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
