"""The options of a live run."""

from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from rtgen_tui.commands.chosen import Choices
from rtgen_tui.exits import user_error

if TYPE_CHECKING:
    from emulator.live_request import LiveRequest

HELP: Final = "ONNX Runtime executes the slices, in real time; the profile times other backends."

Live: TypeAlias = Annotated[bool, typer.Option("--live", help=HELP)]
Backends: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--backend",
        metavar="NAME=DEVICE",
        help="A backend of the profile that is real: cpu0=cpu, or npu=VitisAIExecutionProvider. "
        "Default: all that this machine has. With --live; may be repeated.",
    ),
]
Models: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="NAME=FILE",
        help="What a model of the scenario really runs: an ONNX file, or a model of rtgen-tui "
        "models list. With --live; may be repeated.",
    ),
]
Workers: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--worker",
        metavar="NAME=PYTHON",
        help="Run a real backend in a process of this interpreter, which has packages of its own. "
        "With --live; may be repeated.",
    ),
]
Threads: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="N", help="Threads of each session of a live run. Default: 1."),
]
AllowFallback: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--allow-fallback",
        help="Let the CPU run the nodes of a model that its provider cannot take. With --live.",
    ),
]


def live_of(
    live: bool,
    backends: list[str] | None,
    models: list[str] | None,
    workers: list[str] | None,
    threads: str | None,
    allow_fallback: bool,
) -> "LiveRequest | None":
    """What the options ask for; None: an emulation. Raises UserError: an option of the other."""
    given = {
        "--backend": backends,
        "--model": models,
        "--worker": workers,
        "--threads": threads,
        "--allow-fallback": allow_fallback,
    }
    if not live:
        for option, value in given.items():
            if value:
                raise user_error(f"{option} says how slices are really executed: it needs --live")
        return None
    from emulator.live_request import MAX_THREADS, LiveRequest
    from rtgen_tui.commands import values

    return LiveRequest(
        backends=tuple(backends or ()),
        models=tuple(models or ()),
        workers=tuple(workers or ()),
        threads=1 if threads is None else values.whole(threads, 1, MAX_THREADS, "--threads"),
        allow_fallback=allow_fallback,
    )


def check_live(choices: Choices, *, scores: bool = False) -> None:
    """Raises UserError: options that only an emulation can have."""
    if choices.live is None:
        return
    for option, given in (
        ("--speed", choices.speed not in {None, 1.0}),
        ("--no-noise", not choices.noise),
        ("--effects", bool(choices.effects)),
        ("--scores", scores),
    ):
        if given:
            raise user_error(f"{option} is for emulated runs: leave it out, or --live")
