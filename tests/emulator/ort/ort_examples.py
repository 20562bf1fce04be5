"""Tiny models that really run, and what tests need around them."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from emulator.ort.devices import Device, Machine
from emulator.ort.known_providers import CPU_PROVIDER
from emulator.ort.models.card import ModelFile
from emulator.ort.models.decoder import DecoderShape, decoder
from emulator.ort.models.super_resolution import super_resolution
from emulator.ort.opener import SessionOpener

CPU = Device(CPU_PROVIDER, "cpu", "")
TWO_CORES = Machine("1.32.0", 2, (), (CPU,), ())
TINY_DECODER = DecoderShape("tiny", 2, 64, 2, 1, 128, 256, context=160)

needs_onnx = pytest.mark.skipif(
    find_spec("onnx") is None or find_spec("onnxruntime") is None,
    reason="needs onnx to write models and onnxruntime to run them",
)


@cache
def tiny_image_model() -> bytes:
    """Eight nodes that double an image of 16x8."""
    return super_resolution(0, width=16, height=8, channels=4, middle=1)


@cache
def tiny_decoder() -> bytes:
    """Two layers, 64 wide."""
    return decoder(TINY_DECODER, 0)


def one_node_model(op: str, kind: str | None, shape: tuple[int, ...]) -> bytes:
    """`op` on a table of one zero and the input `x`; on the table twice where `kind` is None."""
    from onnx import TensorProto, helper

    table = helper.make_tensor("table", TensorProto.FLOAT, [1], [0.0])
    inputs = (
        []
        if kind is None
        else [helper.make_tensor_value_info("x", TensorProto.DataType.Value(kind), shape)]
    )
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)
    node = helper.make_node(op, ["table", "x" if inputs else "table"], ["y"])
    graph = helper.make_graph([node], op, inputs, [output], [table])
    opset = helper.make_opsetid("", 18)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=10)
    data: bytes = model.SerializeToString()
    return data


def tiny_opener(folder: Path) -> SessionOpener:
    """Opens `image` and `llm` on the CPU."""
    files = {"image": tiny_image_model(), "llm": tiny_decoder()}
    models = {}
    for name, data in files.items():
        path = folder / f"{name}.onnx"
        path.write_bytes(data)
        models[name] = ModelFile(path, context=TINY_DECODER.context if name == "llm" else None)
    return SessionOpener(models, TWO_CORES)
