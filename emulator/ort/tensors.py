"""Input for a model: every input's type and shape, and data that fits, from a seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emulator.ort.raw import Array, RawNode
from emulator.ort.sessions import ModelError

SEED: Final = 0
Fill = float | tuple[int, int]
"""One number for all elements, or the limits (low, below) of random whole numbers."""
MAX_ELEMENTS: Final = 2**28
"""1 GiB of float32: a shape beyond it is a mistake, not an input."""

_DTYPES: Final = {
    "float": "float32",
    "float16": "float16",
    "double": "float64",
    "int8": "int8",
    "int16": "int16",
    "int32": "int32",
    "int64": "int64",
    "uint8": "uint8",
    "uint16": "uint16",
    "uint32": "uint32",
    "uint64": "uint64",
    "bool": "bool",
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output as the model declares it; None or a text is a dimension left open."""

    name: str
    dtype: str
    shape: tuple[int | str | None, ...]

    def __str__(self) -> str:
        dims = ", ".join("?" if each is None else str(each) for each in self.shape)
        return f"{self.name} {self.dtype}[{dims}]"


def tensors(nodes: Sequence[RawNode]) -> tuple[Tensor, ...]:
    """What ONNX Runtime says about inputs or outputs; `tensor(float)` is `float32` here."""
    return tuple(
        Tensor(
            node.name,
            _DTYPES.get(kind := node.type.removeprefix("tensor(").removesuffix(")"), kind),
            tuple(node.shape),
        )
        for node in nodes
    )


def feeds(
    model: str,
    inputs: Sequence[Tensor],
    dims: Mapping[str, int],
    values: Mapping[str, Fill],
) -> dict[str, Array]:
    """An array for every input: random numbers, ones for whole numbers, or the value given for it.

    `dims` sizes the open dimensions by their names; one that is open and comes first in an input
    counts items, of which there is one.

    Raises:
        ModelError: a dimension is not known or 0, or an input is of a type that has no numbers.
    """
    rng = np.random.default_rng(SEED)
    used: set[str] = set()
    made: dict[str, Array] = {}
    for tensor in inputs:
        shape = tuple(
            _dim(model, tensor, axis, dims, used, inputs) for axis in range(len(tensor.shape))
        )
        if math.prod(shape) > MAX_ELEMENTS:
            raise ModelError(
                f"{model}: input {tensor.name} of shape {list(shape)} is too large "
                f"(at most {MAX_ELEMENTS:,} elements)"
            )
        made[tensor.name] = _array(model, tensor, shape, values.get(tensor.name), rng)
    if unused := sorted(set(dims) - used):
        raise ModelError(
            f"{model}: there is no open dimension {unused[0]!r}; the inputs are {_listed(inputs)}"
        )
    return made


def _dim(
    model: str,
    tensor: Tensor,
    axis: int,
    dims: Mapping[str, int],
    used: set[str],
    inputs: Sequence[Tensor],
) -> int:
    size = tensor.shape[axis]
    if size == 0:
        raise ModelError(
            f"{model}: dimension {axis} of input {tensor.name} is 0, so that there is nothing to "
            f"compute: export the model with 1 or more, or a name (inputs: {_listed(inputs)})"
        )
    if isinstance(size, int):
        return size
    if size is not None and size in dims:
        used.add(size)
        return dims[size]
    if axis == 0 or size in {each.shape[0] for each in inputs if each.shape}:
        return 1
    if size is None:
        raise ModelError(
            f"{model}: dimension {axis} of input {tensor.name} has neither a size nor a name; "
            f"export the model with fixed shapes (inputs: {_listed(inputs)})"
        )
    raise ModelError(
        f"{model}: input {tensor.name} leaves the dimension {size!r} open; give its size after "
        f"the file, as in model.onnx,{size}=256 (inputs: {_listed(inputs)})"
    )


def _array(
    model: str,
    tensor: Tensor,
    shape: tuple[int, ...],
    value: Fill | None,
    rng: np.random.Generator,
) -> Array:
    if tensor.dtype not in _DTYPES.values():
        raise ModelError(f"{model}: input {tensor.name} is {tensor.dtype}, not numbers")
    if isinstance(value, tuple):
        return rng.integers(*value, shape).astype(tensor.dtype)
    if value is not None:
        return np.full(shape, value, tensor.dtype)
    if tensor.dtype.startswith("float"):
        return rng.standard_normal(shape).astype(tensor.dtype)
    return np.ones(shape, tensor.dtype)


def _listed(inputs: Sequence[Tensor]) -> str:
    return "; ".join(map(str, inputs))
