"""A Llama-style decoder with int4 weights: grouped-query attention, SwiGLU, rotary positions.

Inputs and outputs are named as exporters for onnxruntime-genai name them, so that the same code
runs a user's own. The KV cache has the model's whole context; attention writes into it in place
(`present.*` is bound to the memory of `past_key_values.*`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emulator.ort.models.graph import CONTRIB, Graph

BLOCK = 32
"""Weights that share one scale."""
INT4_STD = 4.18
"""Standard deviation of a random 4-bit weight: uniform from -7 to 7, with 0 twice."""


@dataclass(frozen=True, slots=True)
class DecoderShape:
    """The sizes of a decoder; `context` is the longest prompt and output together, in tokens."""

    name: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    context: int = 2048

    @property
    def head_size(self) -> int:
        """Channels of one attention head."""
        return self.width // self.heads

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of all layers, float32."""
        return 2 * 4 * self.layers * self.kv_heads * self.head_size

    @property
    def parameters(self) -> int:
        """Weights of embedding, layers and head; norms are left out."""
        attention = self.width * self.head_size * (2 * self.heads + 2 * self.kv_heads)
        layer = attention + 3 * self.width * self.feed_forward
        return self.layers * layer + 2 * self.vocabulary * self.width


DECODER_55M = DecoderShape("decoder-55m", 8, 512, 8, 2, 1408, 32_000)
DECODER_163M = DecoderShape("decoder-163m", 30, 576, 9, 3, 1536, 49_152)
"""The shape of SmolLM2-135M, with a head of its own."""
DECODER_630M = DecoderShape("decoder-630m", 24, 896, 14, 2, 4864, 151_936)
"""The shape of Qwen2.5-0.5B, with a head of its own."""


def decoder(shape: DecoderShape, seed: int) -> bytes:
    """An ONNX file of this shape with random weights."""
    graph = Graph(shape.name, seed)
    ids = graph.input("input_ids", "int64", [1, "sequence"])
    graph.input("attention_mask", "int64", [1, "total"])
    lengths = _lengths(graph)
    rotary = _rotary(graph, shape)
    hidden = _embedding(graph, shape, ids)
    for layer in range(shape.layers):
        normed = _norm(graph, hidden, shape.width)
        attended = _attention(graph, shape, layer, normed, (*lengths, *rotary))
        hidden = graph.node("Add", [hidden, attended])
        fed = _feed_forward(graph, shape, _norm(graph, hidden, shape.width))
        hidden = graph.node("Add", [hidden, fed])
    last = graph.node(
        "Gather",
        [hidden, graph.weight(np.array([-1], np.int64))],
        attributes={"axis": 1},
    )
    head = _norm(graph, last, shape.width)
    _int4(graph, head, shape.width, shape.vocabulary, output="logits")
    graph.output("logits", "float32", [1, 1, shape.vocabulary])
    return graph.model(check=False)


def _lengths(graph: Graph) -> tuple[str, str]:
    """`seqlens_k` (index of the last token) and the total length, both int32."""
    axis = graph.weight(np.array([1], np.int64))
    total = graph.node("ReduceSum", ["attention_mask", axis], attributes={"keepdims": 0})
    last = graph.node("Sub", [total, graph.weight(np.array([1], np.int64))])
    shape = graph.node("Shape", ["attention_mask"])
    width = graph.node("Gather", [shape, graph.weight(np.array(1, np.int64))])
    int32 = {"to": 6}
    return (
        graph.node("Cast", [last], attributes=int32),
        graph.node("Cast", [width], attributes=int32),
    )


def _rotary(graph: Graph, shape: DecoderShape) -> tuple[str, str]:
    """Cosines and sines [context, head_size / 2] of rotary positions (arXiv 2104.09864)."""
    half = shape.head_size // 2
    frequencies = 10_000.0 ** (-np.arange(half) / half)
    angles = np.outer(np.arange(shape.context), frequencies)
    return (
        graph.weight(np.cos(angles).astype(np.float32), "cos_cache"),
        graph.weight(np.sin(angles).astype(np.float32), "sin_cache"),
    )


