"""Policies by name: the headline five, the wider set, and every point of the four axes."""

from emulator.errors import PolicyError
from emulator.names import nearest, shown
from emulator.policies import axes
from emulator.policies.axes import Admission, Axes, Order, Placement
from emulator.policies.base import NamedPolicy
from emulator.policies.hybrid import Hybrid
from emulator.policies.own_name import is_own, own_name

HYBRID = Hybrid()

HEADLINE: tuple[NamedPolicy, ...] = (
    NamedPolicy(
        "fcfs",
        "first come, first served on the first idle backend: no deadlines, no favorites",
        "native accelerator queues, as measured in XSched (OSDI 2025) section 2",
        Axes(Order.FCFS, Placement.FIRST_IDLE),
    ),
    NamedPolicy(
        "static",
        "every model on the backend where it is fastest alone, in order of being ready",
        "Band (MobiSys 2022) fixed worker; best mapping in Puzzle (arXiv 2508.17764)",
        Axes(Order.FCFS_SLICE, Placement.AFFINITY),
    ),
    NamedPolicy(
        "edf",
        "earliest deadline first, where it would end first; late jobs are kept",
        "Liu and Layland 1973; earliest finish time as in HEFT (Topcuoglu et al. 2002)",
        Axes(Order.EDF, Placement.EARLIEST_FINISH),
    ),
    NamedPolicy(
        "llf",
        "least laxity first, where it would end first; gives up what cannot be met; chunks of 256",
        "Band (MobiSys 2022) least slack time first with early drop",
        Axes(Order.LLF, Placement.EARLIEST_FINISH, Admission.EARLY_DROP, 256),
    ),
    NamedPolicy(
        HYBRID.name,
        HYBRID.description,
        "AMD hybrid execution; Sarathi-Serve (arXiv 2403.02310); Agent.xpu (arXiv 2506.24045)",
        HYBRID,
    ),
)
"""Five policies of our choice that span the space; the keys 1 to 5 of the screen."""


def policies() -> tuple[NamedPolicy, ...]:
    """All that have a name, the headline ones first: what a picker or a list offers."""
    # A core that starts on one of the five has no use for the others yet.
    from emulator.policies.wider import WIDER

    return (*HEADLINE, *WIDER)


def headline() -> list[tuple[str, str]]:
    """(name, description) of the headline policies, in key order."""
    return [(policy.name, policy.description) for policy in HEADLINE]


def find_policy(name: str | NamedPolicy) -> NamedPolicy:
    """The policy with this name, or the point of the four axes that a notation with a slash names.

    ``./mine.py:MyPolicy`` is loaded from that file, and a name that an installed package gives is
    loaded from there; the name of what comes back says which version of the source it is. A policy
    itself is given back, so that somebody's own can be run without a name.

    Raises:
        PolicyError: no such policy; the message names the nearest one. A file or a package that
        does not load, or not in the version that the name asks for.
    """
    if isinstance(name, NamedPolicy):
        return name
    if not isinstance(name, str):
        raise PolicyError(f"policy: expected a name such as 'edf', not {shown(name)}", key="policy")
    for policy in HEADLINE:
        if policy.name == name:
            return policy
    if is_own(name):
        return _own(name)
    if "/" in name:
        point = axes.parse(name)
        return NamedPolicy(name, f"{point}", "", point)
    known = policies()
    for policy in known:
        if policy.name == name:
            return policy
    from emulator.policies.installed import installed, load_installed

    found = load_installed(name)
    if found is not None:
        return found
    names = [*(policy.name for policy in known), *(each.name for each in installed())]
    close = nearest(name, names)
    hint = f"did you mean {close!r}?" if close else f"it is one of {', '.join(names)}"
    raise PolicyError(
        f"policy {name[:80]!r} does not exist: {hint} "
        "(or write order/placement/admission/granularity, or FILE.py:CLASS)",
        key="policy",
    )


def is_foreign(name: str) -> bool:
    """Whether what has this name is not of this package, so that its code may do anything."""
    if is_own(name):
        return True
    if "/" in name or any(policy.name == name for policy in policies()):
        return False
    from emulator.policies.installed import installed

    return any(each.name == name for each in installed())


def _own(name: str) -> NamedPolicy:
    """A policy of a file, or one of a package in a certain version. Raises PolicyError."""
    # Nobody else pays for what keeps foreign code in check.
    wanted = own_name(name)
    if wanted.is_file:
        from emulator.policies.own_file import load_file

        return load_file(name)
    from emulator.policies.installed import load_installed

    found = load_installed(name)
    if found is None:
        raise PolicyError(
            f"policy {wanted.plain[:80]!r}: no package that is installed here has it", key="policy"
        )
    return found
