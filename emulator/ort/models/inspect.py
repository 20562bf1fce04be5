"""What goes into a model file and comes out of it."""

from __future__ import annotations

from pathlib import Path

from emulator.ort.devices import Device
from emulator.ort.known_providers import CPU_PROVIDER
from emulator.ort.sessions import open_session
from emulator.ort.tensors import Tensor, tensors


def inputs_and_outputs(path: Path, name: str) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """As the model declares them; opens it on the CPU.

    Raises:
        UserError: it cannot be opened, or there is no ONNX Runtime.
    """
    raw = open_session(path, Device(CPU_PROVIDER, "cpu", ""), name=name).raw
    return tensors(raw.get_inputs()), tensors(raw.get_outputs())
