"""What this machine can run models on: hardware, execution providers, and which serves which."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from emulator.ort.known_providers import CPU_PROVIDER, IGNORED, known
from emulator.ort.plugins import Plugin, register_plugins
from emulator.ort.runnable import DeviceKind
from emulator.ort.runtime import quiet, runtime

KINDS: Final[Mapping[str, DeviceKind]] = {"CPU": "cpu", "GPU": "gpu", "NPU": "npu"}
KIND_ORDER: Final[tuple[DeviceKind, ...]] = ("npu", "gpu", "cpu")


@dataclass(frozen=True, slots=True)
class Hardware:
    """A processing unit that ONNX Runtime sees, whether or not anything serves it."""

    kind: DeviceKind
    vendor: str
    vendor_id: int
    device_id: int
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Device:
    """A device as one execution provider offers it; `index` counts those of its kind there.

    `handle` is ONNX Runtime's own record, None for a provider that is chosen by name alone.
    """

    provider: str
    kind: DeviceKind
    vendor: str
    index: int = 0
    version: str | None = None
    software: bool = False
    handle: object = None

    def __str__(self) -> str:
        return f"{self.provider} on {self.kind} {self.index}"


@dataclass(frozen=True, slots=True)
class Machine:
    """All of it, and what ONNX Runtime it was seen through."""

    runtime_version: str
    cores: int
    hardware: tuple[Hardware, ...]
    devices: tuple[Device, ...]
    plugins: tuple[Plugin, ...]

    def serving(self, kind: DeviceKind) -> tuple[Device, ...]:
        """The devices of a kind."""
        return tuple(device for device in self.devices if device.kind == kind)


def discover() -> Machine:
    """What there is now; registers plug-ins that are installed.

    Raises:
        RuntimeMissingError: there is no ONNX Runtime.
    """
    ort = runtime()
    plugins = register_plugins()
    with quiet():
        offered = _offered(ort.get_ep_devices())
        listed = [name for name in ort.get_available_providers() if name not in IGNORED]
        hardware = _hardware()
    names = {device.provider for device in offered}
    built_in = [_by_name(name) for name in listed if name not in names]
    return Machine(
        runtime_version=str(ort.__version__),
        cores=usable_cores(),
        hardware=hardware,
        devices=(*offered, *built_in),
        plugins=plugins,
    )


def usable_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _offered(ep_devices: Sequence[object]) -> tuple[Device, ...]:
    """Plug-in and built-in providers that say themselves which devices they serve."""
    found: list[Device] = []
    for each in ep_devices:
        device = _one_offered(each)
        if device is not None:
            like = [(other.provider, other.kind) for other in found]
            found.append(replace(device, index=like.count((device.provider, device.kind))))
    return tuple(found)


def _one_offered(offered: object) -> Device | None:
    provider = str(getattr(offered, "ep_name", ""))
    hardware = getattr(offered, "device", None)
    kind = KINDS.get(getattr(getattr(hardware, "type", None), "name", ""))
    if kind is None or provider in IGNORED:
        return None
    metadata: Mapping[str, str] = getattr(offered, "ep_metadata", {})
    serves = known(provider)
    # A GPU provider on a software adapter calls itself a CPU; it still serves what asks for a GPU.
    software = kind == "cpu" and serves is not None and "cpu" not in serves.kinds
    return Device(
        provider,
        serves.kinds[0] if software and serves is not None else kind,
        str(getattr(hardware, "vendor", "")) or str(getattr(offered, "ep_vendor", "")),
        version=metadata.get("version"),
        software=software,
        handle=offered,
    )


def _by_name(provider: str) -> Device:
    """A provider of the older kind: built in, and chosen by name without a list of devices."""
    if provider == CPU_PROVIDER:
        return Device(provider, "cpu", "")
    listed = known(provider)
    return Device(provider, listed.kinds[0] if listed else "gpu", "")


def _hardware() -> tuple[Hardware, ...]:
    """Empty where this version of ONNX Runtime cannot say."""
    try:
        from onnxruntime.capi import onnxruntime_pybind11_state as state

        return tuple(
            Hardware(
                KINDS[each.type.name],
                str(each.vendor),
                int(each.vendor_id),
                int(each.device_id),
                {str(key): str(value) for key, value in dict(each.metadata).items()},
            )
            for each in state.get_hardware_devices()
            if each.type.name in KINDS
        )
    except (ImportError, AttributeError):
        return ()
