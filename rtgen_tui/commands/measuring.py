"""What `rtgen-tui measure` does."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, NamedTuple

from emulator.catalog import load_profile, load_scenario, user_folder
from emulator.errors import UserError
from emulator.names import MAX_NAME
from emulator.ort.bindings import default_bindings, parse_bindings
from emulator.ort.host import QUIET_CORES, Host, Patience, host
from emulator.ort.measurements import Measurements, begun, partial_file
from emulator.ort.measuring import Measuring, Plan, Step
from emulator.ort.models.card import ModelCard, ModelFile
from emulator.ort.models.catalog import card, cards, parse_models
from emulator.ort.opener import SessionOpener
from emulator.ort.runnable import BackendBinding
from emulator.ort.timings import Effort
from emulator.schema.fit import check_fit
from rtgen_tui import exits, render
from rtgen_tui.commands import values
from rtgen_tui.commands.measure import THIS_MACHINE
from rtgen_tui.commands.progress import Progress

LARGE: Final = 100_000_000
"""Parameters from which on a model is only measured when it is named."""
EXAMPLE: Final = "live-small"
TOGETHER: Final = ("portrait-segmentation", "decoder-55m")
"""What runs on each pair of backends, where it is measured at all."""


class Choices(NamedTuple):
    """What the user asked for."""

    out: str | None
    models: str | None
    own: tuple[str, ...]
    backends: tuple[str, ...]
    threads: int
    runs: int
    seconds: float
    patience_s: float
    pairs: bool
    allow_fallback: bool
    force: bool
    as_json: bool


def run_measure(choices: Choices) -> None:
    """Measures, writes the profile, and loads it to see that it can be used.

    Raises:
        UserError: an option is wrong, or nothing runs here.
    """
    out = _target(choices)
    own = parse_models(choices.own)
    names = _models(choices.models, own)
    opener = SessionOpener(own)
    backends = _backends(choices, opener)
    here = host(opener.machine.runtime_version, opener.machine.cores)
    measurements = _begun(out, here, _options(backends, own))
    together = _together(names) if choices.pairs else ()
    effort = Effort(runs=choices.runs, seconds=choices.seconds, few=min(20, choices.runs))
    pair_effort = Effort(warm_up=3, runs=choices.runs, seconds=choices.seconds, few=effort.few)
    patience = Patience(choices.patience_s)
    plan = Plan(backends, names, together, effort, pair_effort, patience)
    measuring = Measuring(plan, opener, out, measurements)
    _measure_all(measuring, out)
    profile = measuring.profile(out.stem[:MAX_NAME], here, _cards(names, own))
    _write(out, profile)
    measuring.finish()
    _say_how_it_went(measuring, out, choices)


def _target(choices: Choices) -> Path:
    if choices.out is None:
        out = user_folder() / "profiles" / f"{THIS_MACHINE}.toml"
    else:
        out = Path(values.some(choices.out, "--out"))
        if out.suffix != ".toml":
            raise UserError(f"--out: a profile is a .toml file, not {out}", key="--out")
    if out.exists() and not choices.force:
        raise UserError(
            f"--out: {out} exists already: choose another name, or --force to replace it",
            key="--out",
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from None
    return out


def _models(asked: str | None, own: Mapping[str, object]) -> list[str]:
    """The names to measure: those asked for, else the user's own, else what can run here."""
    if asked is not None:
        names = values.names(asked, "--models")
        for name in names:
            if name not in own:
                card(name)
        return list(dict.fromkeys([*names, *own]))
    if own:
        return list(own)
    ready = [
        each.name for each in cards() if each.missing() is None and (each.parameters or 0) < LARGE
    ]
    if not ready:
        raise UserError("no model can run here: pip install 'rtgen-tui[models]'")
    return ready


def _backends(choices: Choices, opener: SessionOpener) -> Sequence[BackendBinding]:
    threads, allow_fallback = choices.threads, choices.allow_fallback
    return parse_bindings(
        choices.backends, threads=threads, allow_fallback=allow_fallback
    ) or default_bindings(opener.machine, threads=threads, allow_fallback=allow_fallback)


