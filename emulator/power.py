"""What the slices of a profile draw: power by model and backend."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emulator.profile import Profile

_UW_PER_W: Final = 1_000_000


def powers_uw(profile: Profile) -> dict[tuple[str, str], int | None]:
    """Power in uW while a slice runs, by model and backend; None where the profile has none.

    ``active_w`` of the model on the backend, else of the backend.
    """
    own = {each.name: each.active_w for each in profile.backends}
    found: dict[tuple[str, str], int | None] = {}
    for model, costs in profile.models.items():
        for name, cost in costs.items():
            watts = cost.active_w or own[name]
            found[model, name] = None if watts is None else microwatts(watts)
    return found


def gives_power(profile: Profile) -> bool:
    """Whether the power of any slice is known."""
    return any(each is not None for each in powers_uw(profile).values())


def microwatts(watts: Fraction) -> int:
    """Whole uW."""
    return round(watts * _UW_PER_W)
