"""What `rtgen-tui check-policy` prints."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from emulator.policies import find_policy
from emulator.study.policy_check import Checked, check_policy
from rtgen_tui import render
from rtgen_tui.commands.headless import progress
from rtgen_tui.exits import FAILED, EndedError

_SHOWN: Final = 3
"""Places of each broken rule that are told."""


def check(policy: str, duration_s: Fraction, *, as_json: bool) -> None:
    """Checks and prints.

    Raises:
        UserError: there is no such policy, or it does not load.
        EndedError: a rule does not hold.
    """
    name = find_policy(policy).name
    with progress(f"checking {name}") as report:
        checked = check_policy(name, duration_s, report)
    holds = all(each.holds for each in checked)
    if as_json:
        render.print_json({"policy": name, "holds": holds, "rules": list(map(_record, checked))})
    else:
        _print(name, checked)
    if not holds:
        raise EndedError(FAILED)


def _record(each: Checked) -> dict[str, object]:
    return {
        "rule": each.rule,
        "holds": each.holds,
        "problems": list(each.problems),
        "detail": each.detail,
    }


def _print(name: str, checked: Sequence[Checked]) -> None:
    render.title(name, None)
    rows = [(each.rule, _verdict(each), each.detail) for each in checked]
    render.table(
        (render.Column("rule"), render.Column(""), render.Column("looked at", wraps=True)), rows
    )
    for each in checked:
        if each.problems:
            render.heading(each.rule)
            for problem in each.problems[:_SHOWN]:
                for text in problem.splitlines():
                    render.paragraph(text, indent=2)
            if len(each.problems) > _SHOWN:
                render.paragraph(f"and {len(each.problems) - _SHOWN} more", indent=2)


def _verdict(each: Checked) -> render.Cell:
    if each.holds:
        return render.styled("✓ holds", render.GOOD)
    return render.styled("✗ broken", render.BAD)
