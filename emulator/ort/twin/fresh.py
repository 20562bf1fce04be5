"""A quick profile of the models of a scenario: what `measure` does, in a few seconds."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from emulator.catalog import load_profile
from emulator.errors import UserError
from emulator.live_request import LiveRequest
from emulator.ort.bindings import default_bindings, parse_bindings
from emulator.ort.host import Host
from emulator.ort.measurements import Measurements
from emulator.ort.measuring import Measuring, Plan
from emulator.ort.models.card import ModelCard
from emulator.ort.models.catalog import cards, parse_models
from emulator.ort.opener import SessionOpener
from emulator.ort.timings import Effort
from emulator.profile import Profile
from emulator.scenario import Scenario

QUICK: Final = Effort(warm_up=5, runs=50, seconds=1.0, few=5, at_most_s=5.0)
NAME: Final = "fresh"


def fresh_profile(
    scenario: Scenario, live: LiveRequest, here: Host, progress: Callable[[str], None]
) -> Profile:
    """Measures each model of the scenario on each real backend; pairs are left to the runs.

    Raises:
        UserError: a model does not run here.
    """
    own = parse_models(live.models)
    opener = SessionOpener(own)
    threads, allow_fallback = live.threads, live.allow_fallback
    bindings = parse_bindings(
        live.backends, threads=threads, allow_fallback=allow_fallback
    ) or default_bindings(opener.machine, threads=threads, allow_fallback=allow_fallback)
    models = list(dict.fromkeys(stage.model for each in scenario.streams for stage in each.stages))
    known = {each.name: each for each in cards() if each.name in models}
    known |= {name: each for name, each in own.items() if isinstance(each, ModelCard)}
    with TemporaryDirectory() as folder:
        out = Path(folder) / f"{NAME}.toml"
        plan = Plan(bindings, models, effort=QUICK)
        measuring = Measuring(plan, opener, out, Measurements(here.to_dict()))
        for step in measuring.steps():
            progress(step.title)
            measuring.run(step, lambda _: None)
        if measuring.failures:
            first = measuring.failures[0]
            raise UserError(f"{first.title}: {first.reason}")
        return load_profile(tomllib.loads(measuring.profile(NAME, here, known)))
