"""The pure and the compiled build write the same journals, of every bundled scenario.

Prints the number of runs, or the runs that differ; the exit status says which.
"""

import argparse
import hashlib
import sys
from functools import partial

from benchmarks import _compiled
from emulator import load_profile, load_scenario, simulate
from emulator.catalog import scenario_names
from emulator.effects import check_effects, parse_effects
from emulator.errors import ProfileError
from emulator.policies import HEADLINE
from emulator.profile import Profile

PROFILE = "ryzen-ai-9-hx-370"
AXES = (
    "rm/first-idle",
    "sjf/earliest-finish/early-drop/chunk-64",
    "edf/affinity/drop-late/chunk-32",
    "llf/fastest-idle/keep/chunk-17",
    "fcfs-slice/earliest-finish/drop-late",
    "edf/earliest-finish/degrade",
)


def digests(duration_s: int, seed: int) -> dict[str, str]:
    """A digest of jobs, figures and journal of each run, all with a swap at half time."""
    policies = [policy.name for policy in HEADLINE] + list(AXES)
    found = {}
    for scenario in scenario_names():
        loaded = load_scenario(scenario)
        profile = load_profile(loaded.profile or PROFILE)
        for effects in filter(partial(_fits, profile), ("", "contention", "batching")):
            for number, policy in enumerate(policies):
                swap = (duration_s * 500_000_000, "swap", policies[number - 1])
                run = simulate(
                    profile,
                    loaded,
                    policy,
                    duration_s=duration_s,
                    seed=seed,
                    effects=effects,
                    commands=[swap],
                )
                # By repr, what is 1 here and True there differs as well, or 2 and 2.0.
                text = repr((run.journal, run.jobs, run.summary))
                name = " ".join(filter(None, (scenario, policy, effects)))
                found[name] = hashlib.sha256(text.encode()).hexdigest()
    return found


def _fits(profile: Profile, effects: str) -> bool:
    try:
        check_effects(parse_effects(effects), profile)
    except ProfileError:
        return False
    return True


def main() -> int:
    """Compares the builds; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks same_journals", description=__doc__)
    parser.add_argument("--duration", type=int, default=5, help="virtual seconds per run")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if absent := _compiled.why_absent():
        sys.exit(absent)
    pure = digests(options.duration, options.seed)
    compiled = _compiled.call("benchmarks.same_journals", "digests", options.duration, options.seed)
    different = [run for run, digest in pure.items() if compiled[run] != digest]
    print("\n".join(f"differs: {run}" for run in different) or f"{len(pure)} runs agree")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
