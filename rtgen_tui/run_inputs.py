"""What the run on the core goes by now, for who edits its streams or writes them down."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rtgen_tui.monitor import Monitor

_LOOKS: Final = 200
_LOOK_S: Final = 0.015


@dataclass(frozen=True, slots=True)
class RunInputs:
    """As in files."""

    profile: Mapping[str, object]
    scenario: Mapping[str, object]
    """Without its streams."""
    streams: tuple[Mapping[str, Any], ...]
    """In stream order, those too that were added or are stopped."""
    policy: str
    seed: int

    def stream(self, name: str) -> Mapping[str, Any]:
        """The stream of this name. Raises KeyError."""
        return {each["name"]: each for each in self.streams}[name]


async def asked_inputs(monitor: Monitor) -> RunInputs | None:
    """Ask the core for them; None, and a complaint, if it does not tell them."""
    before = monitor.answer("inputs")
    if not await monitor.send({"t": "inputs", "ask": 1}):
        return None
    for _ in range(_LOOKS):
        told = monitor.answer("inputs")
        if told and told is not before:
            return _from_wire(told, monitor)
        await asyncio.sleep(_LOOK_S)
    monitor.complain("the core does not tell what its run goes by")
    return None


def _from_wire(told: Mapping[str, Any], monitor: Monitor) -> RunInputs | None:
    if "error" in told:
        monitor.complain(str(told["error"]))
        return None
    keys = ("profile", "scenario", "streams", "policy", "seed")
    return RunInputs(**{key: told[key] for key in keys})
