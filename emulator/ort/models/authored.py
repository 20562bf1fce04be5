"""The models that are written here, with random weights: they take real time and say nothing."""

from __future__ import annotations

from typing import Final

from emulator.ort.models.card import Authored, ModelCard
from emulator.ort.models.decoder import (
    DECODER_55M,
    DECODER_163M,
    DECODER_630M,
    DecoderShape,
    decoder,
)
from emulator.ort.models.face_landmarks import face_landmarks
from emulator.ort.models.segmentation import segmentation
from emulator.ort.models.super_resolution import super_resolution

LICENSE: Final = "Apache-2.0 (this project)"


def _decoder_card(shape: DecoderShape, title: str, source: str) -> ModelCard:
    return ModelCard(
        name=shape.name,
        title=title,
        weights="random",
        license=LICENSE,
        source=source,
        origin=Authored(lambda seed: decoder(shape, seed)),
        period="prefill in chunks, then a token at a time",
        parameters=shape.parameters,
        context=shape.context,
        kv_bytes_per_token=shape.kv_bytes_per_token,
    )


AUTHORED: Final = (
    ModelCard(
        name="portrait-segmentation",
        title="Portrait segmentation 256x256: MobileNetV3-like encoder, U-Net decoder",
        weights="random",
        license=LICENSE,
        source="blocks of MobileNetV3-large, https://arxiv.org/abs/1905.02244, table 1",
        origin=Authored(segmentation),
        period="every video frame",
    ),
    ModelCard(
        name="super-resolution-270p",
        title="Super-resolution 480x270 to 960x540: QuickSRNet-small-like",
        weights="random",
        license=LICENSE,
        source="shape of QuickSRNet, https://arxiv.org/abs/2303.04336",
        origin=Authored(super_resolution),
        period="every video frame",
    ),
    ModelCard(
        name="face-landmarks",
        title="Face landmarks 192x192: small MobileNet-like backbone, 468 points",
        weights="random",
        license=LICENSE,
        source="as many points as MediaPipe's face mesh",
        origin=Authored(face_landmarks),
        period="every video frame",
    ),
    _decoder_card(
        DECODER_55M,
        "Llama-style decoder, 55 M parameters, int4",
        "shape of this project; grouped-query attention, SwiGLU",
    ),
    _decoder_card(
        DECODER_163M,
        "Llama-style decoder, 163 M parameters, int4",
        "shape of SmolLM2-135M with a head of its own, https://arxiv.org/abs/2502.02737",
    ),
    _decoder_card(
        DECODER_630M,
        "Llama-style decoder, 630 M parameters, int4",
        "shape of Qwen2.5-0.5B with a head of its own, https://arxiv.org/abs/2412.15115",
    ),
)
