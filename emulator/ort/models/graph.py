"""Writes an ONNX graph node by node, with weights from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from emulator.errors import UserError
from emulator.ort.raw import Array

if TYPE_CHECKING:
    import onnx

OPSET: Final = 21
IR_VERSION: Final = 10
"""What ONNX Runtime 1.18 and later read; newer writers put a newer one by default."""
CONTRIB: Final = "com.microsoft"
"""The domain of ONNX Runtime's own operators."""

Attribute = int | float | str | Sequence[int] | Sequence[float]
Dim = int | str


class AuthoringError(UserError):
    """A model cannot be built because the package that writes ONNX files is missing."""


class Graph:
    """A graph under construction; values are named by the nodes that make them.

    Weights are drawn in the order in which nodes are added: same seed, same file.

    Raises:
        AuthoringError: the package `onnx` is not installed.
    """

    def __init__(self, name: str, seed: int) -> None:
        try:
            import onnx
            from onnx import helper, numpy_helper
        except ImportError:
            raise AuthoringError(
                f"building the model {name!r} needs the package onnx: "
                "pip install 'rtgen-tui[models]'"
            ) from None
        self.name = name
        self.rng = np.random.default_rng(seed)
        self._onnx = onnx
        self._helper = helper
        self._numpy_helper = numpy_helper
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []
        self._count = 0

    def input(self, name: str, dtype: str, shape: Sequence[Dim]) -> str:
        """A graph input of a numpy dtype; a text is a dimension that is known at run time."""
        self._inputs.append(self._value(name, dtype, shape))
        return name

    def output(self, name: str, dtype: str, shape: Sequence[Dim]) -> None:
        """Makes a value that a node wrote under this name a graph output."""
        self._outputs.append(self._value(name, dtype, shape))

    def weight(self, array: Array, name: str | None = None) -> str:
        """A constant tensor."""
        name = name or self._fresh("w")
        self._weights.append(self._numpy_helper.from_array(array, name))
        return name

    def normal(self, shape: Sequence[int], fan_in: int) -> str:
        """Random weights scaled so that activations keep their size (He et al. 2015)."""
        scale = np.float32(np.sqrt(2.0 / fan_in))
        return self.weight(self.rng.standard_normal(shape, dtype=np.float32) * scale)

    def node(
        self,
        op: str,
        inputs: Sequence[str],
        *,
        outputs: Sequence[str] = (),
        domain: str = "",
        attributes: Mapping[str, Attribute] | None = None,
    ) -> str:
        """Adds a node; returns the name of its first output."""
        names = list(outputs) or [self._fresh(op.lower())]
        made = self._helper.make_node(
            op,
            list(inputs),
            names,
            name=f"{op}_{len(self._nodes)}",
            domain=domain,
        )
        made.attribute.extend(
            self._helper.make_attribute(key, value) for key, value in (attributes or {}).items()
        )
        self._nodes.append(made)
        return names[0]

    def model(self, *, check: bool = True) -> bytes:
        """The whole as an ONNX file; `check` it unless it has operators of the runtime's own."""
        helper = self._helper
        graph = helper.make_graph(
            self._nodes, self.name, self._inputs, self._outputs, self._weights
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="rtgen-tui"
        )
        if check:
            self._onnx.checker.check_model(model)
        data: bytes = model.SerializeToString(deterministic=True)
        return data

    def _value(self, name: str, dtype: str, shape: Sequence[Dim]) -> onnx.ValueInfoProto:
        kind = self._helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self._helper.make_tensor_value_info(name, kind, list(shape))

    def _fresh(self, stem: str) -> str:
        self._count += 1
        return f"{stem}_{self._count}"
