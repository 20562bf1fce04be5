"""Models that take no time, for what measuring does around them."""

from collections.abc import Collection, Mapping
from types import SimpleNamespace

from emulator.errors import UserError
from emulator.ort.devices import Device, Machine
from emulator.ort.inference import InferenceRunnable
from emulator.ort.placement import Placement
from emulator.ort.runnable import BackendBinding
from emulator.ort.sessions import Session
from tests.emulator.ort.ort_examples import CPU, TWO_CORES

NPU = Device("FakeExecutionProvider", "npu", "us")


class FakeOpener:
    """Opens any model but those that a backend refuses; `opened` is what was asked of it.

    `interrupted_by` is a model whose opening is interrupted, as by Ctrl+C.
    """

    def __init__(
        self, refuses: Mapping[str, Collection[str]] | None = None, interrupted_by: str = ""
    ) -> None:
        self.machine: Machine = TWO_CORES
        self.opened: list[tuple[str, str]] = []
        self._refuses = refuses or {}
        self._interrupted_by = interrupted_by

    def device(self, backend: BackendBinding) -> Device:
        """The CPU or an NPU."""
        return CPU if backend.kind == "cpu" else NPU

    def open(self, model: str, backend: BackendBinding) -> InferenceRunnable:
        """A model that does nothing.

        Raises:
            UserError: it is one that is refused.
        """
        self.opened.append((model, backend.backend))
        if model == self._interrupted_by:
            raise KeyboardInterrupt
        if backend.backend in self._refuses.get(model, ()):
            raise UserError(f"{model} cannot be opened")
        raw, device = SimpleNamespace(run=lambda *_: []), self.device(backend)
        placement = Placement({device.provider: 1})
        session = Session(model, device, raw, SimpleNamespace(), placement, 1.0)
        return InferenceRunnable(session, {})
