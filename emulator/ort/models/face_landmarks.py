"""A small face landmark network: a depthwise backbone and 468 points in space."""

from __future__ import annotations

from typing import Final

import numpy as np

from emulator.ort.models.graph import Graph
from emulator.ort.models.layers import Feature, conv, inverted_residual

POINTS: Final = 468
"""As many as MediaPipe's face mesh has."""
STAGES: Final = ((32, 2), (64, 3), (96, 3), (128, 3))
"""Channels and blocks of each stage; a stage halves the image."""


def face_landmarks(seed: int, *, size: int = 192) -> bytes:
    """An ONNX file: `face` [1, 3, size, size] to `points` [1, 468, 3]."""
    graph = Graph("face-landmarks", seed)
    x = Feature(graph.input("face", "float32", [1, 3, size, size]), 3)
    x = conv(graph, x, 16, stride=2)
    for channels, blocks in STAGES:
        for block in range(blocks):
            x = inverted_residual(
                graph,
                x,
                channels,
                expanded=2 * x.channels,
                kernel=3,
                stride=2 if block == 0 else 1,
                activation="Relu",
            )
    x = Feature(graph.node("GlobalAveragePool", [x.name]), x.channels)
    flat = graph.node("Flatten", [x.name], attributes={"axis": 1})
    weights = graph.normal((x.channels, 3 * POINTS), x.channels)
    points = graph.node("MatMul", [flat, weights])
    shape = graph.weight(np.array([1, POINTS, 3], np.int64))
    graph.node("Reshape", [points, shape], outputs=["points"])
    graph.output("points", "float32", [1, POINTS, 3])
    return graph.model()
