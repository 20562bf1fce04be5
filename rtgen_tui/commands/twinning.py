"""What `rtgen-tui twin` does."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from emulator.catalog import load_profile, load_scenario
from emulator.errors import UserError
from emulator.live_request import LiveRequest
from emulator.names import MAX_NAME
from emulator.ort.devices import discover
from emulator.ort.host import host
from emulator.ort.profile_toml import profile_toml
from emulator.ort.twin.check import record, twins
from emulator.ort.twin.correcting import AsItIs, Correcting, Profiles
from emulator.ort.twin.fresh import fresh_profile
from emulator.ort.twin.in_place import centered
from emulator.ort.twin.process import run_for_real
from emulator.ort.twin.request import TwinRun
from emulator.policies import find_policy
from emulator.profile import Profile
from emulator.schema.fit import check_fit
from rtgen_tui.commands import values
from rtgen_tui.commands.progress import Progress
from rtgen_tui.commands.twin_report import print_twins
from rtgen_tui.exits import note
from rtgen_tui.render import print_json

SAVE: Final = "--save-profile"


class Choices(NamedTuple):
    """What the user asked for."""

    scenario: str
    policies: tuple[str, ...]
    duration_s: Fraction
    runs: int
    seed: int
    profile: str | None
    out: str | None
    save_profile: str | None
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
    out = None if choices.out is None else _target(choices.out, "--out", ".json")
    saved = _profile_target(choices)
    machine = discover()
    here = host(machine.runtime_version, machine.cores)
    steps = len(policies) * choices.runs
    with Progress(steps if given is not None else 2 * (steps + len(policies)) + 1) as progress:
        if given is None:
            progress.begin("measuring")
        profile = given or fresh_profile(scenario, choices.live, here, progress.detail)
        check_fit(profile, scenario)
        run = TwinRun(
            profile, scenario, policies[0], choices.seed, choices.duration_s, choices.live
        )
        profiles: Profiles = (
            AsItIs(given)
            if given is not None
            else Correcting(run, policies, run_for_real, progress.begin)
        )
        found = twins(run, policies, choices.runs, run_for_real, progress.begin, profiles)
    how = "as it was" if given is not None else "measured now, corrected by runs for real"
    table = record(run, found, here, how)
    files = []
    if out is not None:
        files.append(_write(out, "--out", json.dumps(table, indent=1), "all figures are"))
    if saved is not None:
        text = _named(centered(found[0].pairs[-1].profile), saved)
        files.append(_write(saved, SAVE, text, "the corrected profile is"))
    if choices.as_json:
        print_json(table)
    else:
        print_twins(run, found, here, how)
    for each in files:
        note(each)


def _profile_target(choices: Choices) -> Path | None:
    if choices.save_profile is None:
        return None
    if choices.profile is not None:
        raise UserError(
            f"{SAVE}: with --profile nothing is corrected: leave one of them out", key=SAVE
        )
    return _target(choices.save_profile, SAVE, ".toml")


def _named(profile: Profile, file: Path) -> str:
    """The text of its file, under the name of that."""
    name = "".join(filter(str.isprintable, file.stem))[:MAX_NAME].strip() or profile.name
    return profile_toml(load_profile({**profile.to_dict(), "name": name}))


def _target(text: str, option: str, suffix: str) -> Path:
    """A file that can be written. Raises UserError: its ending, its folder, or it is there."""
    out = Path(values.some(text, option))
    if out.suffix != suffix:
        raise UserError(f"{option}: the file is a {suffix} file, not {out}", key=option)
    if out.exists():
        raise UserError(f"{option}: {out} exists already: choose another name", key=option)
    if not out.parent.is_dir():
        raise UserError(f"{option}: there is no folder {out.parent}", key=option)
    return out


def _write(out: Path, option: str, text: str, what: str) -> str:
    """Writes a file; returns words about it for later."""
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{option}: {out} cannot be written: {reason}", key=option) from None
    return f"{what} in {out}"
