"""`rtgen-tui web`: the dashboard in a browser."""

from typing import Annotated, Final, TypeAlias

import typer

from rtgen_tui.commands.chosen import POLICY, SCENARIO
from rtgen_tui.commands.names import complete_scenario
from rtgen_tui.commands.run import PolicyName, ProfileName, Seed

HOST: Final = "127.0.0.1"
PORT: Final = "8000"
EPILOG: Final = "Example:  rtgen-tui web game-npc --policy edf --port 8080"

Scenario: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="[SCENARIO]", help="A name or a TOML file.", autocompletion=complete_scenario
    ),
]
Host: TypeAlias = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Where to listen; beyond this machine at your risk.")
]
Port: TypeAlias = Annotated[str, typer.Option(metavar="N", help="The port, 1 to 65535.")]


def web(
    scenario: Scenario = SCENARIO,
    profile: ProfileName = None,
    policy: PolicyName = POLICY,
    seed: Seed = "0",
    host: Host = HOST,
    port: Port = PORT,
) -> None:
    """Serve the dashboard to browsers; each page that is opened is a run of its own."""
    from rtgen_tui.commands import values
    from rtgen_tui.commands.serve_web import serve_web

    options = ["--policy", policy, "--seed", str(values.seed(seed))]
    if profile is not None:
        options += ["--profile", values.some(profile, "--profile")]
    number = values.number(port, 1, 65_535, "--port")
    serve_web([scenario, *options], values.some(host, "--host"), int(number))
