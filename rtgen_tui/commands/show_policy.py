"""What `rtgen-tui show policy` prints."""

from emulator.policies import Axes, find_policy
from rtgen_tui import render
from rtgen_tui.commands.policy_words import axes_of, rule_words


def show_policy(name: str, *, as_json: bool) -> None:
    """Prints a policy. Raises UserError: there is none of this name."""
    policy = find_policy(name)
    axes, rule = axes_of(policy), rule_words(policy)
    notation = str(policy.rule) if isinstance(policy.rule, Axes) else None
    if as_json:
        render.print_json(
            {
                "name": policy.name,
                "description": policy.description,
                "citation": policy.citation or None,
                "notation": notation,
                "axes": axes,
                "rule": rule,
            }
        )
        return
    render.title(policy.name, policy.description if policy.description != notation else None)
    render.heading("axes")
    for axis, value in axes.items():
        render.labeled(axis, value or "a rule of its own", indent=2, width=11)
    if notation:
        render.labeled("notation", notation, indent=2, width=11)
    render.heading("rule")
    render.paragraph(rule, indent=2)
    if policy.citation:
        render.heading("cite")
        render.paragraph(policy.citation, indent=2)
