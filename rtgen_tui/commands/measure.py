"""`rtgen-tui measure`: a profile of this machine, measured."""

from typing import Annotated, Final

import typer

EPILOG: Final = "Example:  rtgen-tui measure --models portrait-segmentation,decoder-55m"
THIS_MACHINE: Final = "this-machine"
MAX_RUNS: Final = 1_000_000
MAX_SECONDS: Final = 3600
MAX_THREADS: Final = 1024


def measure(  # noqa: PLR0913, PLR0917 - one parameter per option
    out: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The profile to write, a TOML file. Default: the profile this-machine, among your "
            "own.",
        ),
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Models of `models list`, or names given by --model. Default: all that can run "
            "but the large ones.",
        ),
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="An ONNX file of your own, or a model of the list under another name. Sizes that "
            "it leaves open follow: blur=./my.onnx,height=256,width=256.",
        ),
    ] = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DEVICE",
            help="A backend of the profile and what it is: cpu, gpu, npu or an execution provider, "
            "as in npu=VitisAIExecutionProvider. Default: all that doctor shows.",
        ),
    ] = None,
    threads: Annotated[
        str, typer.Option(metavar="N", help="Threads of each backend on the CPU.")
    ] = "1",
    runs: Annotated[
        str, typer.Option(metavar="N", help="Runs of each measurement, after 10 to warm up.")
    ] = "100",
    seconds: Annotated[
        str,
        typer.Option(metavar="S", help="Fewer runs, but at least 20, where they take longer."),
    ] = "3",
    patience: Annotated[
        str,
        typer.Option(
            metavar="S",
            help="Seconds to wait before each measurement for other programs to take under a "
            "tenth of a core, and to measure again if they did not.",
        ),
    ] = "0",
    no_pairs: Annotated[
        bool,
        typer.Option("--no-pairs", help="Do not measure how backends slow each other down."),
    ] = False,
    allow_fallback: Annotated[
        bool,
        typer.Option(
            "--allow-fallback", help="Let the CPU run what an execution provider cannot; noted."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all figures as one JSON object.")
    ] = False,
) -> None:
    """Measure models on every device of this machine, and write a profile that can be emulated.

    Stopped in the middle, the same command goes on where it was. Measure on an idle machine: what
    other programs took meanwhile stands in the profile.
    """
    from rtgen_tui.commands import values
    from rtgen_tui.commands.measuring import Choices, run_measure

    run_measure(
        Choices(
            out=out,
            models=models,
            own=tuple(model or ()),
            backends=tuple(backend or ()),
            threads=values.whole(threads, 1, MAX_THREADS, "--threads"),
            runs=values.whole(runs, 1, MAX_RUNS, "--runs"),
            seconds=values.number(seconds, 0, MAX_SECONDS, "--seconds"),
            patience_s=values.number(patience, 0, MAX_SECONDS, "--patience"),
            pairs=not no_pairs,
            allow_fallback=allow_fallback,
            force=force,
            as_json=as_json,
        )
    )
