"""All that `measure` has found so far, in a file, so that it can go on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from emulator.ort.devices import Device
from emulator.ort.host import Host
from emulator.ort.measure import ModelFigures
from emulator.ort.slowdown import Slowdown

FORMAT: Final = 1
SUFFIX: Final = ".partial"


@dataclass(slots=True)
class Measurements:
    """What was measured on one machine; models by name and device.

    `options` is what names stand for: another file under the same name is another model.
    """

    host: Mapping[str, object]
    models: dict[str, ModelFigures] = field(default_factory=dict)
    slowdowns: dict[str, Slowdown] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """By name, as JSON."""
        return {
            "format": FORMAT,
            "host": dict(self.host),
            "options": dict(self.options),
            "models": {key: each.to_dict() for key, each in self.models.items()},
            "slowdowns": {key: asdict(each) for key, each in self.slowdowns.items()},
        }


def device_key(device: Device, threads: int) -> str:
    """Names what executes; backends with the same key take the same time."""
    return f"{device.provider} {device.kind}{device.index} {threads} threads"


def partial_file(out: Path) -> Path:
    """Where measurements are kept until the profile is complete."""
    return out.with_name(out.name + SUFFIX)


def begun(
    out: Path, host: Host, options: Mapping[str, object] | None = None
) -> tuple[Measurements, bool]:
    """What an earlier call left for this profile; True where it is of something else.

    That is another machine, other software, or other `options` (plain JSON types).

    A file that cannot be read counts as none.
    """
    fresh = Measurements(host.to_dict(), options=options or {})
    try:
        data = json.loads(partial_file(out).read_text(encoding="utf-8"))
        found = _from_dict(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return fresh, False
    is_same = (found.host, found.options) == (fresh.host, fresh.options)
    return (found, False) if is_same else (fresh, True)


def keep(out: Path, measurements: Measurements) -> None:
    """Writes the partial file, whole or not at all; OSError where it cannot be."""
    path = partial_file(out)
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(measurements.to_dict(), indent=1), encoding="utf-8")
    part.replace(path)


def _from_dict(data: Mapping[str, Any]) -> Measurements:
    if data["format"] != FORMAT:
        raise ValueError(data["format"])
    return Measurements(
        dict(data["host"]),
        {str(key): ModelFigures.from_dict(each) for key, each in data["models"].items()},
        {str(key): Slowdown(**each) for key, each in data["slowdowns"].items()},
        dict(data["options"]),
    )