def _embedding(graph: Graph, shape: DecoderShape, ids: str) -> str:
    """Rows of an int8 table, one scale for all."""
    size = shape.vocabulary * shape.width
    table = np.frombuffer(graph.rng.bytes(size), np.int8).reshape(shape.vocabulary, shape.width)
    rows = graph.node("Gather", [graph.weight(table, "embedding"), ids])
    scale = graph.weight(np.array(1 / 74, np.float32))  # 74: the standard deviation of int8
    return graph.node("DequantizeLinear", [rows, scale])


def _norm(graph: Graph, x: str, width: int) -> str:
    """RMS norm with a scale of ones (arXiv 1910.07467)."""
    scale = graph.weight(np.ones(width, np.float32))
    return graph.node(
        "SimplifiedLayerNormalization", [x, scale], attributes={"axis": -1, "epsilon": 1e-5}
    )


def _int4(graph: Graph, x: str, inner: int, outer: int, output: str | None = None) -> str:
    """Multiplies x [.., inner] by random int4 weights, one float scale for each block of 32."""
    blocks = inner // BLOCK
    packed = _pairs(graph.rng, outer * inner // 2)
    scale = np.float32(1 / (INT4_STD * np.sqrt(inner)))
    return graph.node(
        "MatMulNBits",
        [
            x,
            graph.weight(packed.reshape(outer, blocks, BLOCK // 2)),
            graph.weight(np.full((outer, blocks), scale, np.float32)),
        ],
        outputs=[output] if output else (),
        domain=CONTRIB,
        attributes={
            "K": inner,
            "N": outer,
            "bits": 4,
            "block_size": BLOCK,
            "accuracy_level": 4,
        },
    )


def _pairs(rng: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """Random bytes of two 4-bit weights each, from -7 to 7 (stored as 1 to 15).

    A weight of -8 becomes 0: weights whose mean is not 0 would make every token the same.
    """
    pairs = np.frombuffer(rng.bytes(count), np.uint8).copy()
    pairs[(pairs & 0x0F) == 0] |= 0x08
    pairs[(pairs & 0xF0) == 0] |= 0x80
    return pairs


def _attention(
    graph: Graph, shape: DecoderShape, layer: int, x: str, shared: tuple[str, str, str, str]
) -> str:
    """Grouped-query attention (arXiv 2305.13245) on packed queries, keys and values."""
    seqlens, total, cosines, sines = shared
    cache: list[int | str] = [1, shape.kv_heads, "past", shape.head_size]
    past = [
        graph.input(f"past_key_values.{layer}.{part}", "float32", cache)
        for part in ("key", "value")
    ]
    present = [f"present.{layer}.{part}" for part in ("key", "value")]
    packed = _int4(graph, x, shape.width, (shape.heads + 2 * shape.kv_heads) * shape.head_size)
    attended = graph.node(
        "GroupQueryAttention",
        [packed, "", "", *past, seqlens, total, cosines, sines],
        outputs=[f"attention_{layer}", *present],
        domain=CONTRIB,
        attributes={
            "num_heads": shape.heads,
            "kv_num_heads": shape.kv_heads,
            "do_rotary": 1,
            "scale": 1 / float(np.sqrt(shape.head_size)),
        },
    )
    for name in present:
        graph.output(name, "float32", [1, shape.kv_heads, "present", shape.head_size])
    return _int4(graph, attended, shape.heads * shape.head_size, shape.width)


def _feed_forward(graph: Graph, shape: DecoderShape, x: str) -> str:
    """SwiGLU (arXiv 2002.05202)."""
    gate = _int4(graph, x, shape.width, shape.feed_forward)
    up = _int4(graph, x, shape.width, shape.feed_forward)
    swished = graph.node("Mul", [gate, graph.node("Sigmoid", [gate])])
    gated = graph.node("Mul", [swished, up])
    return _int4(graph, gated, shape.feed_forward, shape.width)
