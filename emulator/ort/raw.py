"""The few members of ONNX Runtime's untyped objects that are used here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]


class RawNode(Protocol):
    """A tensor that goes into or comes out of a model."""

    name: str
    type: str
    shape: Sequence[int | str | None]


class RawRunOptions(Protocol):
    """What a call listens to while it runs."""

    terminate: bool
    log_severity_level: int


class RawOrtValue(Protocol):
    """A tensor in the runtime's memory."""

    def numpy(self) -> Array:
        """Its content; no copy on the CPU."""
        ...


class RawBinding(Protocol):
    """Inputs and outputs that stay bound from call to call."""

    def bind_cpu_input(self, name: str, arr_on_cpu: Array) -> None:
        """An input that is read from this array when the call starts."""
        ...

    def bind_ortvalue_input(self, name: str, ortvalue: RawOrtValue) -> None:
        """An input in the runtime's memory."""
        ...

    def bind_output(self, name: str) -> None:
        """An output that the runtime makes room for at each call."""
        ...

    def copy_outputs_to_cpu(self) -> Sequence[Array]:
        """The outputs, in the order in which they were bound."""
        ...

    def bind_ortvalue_output(self, name: str, ortvalue: RawOrtValue) -> None:
        """Where an output is written."""
        ...


class Assigned(Protocol):
    """A part of a graph that one provider took."""

    ep_name: str

    def get_nodes(self) -> Sequence[object]:
        """Its nodes."""
        ...


class RawSession(Protocol):
    """`onnxruntime.InferenceSession`."""

    def get_inputs(self) -> Sequence[RawNode]:
        """As the model declares them."""
        ...

    def get_outputs(self) -> Sequence[RawNode]:
        """As the model declares them."""
        ...

    def get_provider_graph_assignment_info(self) -> Sequence[Assigned]:
        """Which provider took which nodes, where the session was opened to record it."""
        ...

    def run(
        self,
        output_names: Sequence[str] | None,
        input_feed: Mapping[str, Array],
        run_options: RawRunOptions | None = None,
    ) -> Sequence[Array]:
        """One inference."""
        ...

    def io_binding(self) -> RawBinding:
        """A new binding."""
        ...

    def run_with_iobinding(
        self, iobinding: RawBinding, run_options: RawRunOptions | None = None
    ) -> None:
        """One inference on what is bound."""
        ...
