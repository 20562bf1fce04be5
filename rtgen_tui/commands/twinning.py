"""What `rtgen-tui twin` does."""

import json
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from emulator.catalog import load_profile, load_scenario
from emulator.errors import UserError
from emulator.live_request import LiveRequest
from emulator.ort.devices import discover
from emulator.ort.host import host
from emulator.ort.twin.check import record, twins
from emulator.ort.twin.correcting import Correcting
from emulator.ort.twin.fresh import fresh_profile
from emulator.ort.twin.process import run_for_real
from emulator.ort.twin.request import TwinRun
from emulator.policies import find_policy
from emulator.schema.fit import check_fit
from rtgen_tui.commands import values
from rtgen_tui.commands.progress import Progress
from rtgen_tui.commands.twin_report import print_twins
from rtgen_tui.exits import note
from rtgen_tui.render import print_json


class Choices(NamedTuple):
    """What the user asked for."""

    scenario: str
    policies: tuple[str, ...]
    duration_s: Fraction
    runs: int
    seed: int
    profile: str | None
    out: str | None
    live: LiveRequest
    as_json: bool


def run_twin(choices: Choices) -> None:
    """Predicts, runs for real, and prints.

    Raises:
        UserError: an option or a file is wrong, or a backend cannot be opened.
    """
    scenario = load_scenario(choices.scenario)
    policies = tuple(dict.fromkeys(find_policy(each).name for each in choices.policies))
    given = None if choices.profile is None else load_profile(choices.profile)
    if given is not None:
        check_fit(given, scenario)  # before anything takes its time
    out = None if choices.out is None else _target(choices.out)
    machine = discover()
    here = host(machine.runtime_version, machine.cores)
    steps = len(policies) * choices.runs
    with Progress(steps if given is not None else 2 * steps + 1) as progress:
        if given is None:
            progress.begin("measuring")
        profile = given or fresh_profile(scenario, choices.live, here, progress.detail)
        check_fit(profile, scenario)
        run = TwinRun(
            profile, scenario, policies[0], choices.seed, choices.duration_s, choices.live
        )
        correcting = Correcting(run, policies, run_for_real, progress.begin)
        profile_of = correcting.profile_of if given is None else None
        found = twins(run, policies, choices.runs, run_for_real, progress.begin, profile_of)
    how = "as it was" if given is not None else "measured now, corrected by runs for real"
    table = record(run, found, here, how)
    if out is not None:
        _write(out, table)
    if choices.as_json:
        print_json(table)
    else:
        print_twins(run, found, here, how)
    if out is not None:
        note(f"all figures are in {out}")


def _target(text: str) -> Path:
    out = Path(values.some(text, "--out"))
    if out.suffix != ".json":
        raise UserError(f"--out: the result is a .json file, not {out}", key="--out")
    if out.exists():
        raise UserError(f"--out: {out} exists already: choose another name", key="--out")
    if not out.parent.is_dir():
        raise UserError(f"--out: there is no folder {out.parent}", key="--out")
    return out


def _write(out: Path, table: dict[str, object]) -> None:
    try:
        out.write_text(json.dumps(table, indent=1), encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"--out: {out} cannot be written: {reason}", key="--out") from None
