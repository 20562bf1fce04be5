"""The options that commands over many runs share: `compare`, `capacity` and `regret`."""

from typing import Annotated, Final, TypeAlias

import typer

MAX_SEEDS: Final = 10_000
MAX_JOBS: Final = 1024

Duration: TypeAlias = Annotated[
    str, typer.Option(metavar="TIME", help="Virtual time of each run: 60, 60s, 2m or 500ms.")
]
NoNoise: TypeAlias = Annotated[
    bool, typer.Option("--no-noise", help="Every slice takes what the profile says.")
]
Jobs: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="N",
        help=f"Worker processes, 1 to {MAX_JOBS}; the results do not depend on it. Default: one "
        "per CPU.",
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def seed_count(text: str) -> int:
    """Of ``--seeds``. Raises UserError: it is no number from 1 to ``MAX_SEEDS``."""
    from rtgen_tui.commands import values

    return values.whole(text, 1, MAX_SEEDS, "--seeds")


def job_count(text: str | None) -> int | None:
    """Of ``--jobs``. Raises UserError: it is no number from 1 to ``MAX_JOBS``."""
    from rtgen_tui.commands import values

    return None if text is None else values.whole(text, 1, MAX_JOBS, "--jobs")
