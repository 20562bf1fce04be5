"""The core: a deterministic emulator of real-time generative AI on CPU, GPU and NPU.

Example:
    >>> import emulator
    >>> run = emulator.simulate(
    ...     {"backends": ["cpu"], "models": {"blur": {"cpu": 12.0}}},
    ...     {"streams": [{"name": "cam", "model": "blur", "rate_hz": 30}]},
    ...     policy="edf",
    ...     duration_s=1.0,
    ... )
    >>> len(run.jobs)
    30
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.catalog import load_profile, load_scenario
    from emulator.errors import UserError
    from emulator.simulation import simulate

__all__ = ["UserError", "load_profile", "load_scenario", "simulate"]

_HOMES = {
    "UserError": "emulator.errors",
    "load_profile": "emulator.catalog",
    "load_scenario": "emulator.catalog",
    "simulate": "emulator.simulation",
}


def __getattr__(name: str) -> object:
    """Loads the front doors when they are used: the schemas alone take a quarter of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module 'emulator' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
