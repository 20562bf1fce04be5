"""What a run may take into account beyond the law: off unless asked for, by name."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from emulator.errors import ProfileError, UserError
from emulator.power import gives_power

if TYPE_CHECKING:
    from emulator.profile import Profile

ENERGY: Final = "energy"
"""The name of the one effect that changes no slice."""


@dataclass(frozen=True, slots=True)
class Effects:
    """Which effects a run has."""

    contention: bool = False
    """Slices that run at the same time slow each other down: on the shared DRAM, or as measured."""
    batching: bool = False
    """Requests of one model on one backend decode together, where the profile says at what cost."""
    energy: bool = False
    """The power of the backends is shown while the run goes on; no slice changes by it."""

    def __str__(self) -> str:
        """The names, as ``parse_effects`` takes them; empty for none."""
        return ",".join(name for name in effect_names() if getattr(self, name))


def effect_names() -> tuple[str, ...]:
    """What can be asked for."""
    return tuple(each.name for each in fields(Effects))


def parse_effects(text: str) -> Effects:
    """The effects of a list such as ``contention``, separated by commas; empty for none.

    Raises:
        UserError: a name that is none.
    """
    named = [each.strip() for each in text.split(",") if each.strip()]
    for name in named:
        if name not in effect_names():
            known = ", ".join(effect_names())
            raise UserError(f"effects: {name[:80]!r} is no effect; there is {known}", key="effects")
    return Effects(**dict.fromkeys(named, True))


def check_effects(effects: Effects, profile: "Profile") -> None:
    """Raises ProfileError: the profile lacks what an effect needs."""
    is_known = profile.memory.usable_gb_s is not None or any(
        each.slowdown for each in profile.backends
    )
    if effects.contention and not is_known:
        raise ProfileError(
            f"effects: contention needs usable_gb_s under [memory] or the slowdown of a backend, "
            f"and profile {profile.name!r} gives neither",
            key="effects",
        )
    if effects.batching and not _can_batch(profile):
        raise ProfileError(
            f"effects: batching needs batch_max and batch_overhead of a model on a "
            f"backend, which profile {profile.name!r} does not give",
            key="effects",
        )
    if effects.energy and not gives_power(profile):
        raise ProfileError(
            f"effects: energy needs active_w of a backend or of a model on it, which profile "
            f"{profile.name!r} does not give",
            key="effects",
        )


def _can_batch(profile: "Profile") -> bool:
    entries = (entry for costs in profile.models.values() for _, entry in costs.items())
    return any(entry.batch_max is not None for entry in entries)
