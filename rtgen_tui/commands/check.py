"""`rtgen-tui check`: claims on a session, for CI."""

from typing import Annotated, Final

import typer

EPILOG: Final = "Example:  rtgen-tui check call.rtgen 'captions.violation_rate < 1%'"


def check(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A session (.rtgen).")],
    claims: Annotated[
        list[str],
        typer.Argument(
            metavar="CLAIM...",
            help="[SUBJECT.]METRIC[.STAT] OPERATOR VALUE; quote it, for < means something to the "
            "shell.",
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check claims on a recorded run.

    Such as 'npc-dialogue.ttft.p95 < 500ms' or 'npu.utilization < 90%'. Exit code 0 if all hold, 3
    if one is broken; then it says when, and what the job waited for.
    """
    from rtgen_tui.commands.checking import check_claims

    check_claims(file, claims, as_json=as_json)
