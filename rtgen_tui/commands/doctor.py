"""`rtgen-tui doctor`: what of this machine real runs can use, and what is missing to use more."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from emulator.ort.devices import Device, Machine

EPILOG: Final = "Example:  rtgen-tui doctor"
_KINDS: Final = {"cpu": "CPU", "gpu": "GPU", "npu": "NPU"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the devices and execution providers of this machine.

    And which backends they would serve, whose models can run, and what to install to use more.
    """
    from emulator.ort.devices import discover
    from rtgen_tui import render

    machine = discover()
    if as_json:
        render.print_json(_record(machine))
    else:
        _print(machine)


def _backends(machine: "Machine") -> dict[tuple[str, int], list[str]]:
    """The names of the backends that each device stands for by default."""
    from emulator.ort.bindings import default_bindings, resolve

    found: dict[tuple[str, int], list[str]] = {}
    for binding in default_bindings(machine):
        device = resolve(binding, machine)
        found.setdefault((device.provider, device.index), []).append(binding.backend)
    return found


def _record(machine: "Machine") -> dict[str, object]:
    from emulator.ort.advice import missing
    from emulator.ort.models.catalog import cards
    from emulator.ort.runtime import log_file

    backends = _backends(machine)
    return {
        "onnxruntime": machine.runtime_version,
        "cores": machine.cores,
        "log": str(log_file()),
        "hardware": [
            {**_fields(each, "kind vendor vendor_id device_id"), "details": dict(each.details)}
            for each in machine.hardware
        ],
        "devices": [
            {
                **_fields(each, "provider kind index vendor version software"),
                "backends": backends.get((each.provider, each.index), []),
            }
            for each in machine.devices
        ],
        "plugins": [_fields(each, "package version providers problem") for each in machine.plugins],
        "missing": [
            {
                **_fields(each.hardware, "kind vendor"),
                "provider": each.provider.name,
                "package": each.provider.package,
                "installed": each.installed,
            }
            for each in missing(machine)
        ],
        "models": {each.name: each.missing() or "ready" for each in cards()},
    }


def _fields(record: object, names: str) -> dict[str, object]:
    """These fields of a record."""
    return {name: getattr(record, name) for name in names.split()}


def _print(machine: "Machine") -> None:
    from emulator.ort.runtime import log_file
    from rtgen_tui import render

    render.title("this machine", f"{machine.cores} cores, onnxruntime {machine.runtime_version}")
    render.heading("what real runs can use")
    backends = _backends(machine)
    titles = ("device", "execution provider", "backends in a profile")
    render.table(
        [render.Column(title) for title in titles],
        [
            (
                _device_words(each),
                each.provider + (f" {each.version}" if each.version else ""),
                ", ".join(backends.get((each.provider, each.index), ())) or "when it is named",
            )
            for each in machine.devices
        ],
        indent=2,
    )
    _print_plugins(machine)
    _print_missing(machine)
    _print_models()
    render.heading("messages of ONNX Runtime")
    render.line(f"  {log_file()}")


def _device_words(device: "Device") -> str:
    number = f" {device.index}" if device.index else ""
    if device.software:  # its vendor is the CPU's
        return f"{_KINDS[device.kind]}{number} in software"
    return f"{device.vendor} {_KINDS[device.kind]}{number}".strip()


def _print_plugins(machine: "Machine") -> None:
    from rtgen_tui import render

    if not machine.plugins:
        return
    render.heading("plug-in packages")
    for each in machine.plugins:
        found = sum(device.provider in each.providers for device in machine.devices)
        counted = f"{found} device{'s' * (found != 1)}"
        words = each.problem or f"{', '.join(each.providers)}, {counted}"
        render.labeled(f"{each.package} {each.version}", words, indent=2, width=34)


def _print_missing(machine: "Machine") -> None:
    from emulator.ort.advice import missing
    from rtgen_tui import render

    render.heading("to use more of it")
    advice = missing(machine)
    for each in advice:
        what = f"{each.hardware.vendor} {_KINDS[each.hardware.kind]}".strip()
        how = each.installed or each.provider.package
        render.labeled(what, f"{each.provider.name}: {how}", indent=2, width=16)
    if not advice:
        accelerators = [each for each in machine.hardware if each.kind != "cpu"]
        words = (
            "Every GPU and NPU that ONNX Runtime sees is served."
            if accelerators
            else "ONNX Runtime sees no GPU and no NPU here; a profile can stand in for them."
        )
        render.paragraph(words, indent=2)


def _print_models() -> None:
    from emulator.ort.models.catalog import cards
    from rtgen_tui import render

    listed = cards()
    ready = [each.name for each in listed if each.missing() is None]
    render.heading("models")
    render.paragraph(
        f"{len(ready)} of {len(listed)} can run now: {', '.join(ready) or 'none'}.", indent=2
    )
    if len(ready) < len(listed):
        render.paragraph("rtgen-tui models list says what to install for the others.", indent=2)
