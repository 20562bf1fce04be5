"""Policies of installed packages: the entry point group ``rtgen_tui.policies``.

Listing them reads the metadata of packages and loads none of their code.
"""

import sys
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from emulator.errors import PolicyError
from emulator.policies.base import NamedPolicy
from emulator.policies.own_name import own_name, versioned

GROUP: Final = "rtgen_tui.policies"


@dataclass(frozen=True, slots=True)
class Installed:
    """An entry point."""

    name: str
    package: str
    """Name and version of the package."""
    target: str
    """``module:attribute``."""


def installed() -> list[Installed]:
    """Those there are, by name."""
    return sorted(
        (Installed(each.name, _package(each), each.value) for each in entry_points(group=GROUP)),
        key=lambda each: each.name,
    )


def load_installed(name: str) -> NamedPolicy | None:
    """The policy of an entry point, None where there is no such entry point.

    Raises:
        PolicyError: its package does not load, is not of the version that the name asks for, or
        it is no policy.
    """
    wanted = own_name(name)
    found = next((each for each in entry_points(group=GROUP) if each.name == wanted.plain), None)
    if found is None:
        return None
    # Whoever only lists them does without.
    from emulator.policies.overtime import LOADING_NS, CallTimes, TimeLimit
    from emulator.policies.own import own_policy, remembered
    from emulator.policies.trace import headline

    try:
        target = TimeLimit(CallTimes(), LOADING_NS, "package").run(found.load)
    except Exception as error:
        raise PolicyError(
            f"policy {wanted.plain} of {_package(found)} does not load: {headline(error)}",
            key="policy",
        ) from error
    full = versioned(wanted.plain, _source(found))
    if wanted.digest and full != f"{wanted.plain}@{wanted.digest}":
        raise PolicyError(
            f"policy {wanted.plain}: its source in {_package(found)} has changed since "
            f"{wanted.digest}: it is {own_name(full).digest} now",
            key="policy",
        )
    return remembered(target, full) if isinstance(target, type) else own_policy(target, full)


def _package(found: EntryPoint) -> str:
    dist = found.dist
    return "an unknown package" if dist is None else f"{dist.name} {dist.version}"


def _source(found: EntryPoint) -> bytes:
    """The file of its module, or what else tells versions apart."""
    path = getattr(sys.modules.get(found.module), "__file__", None)
    try:
        return Path(path).read_bytes() if path else _package(found).encode()
    except OSError:
        return _package(found).encode()
