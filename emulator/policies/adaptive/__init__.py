"""A policy of our own; docs/adaptive.md derives it and measures each ingredient."""

from emulator.policies.adaptive.ingredients import Ingredients
from emulator.policies.adaptive.policy import Adaptive

__all__ = ["Adaptive", "Ingredients"]
