"""Convolution blocks that the authored vision models share; images are NCHW, float32."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emulator.ort.models.graph import Graph


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature map: the value's name and its number of channels."""

    name: str
    channels: int


def conv(
    graph: Graph,
    x: Feature,
    channels: int,
    *,
    kernel: int = 3,
    stride: int = 1,
    groups: int = 1,
    activation: str | None = "Relu",
) -> Feature:
    """A convolution with padding that keeps height and width, then its activation."""
    per_group = x.channels // groups
    weights = graph.normal((channels, per_group, kernel, kernel), per_group * kernel * kernel)
    bias = graph.weight(np.zeros(channels, np.float32))
    padding = kernel // 2
    name = graph.node(
        "Conv",
        [x.name, weights, bias],
        attributes={
            "kernel_shape": [kernel, kernel],
            "strides": [stride, stride],
            "pads": [padding] * 4,
            "group": groups,
        },
    )
    if activation is not None:
        name = graph.node(activation, [name])
    return Feature(name, channels)


def squeeze_excite(graph: Graph, x: Feature) -> Feature:
    """Weighs channels by what they hold on average (MobileNetV3, arXiv 1905.02244, section 5.3)."""
    mean = Feature(graph.node("GlobalAveragePool", [x.name]), x.channels)
    squeezed = conv(graph, mean, max(8, x.channels // 4), kernel=1)
    gate = conv(graph, squeezed, x.channels, kernel=1, activation="HardSigmoid")
    return Feature(graph.node("Mul", [x.name, gate.name]), x.channels)


def inverted_residual(
    graph: Graph,
    x: Feature,
    channels: int,
    *,
    expanded: int,
    kernel: int,
    stride: int,
    activation: str = "HardSwish",
    excite: bool = False,
) -> Feature:
    """Expand, depthwise, project: the block of MobileNetV3 (arXiv 1905.02244, figure 4)."""
    y = conv(graph, x, expanded, kernel=1, activation=activation) if expanded != x.channels else x
    y = conv(
        graph,
        y,
        expanded,
        kernel=kernel,
        stride=stride,
        groups=expanded,
        activation=activation,
    )
    if excite:
        y = squeeze_excite(graph, y)
    y = conv(graph, y, channels, kernel=1, activation=None)
    if stride == 1 and channels == x.channels:
        y = Feature(graph.node("Add", [x.name, y.name]), channels)
    return y


def upsample(graph: Graph, x: Feature) -> Feature:
    """Twice the height and width, bilinear."""
    scales = graph.weight(np.array([1, 1, 2, 2], np.float32))
    name = graph.node("Resize", [x.name, "", scales], attributes={"mode": "linear"})
    return Feature(name, x.channels)
