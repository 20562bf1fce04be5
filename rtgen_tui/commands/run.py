"""`rtgen-tui run`: a scenario on the dashboard, or without a screen as fast as possible."""

from typing import Annotated, Final, TypeAlias

import typer

from rtgen_tui.commands.chosen import POLICY, Choices
from rtgen_tui.commands.live_options import (
    AllowFallback,
    Backends,
    Live,
    Models,
    Threads,
    Workers,
    check_live,
    live_of,
)
from rtgen_tui.commands.names import complete_policy, complete_profile, complete_scenario

PROFILE: Final = "ryzen-ai-9-hx-370"
MIN_SPEED: Final = 0.1
MAX_SPEED: Final = 100.0
MAX_FPS: Final = 30.0
"""What the core's driver and its protocol allow, without importing them for a headless run."""

EPILOG: Final = "Example:  rtgen-tui run video-call --policy edf --duration 2m --headless"


ScenarioName: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="SCENARIO", help="A name or a TOML file.", autocompletion=complete_scenario
    ),
]
ProfileName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="PROFILE",
        help=f"A name or a TOML file. Default: the scenario's own, else {PROFILE}.",
        autocompletion=complete_profile,
    ),
]
PolicyName: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="POLICY",
        help="A name, order/placement/admission/granularity, or FILE.py:CLASS.",
        autocompletion=complete_policy,
    ),
]
Seed: TypeAlias = Annotated[
    str, typer.Option(metavar="N", help="Of all random draws: any 64-bit integer.")
]
Duration: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Virtual time: 60, 60s, 2m or 500ms. Default: 60s without a screen, until you quit "
        "with one.",
    ),
]
Speed: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="X", help="Virtual seconds per second on the dashboard, 0.1 to 100. Default: 1."
    ),
]
Fps: TypeAlias = Annotated[
    str | None, typer.Option(metavar="N", help="Pictures per second, 1 to 30. Default: 10.")
]
Headless: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--headless/--dashboard",
        help="Run without a screen, as fast as possible. Default: if there is no terminal.",
        show_default=False,
    ),
]
NoNoise: TypeAlias = Annotated[
    bool,
    typer.Option("--no-noise", help="Every slice takes what the profile says. Headless only."),
]
WithEffects: TypeAlias = Annotated[
    str,
    typer.Option(
        "--effects",
        metavar="A,B,...",
        help="Also take into account: contention (slices slow each other down on the shared "
        "memory), batching (requests of one model decode together), energy (the screen shows "
        "power; no slice changes).",
        show_default=False,
    ),
]
WithScores: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--scores",
        help="Also ANTT, STP and XRBench's scores; each job is run alone for that. Headless only.",
    ),
]
Record: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="Record the run in a session file, such as call.rtgen."),
]
Rotate: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE|TIME",
        help="Go on in another file (FILE-2, ...) after so much: 100MB, or 1h of the run.",
    ),
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Replace the file of --record if it exists. Headless only.")
]
Serve: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="SOCKET",
        help="Run without a screen, at the pace of the clock, for rtgen-tui attach SOCKET.",
    ),
]
On: TypeAlias = Annotated[
    str | None,
    typer.Option("--on", metavar="HOST", help="Run the core on another machine, through ssh."),
]
CoreCommand: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--core", metavar="COMMAND", help="Run the core by any command that speaks its protocol."
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the summary as one JSON object. Headless only.")
]


def run(  # noqa: PLR0913, PLR0917 - one parameter per option
    scenario: ScenarioName,
    profile: ProfileName = None,
    policy: PolicyName = POLICY,
    seed: Seed = "0",
    duration: Duration = None,
    speed: Speed = None,
    fps: Fps = None,
    headless: Headless = None,
    no_noise: NoNoise = False,
    effects: WithEffects = "",
    scores: WithScores = False,
    record: Record = None,
    rotate: Rotate = None,
    force: Force = False,
    serve: Serve = None,
    on: On = None,
    core: CoreCommand = None,
    live: Live = False,
    backend: Backends = None,
    model: Models = None,
    worker: Workers = None,
    threads: Threads = None,
    allow_fallback: AllowFallback = False,
    as_json: AsJson = False,
) -> None:
    """Run a scenario, on the dashboard or without a screen.

    Without a screen it runs in virtual time, as fast as possible, and prints a summary.
    """
    from rtgen_tui.commands import values
    from rtgen_tui.commands.rotation import check_recording, rotation
    from rtgen_tui.commands.start import start
    from rtgen_tui.core_address import core_address

    choices = Choices(
        scenario=scenario,
        profile="" if profile is None else values.some(profile, "--profile"),
        policy=policy,
        seed=values.seed(seed),
        duration_s=None if duration is None else values.duration_s(duration),
        speed=None if speed is None else values.number(speed, MIN_SPEED, MAX_SPEED, "--speed"),
        fps=None if fps is None else values.number(fps, 1, MAX_FPS, "--fps"),
        headless=headless,
        noise=not no_noise,
        effects=values.effects(effects),
        as_json=as_json,
        record=None if record is None else values.some(record, "--record"),
        rotate=None if rotate is None else rotation(rotate),
        address=core_address(on, core),
        force=force,
        live=live_of(live, backend, model, worker, threads, allow_fallback),
    )
    check_live(choices, scores=scores)
    check_recording(choices)
    if serve is not None:
        from rtgen_tui.commands.serve_run import serve_run

        serve_run(choices, values.some(serve, "--serve"))
    elif scores:
        _run_with_scores(choices)
    else:
        start(choices)


def _run_with_scores(choices: Choices) -> None:
    from emulator.errors import UserError
    from rtgen_tui.commands.headless import run_headless

    if choices.headless is False:
        raise UserError("--scores needs a run without a screen: leave out --dashboard")
    run_headless(choices, with_scores=True)
