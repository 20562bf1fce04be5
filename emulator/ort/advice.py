"""What to install so that more of a machine can be used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from emulator.ort.devices import Hardware, Machine
from emulator.ort.known_providers import CPU_PROVIDER, KNOWN, KnownProvider


@dataclass(frozen=True, slots=True)
class Advice:
    """Hardware that nothing serves, and a provider that could."""

    hardware: Hardware
    provider: KnownProvider
    installed: str | None = None
    """Why it does not serve although its package is there."""


def missing(machine: Machine) -> tuple[Advice, ...]:
    """For each NPU and GPU that no provider serves, every provider that runs on such hardware."""
    return tuple(_advice(machine))


def _advice(machine: Machine) -> Iterator[Advice]:
    problems = {
        each.package: f"{each.package} {each.version}: {each.problem or 'it finds no device here'}"
        for each in machine.plugins
    }
    for hardware in machine.hardware:
        served = [each for each in machine.serving(hardware.kind) if not each.software]
        if hardware.kind == "cpu" or served:
            continue
        for provider in KNOWN:
            fits = not provider.vendors or hardware.vendor_id in provider.vendors
            if fits and hardware.kind in provider.kinds and provider.name != CPU_PROVIDER:
                yield Advice(hardware, provider, problems.get(provider.package))
