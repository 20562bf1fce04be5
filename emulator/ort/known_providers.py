"""Execution providers by name: what they run on, and which package brings them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emulator.ort.runnable import DeviceKind

CPU_PROVIDER: Final = "CPUExecutionProvider"
IGNORED: Final = frozenset({"AzureExecutionProvider"})
"""Built into every wheel and runs nothing on this machine."""


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """An execution provider; `package` says how to get it, `module` is a plug-in's to import.

    A provider without `module` is built into a wheel that takes the place of onnxruntime. `vendors`
    are the PCI vendors whose hardware it runs on; none means any.
    """

    name: str
    kinds: tuple[DeviceKind, ...]
    hardware: str
    package: str
    module: str | None = None
    vendors: tuple[int, ...] = ()


AMD: Final = (0x1022, 0x1002)
INTEL: Final = (0x8086,)
NVIDIA: Final = (0x10DE,)
QUALCOMM: Final = (0x17CB, 0x4D4F4351)
"""The second is ACPI's "QCOM", which Windows reports."""
APPLE: Final = (0x106B,)

KNOWN: Final = (
    KnownProvider(CPU_PROVIDER, ("cpu",), "any CPU", "onnxruntime"),
    KnownProvider(
        "VitisAIExecutionProvider",
        ("npu",),
        "AMD Ryzen AI NPU",
        "the Ryzen AI Software installer of AMD (ryzenai.docs.amd.com)",
        vendors=AMD,
    ),
    KnownProvider(
        "OpenVINOExecutionProvider",
        ("npu", "gpu", "cpu"),
        "Intel NPU, GPU or CPU",
        "onnxruntime-ep-openvino",
        "onnxruntime_ep_openvino",
        INTEL,
    ),
    KnownProvider(
        "QNNExecutionProvider",
        ("npu", "gpu"),
        "Qualcomm NPU",
        "onnxruntime-qnn",
        "onnxruntime_qnn",
        QUALCOMM,
    ),
    KnownProvider(
        "WebGpuExecutionProvider",
        ("gpu",),
        "any GPU with Vulkan, Metal or Direct3D 12",
        "onnxruntime-ep-webgpu",
        "onnxruntime_ep_webgpu",
    ),
    KnownProvider(
        "CUDAExecutionProvider", ("gpu",), "NVIDIA GPU", "onnxruntime-gpu", vendors=NVIDIA
    ),
    KnownProvider(
        "TensorrtExecutionProvider", ("gpu",), "NVIDIA GPU", "onnxruntime-gpu", vendors=NVIDIA
    ),
    KnownProvider(
        "NvTensorRTRTXExecutionProvider",
        ("gpu",),
        "NVIDIA RTX GPU",
        "onnxruntime-ep-nv-tensorrt-rtx",
        "onnxruntime_ep_nv_tensorrt_rtx",
        NVIDIA,
    ),
    KnownProvider(
        "MIGraphXExecutionProvider", ("gpu",), "AMD GPU", "onnxruntime-migraphx", vendors=AMD
    ),
    KnownProvider("DmlExecutionProvider", ("gpu",), "any GPU on Windows", "onnxruntime-directml"),
    KnownProvider(
        "CoreMLExecutionProvider",
        ("npu", "gpu"),
        "Apple Neural Engine or GPU",
        "onnxruntime",
        vendors=APPLE,
    ),
)
"""In the order in which a kind of device is served when nobody chooses."""

PLUGIN_PREFIX: Final = "onnxruntime-ep-"
"""How plug-in packages are named; others that are plug-ins stand above with their module."""


def known(provider: str) -> KnownProvider | None:
    """The provider of this name, whatever its case: vendors write the same one differently."""
    folded = provider.casefold()
    return next((each for each in KNOWN if each.name.casefold() == folded), None)
