"""What `--backend` means, and what is used when nobody says."""

import pytest

from emulator.errors import UserError
from emulator.ort.advice import missing
from emulator.ort.bindings import (
    DeviceError,
    default_bindings,
    parse_binding,
    parse_bindings,
    resolve,
)
from emulator.ort.devices import Device, Hardware, Machine
from emulator.ort.known_providers import CPU_PROVIDER
from emulator.ort.plugins import Plugin
from emulator.ort.runnable import BackendBinding
from tests.emulator.ort.ort_examples import CPU, TWO_CORES

VITIS = Device("VitisAIExecutionProvider", "npu", "AMD")
WEBGPU = Device("WebGpuExecutionProvider", "gpu", "AMD")
MIGRAPHX = Device("MIGraphXExecutionProvider", "gpu", "AMD")
AMD_NPU = Hardware("npu", "AMD", 0x1022, 1, {})
LAPTOP = Machine("1.32.0", 8, (AMD_NPU,), (WEBGPU, CPU, VITIS), ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cpu0=cpu", BackendBinding("cpu0", "cpu")),
        ("npu", BackendBinding("npu", "npu")),
        ("npu=vitisaiexecutionprovider", BackendBinding("npu", "npu", VITIS.provider)),
        ("gpu1=GPU:1", BackendBinding("gpu1", "gpu", device=1)),
        (
            "gpu=OpenVINOExecutionProvider:1",
            BackendBinding("gpu", "gpu", "OpenVINOExecutionProvider", 1),
        ),
        (
            "fast=OpenVINOExecutionProvider",
            BackendBinding("fast", "npu", "OpenVINOExecutionProvider"),
        ),
        (" npu = npu ", BackendBinding("npu", "npu")),
        ("x=MyExecutionProvider", BackendBinding("x", "cpu", "MyExecutionProvider")),
    ],
)
def test_a_binding_is_read(text: str, expected: BackendBinding) -> None:
    """A kind, a provider in any case, and which of several devices."""
    assert parse_binding(text) == expected


@pytest.mark.parametrize("text", ["", "=", "npu=", "=cpu", "gpu=gpu:x", "gpu=gpu:-1"])
def test_a_wrong_binding_is_one_sentence(text: str) -> None:
    """It shows how to write one."""
    with pytest.raises(UserError, match="--backend: expected BACKEND=DEVICE"):
        parse_binding(text)


def test_by_default_the_cpu_is_two_workers() -> None:
    """One thread each, where it has two cores; one backend where it has one."""
    names = [(each.backend, each.threads) for each in default_bindings(TWO_CORES)]
    assert names == [("cpu0", 1), ("cpu1", 1)]
    one_core = Machine("1.32.0", 1, (), (CPU,), ())
    assert [each.backend for each in default_bindings(one_core)] == ["cpu"]
    assert [each.backend for each in default_bindings(TWO_CORES, threads=2)] == ["cpu"]


def test_options_go_to_every_binding() -> None:
    """To those that are asked for and to those of the machine, on any kind of device."""
    asked = parse_bindings(("cpu0=cpu", "npu"), threads=2, allow_fallback=True)
    assert [(each.backend, each.threads, each.allow_fallback) for each in asked] == [
        ("cpu0", 2, True),
        ("npu", 2, True),
    ]
    found = default_bindings(LAPTOP, threads=2, allow_fallback=True)
    assert {(each.threads, each.allow_fallback) for each in found} == {(2, True)}
    assert not any(each.allow_fallback for each in default_bindings(LAPTOP))


def test_a_backend_is_one_device() -> None:
    """Given twice it is one sentence."""
    with pytest.raises(UserError, match=r"^--backend: 'npu' is given twice$"):
        parse_bindings(("npu", "npu=cpu"))


def test_by_default_every_served_device_is_a_backend() -> None:
    """NPU first, then GPU, as in the bundled profiles."""
    found = [(each.backend, each.provider) for each in default_bindings(LAPTOP)]
    assert found == [
        ("npu", VITIS.provider),
        ("gpu", WEBGPU.provider),
        ("cpu0", CPU_PROVIDER),
        ("cpu1", CPU_PROVIDER),
    ]


def test_two_gpus_are_two_backends() -> None:
    """Those of the provider that comes first, not of each that sees them."""
    second = Device(WEBGPU.provider, "gpu", "NVIDIA", 1)
    machine = Machine("1.32.0", 4, (), (WEBGPU, second, MIGRAPHX, CPU), ())
    found = [(each.backend, each.device) for each in default_bindings(machine)][:2]
    assert found == [("gpu", 0), ("gpu1", 1)]
    assert resolve(BackendBinding("gpu1", "gpu", device=1), machine) is second


def test_an_absent_provider_names_its_package() -> None:
    """One sentence with what to install."""
    with pytest.raises(DeviceError) as raised:
        resolve(BackendBinding("gpu", "gpu", "WebGpuExecutionProvider"), TWO_CORES)
    assert str(raised.value) == (
        "backend 'gpu': WebGpuExecutionProvider is not available here: "
        "pip install onnxruntime-ep-webgpu"
    )


def test_a_plugin_without_devices_says_so() -> None:
    """Installing it again would not help."""
    plugin = Plugin("onnxruntime-qnn", "2.7.0", ("QNNExecutionProvider",))
    machine = Machine("1.32.0", 2, (), (CPU,), (plugin,))
    with pytest.raises(DeviceError, match=r"onnxruntime-qnn 2\.7\.0.*finds no device here"):
        resolve(BackendBinding("npu", "npu", "QNNExecutionProvider"), machine)


def test_an_unknown_provider_names_the_nearest() -> None:
    """A slip of the pen is named."""
    with pytest.raises(DeviceError, match="did you mean 'CUDAExecutionProvider'"):
        resolve(BackendBinding("gpu", "gpu", "CUDAExecutionProvide"), TWO_CORES)


def test_a_device_beyond_the_last_is_an_error() -> None:
    """It says how many there are."""
    with pytest.raises(DeviceError, match="there is only 1 of WebGpuExecutionProvider"):
        resolve(BackendBinding("gpu", "gpu", device=1), LAPTOP)


def test_hardware_that_nothing_serves_gets_advice() -> None:
    """Providers of that vendor, not those of others; none for what is served."""
    bare = Machine("1.32.0", 8, (AMD_NPU,), (CPU,), ())
    assert [each.provider.name for each in missing(bare)] == [VITIS.provider]
    assert missing(LAPTOP) == ()
