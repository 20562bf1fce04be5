"""A run on the dashboard, and what is printed after the screen is gone."""

from typing import Final

import typer

from emulator.catalog import load_profile, load_scenario
from emulator.errors import UserError
from emulator.fit import check_fit
from emulator.policies import find_policy
from rtgen_tui.app import RtgenApp
from rtgen_tui.client import CoreClient
from rtgen_tui.commands.farewell import farewell
from rtgen_tui.commands.start import Choices
from rtgen_tui.exits import RunError
from rtgen_tui.render import line
from rtgen_tui.session import RunRequest

FPS: Final = 10.0
MAX_SEED: Final = 2**63 - 1
"""The largest that the core's protocol takes; a headless run takes any 64-bit integer."""


def run_dashboard(choices: Choices) -> None:
    """Runs on the screen, then prints what was seen.

    Raises:
        UserError: an option or a file is wrong; nothing was shown yet.
        RunError: the core has ended by itself.
    """
    request = checked_request(choices)
    app = RtgenApp(CoreClient, request, FPS if choices.fps is None else choices.fps)
    app.run()
    if app.summary is not None:
        for each in farewell(app.summary):
            line(each)
    if app.return_code:
        raise typer.Exit(app.return_code)
    if app.monitor.problem:
        raise RunError(app.monitor.problem)


def checked_request(choices: Choices) -> RunRequest:
    """What the core is asked for, checked before the screen is taken.

    Raises:
        UserError: an option or a file is wrong, or they do not fit each other.
    """
    find_policy(choices.policy)
    request = RunRequest(
        profile=choices.profile,
        scenario=choices.scenario,
        policy=choices.policy,
        seed=choices.seed,
        speed=1.0 if choices.speed is None else choices.speed,
        duration_s=None if choices.duration_s is None else float(choices.duration_s),
    )
    if not 0 <= request.seed <= MAX_SEED:
        raise UserError(f"--seed: the dashboard takes 0 to {MAX_SEED}, not {request.seed}")
    check_fit(load_profile(choices.profile), load_scenario(choices.scenario))
    return request
