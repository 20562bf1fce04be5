"""What a run may take into account beyond the law: off unless asked for, by name."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from emulator.errors import ProfileError, UserError

if TYPE_CHECKING:
    from emulator.profile import Profile


@dataclass(frozen=True, slots=True)
class Effects:
    """Which effects a run has."""

    contention: bool = False
    """Slices that run at the same time slow each other down: on the shared DRAM, or as measured."""

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
