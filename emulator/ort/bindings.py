"""Which device executes which backend: what people write, and what it means on this machine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from emulator.errors import UserError
from emulator.names import shown, unknown
from emulator.ort.devices import KIND_ORDER, Device, Machine
from emulator.ort.known_providers import CPU_PROVIDER, KNOWN, known
from emulator.ort.runnable import BackendBinding, DeviceKind

OPTION: Final = "--backend"
CPU_WORKERS: Final = 2
"""A CPU with as many cores is split into so many backends, one thread each."""


class DeviceError(UserError):
    """A provider or device that this machine does not have."""


def parse_binding(
    text: str, *, threads: int = 1, allow_fallback: bool = False, option: str = OPTION
) -> BackendBinding:
    """`cpu0=cpu`, `npu=VitisAIExecutionProvider`, `gpu1=CUDAExecutionProvider:1`, or just `npu`.

    The left side is a backend of the profile; the right side is a kind of device or an execution
    provider, and `:1` the second such device.

    Raises:
        UserError: it is none of these.
    """
    backend, equals, target = (part.strip() for part in text.partition("="))
    target, _, number = (target if equals else backend).partition(":")
    backend = backend.partition(":")[0]
    if not backend or not target or (number and not number.isdecimal()):
        expected = "expected BACKEND=DEVICE, as in cpu0=cpu or npu=VitisAIExecutionProvider"
        raise UserError(f"{option}: {expected}, not {shown(text)}", key=option)
    kind = _kind(target) or (None if equals else _kind(backend[:3]))
    provider = None if kind is not None else _spelled(target)
    return BackendBinding(
        backend,
        kind or _served(backend, target),
        provider,
        int(number) if number else 0,
        threads,
        allow_fallback,
    )


def parse_bindings(
    texts: Iterable[str], *, threads: int = 1, allow_fallback: bool = False
) -> tuple[BackendBinding, ...]:
    """What several such texts say.

    Raises:
        UserError: as for `parse_binding`, or a backend is given twice.
    """
    found: dict[str, BackendBinding] = {}
    for text in texts:
        binding = parse_binding(text, threads=threads, allow_fallback=allow_fallback)
        if binding.backend in found:
            raise UserError(f"{OPTION}: {shown(binding.backend)} is given twice", key=OPTION)
        found[binding.backend] = binding
    return tuple(found.values())


def default_bindings(
    machine: Machine, *, threads: int = 1, allow_fallback: bool = False
) -> tuple[BackendBinding, ...]:
    """Every NPU and GPU that something serves, and the CPU as one backend per worker.

    Backends are called `npu`, `gpu`, `gpu1`, ...; the CPU is `cpu0` and `cpu1` where it has the
    cores for two workers, else `cpu`.
    """
    found: list[BackendBinding] = []
    for kind in KIND_ORDER[:-1]:
        devices = [each for each in machine.serving(kind) if not each.software]
        preferred = _preferred(devices)
        for device in devices:
            if preferred is not None and device.provider == preferred.provider:
                name = kind + (str(device.index) if device.index else "")
                found.append(
                    BackendBinding(
                        name, kind, device.provider, device.index, threads, allow_fallback
                    )
                )
    workers = min(CPU_WORKERS, machine.cores // threads)
    names = [f"cpu{index}" for index in range(workers)] if workers > 1 else ["cpu"]
    found += [
        BackendBinding(name, "cpu", CPU_PROVIDER, 0, threads, allow_fallback) for name in names
    ]
    return tuple(found)


def resolve(binding: BackendBinding, machine: Machine) -> Device:
    """The device that a binding means here.

    Raises:
        DeviceError: there is none; says what to install where that is known.
    """
    if binding.provider is not None:
        devices = [
            each
            for each in machine.devices
            if each.provider.casefold() == binding.provider.casefold()
        ]
        if not devices:
            raise _no_provider(binding, machine)
    else:
        suited = [each for each in machine.serving(binding.kind) if not each.software]
        first = _preferred(suited)
        devices = [each for each in suited if first and each.provider == first.provider]
        if not devices:
            raise _no_device(binding, machine)
    same_kind = [each for each in devices if each.kind == binding.kind] or devices
    if binding.device >= len(same_kind):
        what = f"{len(same_kind)} of {same_kind[0].provider}"
        raise DeviceError(
            f"backend {binding.backend!r} asks for device {binding.device} (counted from 0), "
            f"but there is only {what} on this machine",
            key=OPTION,
        )
    return same_kind[binding.device]


def _preferred(devices: Sequence[Device]) -> Device | None:
    """Of several providers for the same kind the one that is listed first among the known ones."""
    order = [each.name for each in KNOWN]
    return min(
        devices,
        key=lambda each: order.index(each.provider) if each.provider in order else len(order),
        default=None,
    )


def _kind(text: str) -> DeviceKind | None:
    return next((kind for kind in KIND_ORDER if kind == text.casefold()), None)


def _spelled(provider: str) -> str:
    """The provider as ONNX Runtime spells it, where it is a known one."""
    listed = known(provider)
    return listed.name if listed else provider


def _served(backend: str, provider: str) -> DeviceKind:
    """The kind that a pinned provider serves here: what the backend is called, if it can be."""
    listed = known(provider)
    named = _kind(backend[:3])
    if listed is None:
        return named or "cpu"
    return named if named in listed.kinds else listed.kinds[0]


def _no_provider(binding: BackendBinding, machine: Machine) -> DeviceError:
    name = binding.provider or ""
    listed = known(name)
    broken = next(
        (each for each in machine.plugins if listed and each.package == listed.package), None
    )
    if broken is not None:
        reason = broken.problem or "it finds no device here"
        message = f"{name} is installed ({broken.package} {broken.version}), but {reason}"
    elif listed is not None:
        message = f"{name} is not available here: {_how_to_get(listed.package)}"
    else:
        names = [each.name for each in KNOWN] + [each.provider for each in machine.devices]
        message = unknown("execution provider", name, sorted(set(names)))
    return DeviceError(f"backend {binding.backend!r}: {message}", key=OPTION)


def _how_to_get(package: str) -> str:
    return f"it comes with {package}" if " " in package else f"pip install {package}"


def _no_device(binding: BackendBinding, machine: Machine) -> DeviceError:
    kind = binding.kind.upper()
    seen = [each for each in machine.hardware if each.kind == binding.kind]
    why = (
        f"no installed execution provider serves the {kind} of this machine"
        if seen
        else f"ONNX Runtime sees no {kind} on this machine"
    )
    return DeviceError(
        f"backend {binding.backend!r}: {why} (rtgen-tui doctor says what there is)", key=OPTION
    )
