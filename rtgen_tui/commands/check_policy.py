"""`rtgen-tui check-policy`: whether a policy keeps the rules, before it is relied on."""

from functools import partial
from typing import Annotated, Final

import typer

from rtgen_tui.commands.names import complete_policy

EPILOG: Final = "Example:  rtgen-tui check-policy ./mine.py:MyPolicy"


def check_policy(
    policy: Annotated[
        str,
        typer.Argument(
            metavar="POLICY",
            help="FILE.py:CLASS, or the name of any policy.",
            autocompletion=complete_policy,
        ),
    ],
    duration: Annotated[
        str, typer.Option(metavar="TIME", help="Virtual time of each bundled scenario.")
    ] = "5s",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a policy on all bundled scenarios and on random ones.

    No job lost or run twice, one slice at a time on a backend, the same journal each time, nothing
    raised, decisions in time. Exits with 1 if one of them does not hold.
    """
    from rtgen_tui.commands import values
    from rtgen_tui.commands.apart import apart
    from rtgen_tui.commands.policy_checking import check

    apart(partial(check, policy, values.duration_s(duration), as_json=as_json), policy)
