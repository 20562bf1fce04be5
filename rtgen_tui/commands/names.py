"""Names for shell completion; each press of tab reads folders but no files."""

from collections.abc import Iterable


def complete_profile(incomplete: str) -> list[str]:
    """Names of profiles that begin like this."""
    from emulator.catalog import profile_names

    return _beginning(incomplete, profile_names())


def complete_scenario(incomplete: str) -> list[str]:
    """Names of scenarios that begin like this."""
    from emulator.catalog import scenario_names

    return _beginning(incomplete, scenario_names())


def complete_policy(incomplete: str) -> list[str]:
    """Names of policies that begin like this, or after a slash the values of the next axis."""
    from emulator.policies import Admission, Order, Placement, policies
    from emulator.policies.installed import installed

    *done, _ = incomplete.split("/")
    if not done:
        theirs = [each.name for each in installed()]
        return _beginning(incomplete, [*(policy.name for policy in policies()), *theirs])
    axes = ([*Order], [*Placement], [*Admission], ["whole", "chunk-64", "chunk-128", "chunk-256"])
    values = axes[len(done)] if len(done) < len(axes) else ()
    return _beginning(incomplete, ["/".join((*done, value)) for value in values])


def complete_policies(incomplete: str) -> list[str]:
    """Lists of policies, parted by commas, whose last name begins like this."""
    *done, last = incomplete.split(",")
    return [",".join((*done, name)) for name in complete_policy(last) if name not in done]


def complete_kind(incomplete: str) -> list[str]:
    """The kinds of files."""
    return _beginning(incomplete, ("profile", "scenario"))


def complete_kinds(incomplete: str) -> list[str]:
    """The kinds of things that can be listed."""
    return _beginning(incomplete, ("profiles", "scenarios", "policies"))


def complete_models(incomplete: str) -> list[str]:
    """Names of models for real runs."""
    from emulator.ort.models.catalog import cards

    return _beginning(incomplete, [each.name for each in cards()])


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
