"""A network that doubles an image: plain 3x3 convolutions, as QuickSRNet (arXiv 2303.04336)."""

from __future__ import annotations

from emulator.ort.models.graph import Graph
from emulator.ort.models.layers import Feature, conv


def super_resolution(
    seed: int, *, width: int = 480, height: int = 270, channels: int = 32, middle: int = 2
) -> bytes:
    """An ONNX file: `image` [1, 3, height, width] to `enlarged` [1, 3, 2 height, 2 width]."""
    graph = Graph("super-resolution", seed)
    x = Feature(graph.input("image", "float32", [1, 3, height, width]), 3)
    for _ in range(middle + 1):
        x = conv(graph, x, channels)
    x = conv(graph, x, 12, activation=None)
    graph.node("DepthToSpace", [x.name], outputs=["enlarged"], attributes={"blocksize": 2})
    graph.output("enlarged", "float32", [1, 3, 2 * height, 2 * width])
    return graph.model()
