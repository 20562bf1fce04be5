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

from emulator.catalog import load_profile, load_scenario
from emulator.errors import UserError
from emulator.simulate import simulate

__all__ = ["UserError", "load_profile", "load_scenario", "simulate"]