def _together(names: Sequence[str]) -> Sequence[str]:
    """Two models that press on the memory differently, or whichever comes first."""
    return [name for name in TOGETHER if name in names] or names[:1]


def _options(
    backends: Sequence[BackendBinding], own: Mapping[str, ModelCard | ModelFile]
) -> dict[str, object]:
    """What names stand for, as JSON: what was measured of something else is of no use."""
    return {
        "backends": [asdict(each) for each in backends],
        "models": {name: _identity(each) for name, each in own.items()},
    }


def _identity(model: ModelCard | ModelFile) -> dict[str, object]:
    if isinstance(model, ModelCard):
        return {"name": model.name}
    stat = model.path.stat()
    return {
        "file": str(model.path.absolute()),
        "bytes": stat.st_size,
        "changed_ns": stat.st_mtime_ns,
        "dimensions": dict(model.dims),
        "context": model.context,
    }


def _begun(out: Path, here: Host, options: Mapping[str, object]) -> Measurements:
    measurements, is_other = begun(out, here, options)
    if is_other:
        exits.note(
            f"{partial_file(out)} was measured on another machine, with other software or with "
            "other options: beginning anew"
        )
    return measurements


def _measure_all(measuring: Measuring, out: Path) -> None:
    planned = list(measuring.steps())
    done = sum(step.done for step in planned)
    if done:
        exits.note(f"{done} of {len(planned)} measured before: going on")
    count = 0
    try:
        with Progress(len(planned) - done) as progress:
            for step in measuring.steps():
                count += 1
                if not step.done:
                    progress.begin(step.title)
                    _measure(measuring, step, progress, out)
    except KeyboardInterrupt:
        exits.note("what was measured is kept: the same command goes on from here")
        raise
    for failure in measuring.failures:
        exits.note(f"{failure.title} was left out: {failure.reason}")
    if count < len(planned):
        exits.note("so were the pairs of backends that it would have run on")


def _measure(measuring: Measuring, step: Step, progress: Progress, out: Path) -> None:
    try:
        measuring.run(step, progress.detail)
    except OSError as error:
        raise _unwritable(partial_file(out), error) from None


def _cards(names: Sequence[str], own: Mapping[str, ModelCard | ModelFile]) -> dict[str, ModelCard]:
    """What is known about the models, by the names under which they are measured."""
    known = {name: own.get(name) or card(name) for name in names}
    return {name: each for name, each in known.items() if isinstance(each, ModelCard)}


def _write(out: Path, profile: str) -> None:
    part = out.with_name(f"{out.name}.part.toml")
    try:
        part.write_text(profile, encoding="utf-8")
        load_profile(part)
        part.replace(out)
    except OSError as error:
        raise _unwritable(out, error) from None
    finally:
        part.unlink(missing_ok=True)


def _say_how_it_went(measuring: Measuring, out: Path, choices: Choices) -> None:
    measurements = measuring.measurements
    others = [
        figure.foreign_cores or 0.0
        for model in measurements.models.values()
        for figure in model.figures.values()
    ]
    if disturbed := [each for each in others if each > QUIET_CORES]:
        exits.note(
            f"other programs took over {QUIET_CORES:.0%} of a core during {len(disturbed)} of "
            f"{len(others)} measurements (at most {max(disturbed):.0%}): measure again on an idle "
            "machine for figures that are the models' own"
        )
    if choices.as_json:
        render.print_json({"profile": str(out), **measurements.to_dict()})
    else:
        render.line(str(out))
        exits.note(_what_next(out, THIS_MACHINE if choices.out is None else str(out)))


def _what_next(out: Path, name: str) -> str:
    """A command that works: the scenario needs more models than may have been measured."""
    try:
        check_fit(load_profile(out), load_scenario(EXAMPLE))
    except UserError:
        return f"all of its figures: rtgen-tui show profile {name}"
    return f"run a scenario on it: rtgen-tui run {EXAMPLE} --profile {name}"


def _unwritable(path: Path, error: OSError) -> UserError:
    return UserError(f"--out: {path} cannot be written: {error.strerror or error}", key="--out")
