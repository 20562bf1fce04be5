"""A portrait segmentation network: MobileNetV3-like encoder, U-Net decoder."""

from __future__ import annotations

from typing import Final

from emulator.ort.models.graph import Graph
from emulator.ort.models.layers import Feature, conv, inverted_residual, upsample

# (kernel, expanded, channels, excite, activation, stride): MobileNetV3-large to stride 16
# (arXiv 1905.02244, table 1), without the last stage.
ENCODER: Final = (
    (3, 16, 16, False, "Relu", 1),
    (3, 64, 24, False, "Relu", 2),
    (3, 72, 24, False, "Relu", 1),
    (5, 72, 40, True, "Relu", 2),
    (5, 120, 40, True, "Relu", 1),
    (3, 240, 80, False, "HardSwish", 2),
    (3, 200, 80, False, "HardSwish", 1),
    (3, 184, 80, False, "HardSwish", 1),
    (3, 480, 112, True, "HardSwish", 1),
)
DECODER: Final = (64, 32, 24, 16)
"""Channels after each doubling of the size."""


def segmentation(seed: int, *, size: int = 256, encoder: int = len(ENCODER)) -> bytes:
    """An ONNX file: `image` [1, 3, size, size] to `mask` [1, 1, size, size] of 0 to 1.

    `encoder` takes only so many of its blocks, for tests.
    """
    graph = Graph("portrait-segmentation", seed)
    x = Feature(graph.input("image", "float32", [1, 3, size, size]), 3)
    x = conv(graph, x, 16, stride=2, activation="HardSwish")
    skips: list[Feature] = []
    for kernel, expanded, channels, excite, activation, stride in ENCODER[:encoder]:
        if stride > 1:
            skips.append(x)
        x = inverted_residual(
            graph,
            x,
            channels,
            expanded=expanded,
            kernel=kernel,
            stride=stride,
            activation=activation,
            excite=excite,
        )
    # One doubling for each halving: the blocks' strides, and the stem's.
    for channels in DECODER[-len(skips) - 1 :]:
        x = upsample(graph, x)
        if skips:
            skip = skips.pop()
            joined = graph.node("Concat", [x.name, skip.name], attributes={"axis": 1})
            x = Feature(joined, x.channels + skip.channels)
        x = conv(graph, x, channels)
    x = conv(graph, x, 1, kernel=1, activation=None)
    graph.node("Sigmoid", [x.name], outputs=["mask"])
    graph.output("mask", "float32", [1, 1, size, size])
    return graph.model()
