"""What ONNX Runtime offers becomes devices; plug-ins are registered once, and may be broken."""

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace

import pytest

from emulator.ort import devices, plugins
from emulator.ort.devices import discover
from emulator.ort.plugins import Plugin, register_plugins


def offered(provider: str, kind: str, vendor: str = "AMD") -> SimpleNamespace:
    """A device as ONNX Runtime describes it."""
    return SimpleNamespace(
        ep_name=provider,
        ep_vendor="Microsoft",
        ep_metadata={"version": "1.2"},
        device=SimpleNamespace(type=SimpleNamespace(name=kind), vendor=vendor),
    )


class FakeRuntime:
    """ONNX Runtime with the devices it is told."""

    __version__ = "1.32.0"

    def __init__(self, *ep_devices: SimpleNamespace, providers: tuple[str, ...] = ()) -> None:
        self._ep_devices = ep_devices
        self._providers = providers
        self.registered: list[tuple[str, str]] = []

    def get_ep_devices(self) -> tuple[SimpleNamespace, ...]:
        """As it was told."""
        return self._ep_devices

    def get_available_providers(self) -> tuple[str, ...]:
        """As it was told."""
        return self._providers

    def register_execution_provider_library(self, name: str, library: str) -> None:
        """Remembers it; a library that is not there cannot be loaded."""
        if "missing" in library:
            raise RuntimeError("cannot open\nshared object")
        self.registered.append((name, library))


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Plug-ins of this interpreter are forgotten before and after."""
    plugins._registered.cache_clear()
    yield monkeypatch
    plugins._registered.cache_clear()


def on(patch: pytest.MonkeyPatch, fake: FakeRuntime, *packages: str) -> None:
    """Discovery sees this runtime and these installed packages."""
    patch.setattr(devices, "runtime", lambda: fake)
    patch.setattr(plugins, "runtime", lambda: fake)
    found = [SimpleNamespace(name=name, version="0.4.0") for name in packages]
    patch.setattr(plugins, "distributions", lambda: found)


def test_devices_are_counted_by_provider_and_kind(use: pytest.MonkeyPatch) -> None:
    """Two GPUs of one provider are 0 and 1; what is built in but not offered is taken by name."""
    fake = FakeRuntime(
        offered("CPUExecutionProvider", "CPU"),
        offered("WebGpuExecutionProvider", "GPU"),
        offered("WebGpuExecutionProvider", "GPU", "NVIDIA"),
        offered("VitisAIExecutionProvider", "NPU"),
        providers=("CUDAExecutionProvider", "AzureExecutionProvider", "CPUExecutionProvider"),
    )
    on(use, fake)

    found = [(each.provider, each.kind, each.index, each.version) for each in discover().devices]

    assert found == [
        ("CPUExecutionProvider", "cpu", 0, "1.2"),
        ("WebGpuExecutionProvider", "gpu", 0, "1.2"),
        ("WebGpuExecutionProvider", "gpu", 1, "1.2"),
        ("VitisAIExecutionProvider", "npu", 0, "1.2"),
        ("CUDAExecutionProvider", "gpu", 0, None),
    ]


def test_a_gpu_in_software_is_marked(use: pytest.MonkeyPatch) -> None:
    """WebGPU on a software adapter calls itself a CPU."""
    on(use, FakeRuntime(offered("WebGpuExecutionProvider", "CPU", "Mesa")))
    (device,) = discover().devices
    assert (device.kind, device.software, device.vendor) == ("gpu", True, "Mesa")


def test_installed_plugins_are_registered_once(use: pytest.MonkeyPatch) -> None:
    """Those of the table and any that is named like one; other packages are not touched."""
    for name in ("onnxruntime_ep_webgpu", "onnxruntime_ep_other"):
        module = ModuleType(name)
        module.get_library_path = lambda name=name: f"/lib/{name}.so"  # type: ignore[attr-defined]
        module.get_ep_names = lambda name=name: [f"{name}Provider"]  # type: ignore[attr-defined]
        use.setitem(sys.modules, name, module)
    fake = FakeRuntime()
    on(use, fake, "numpy", "onnxruntime-ep-webgpu", "onnxruntime_ep_other")

    first, second = register_plugins(), register_plugins()

    assert first == second
    assert first == (
        Plugin("onnxruntime-ep-other", "0.4.0", ("onnxruntime_ep_otherProvider",)),
        Plugin("onnxruntime-ep-webgpu", "0.4.0", ("onnxruntime_ep_webgpuProvider",)),
    )
    assert [name for name, _ in fake.registered] == [
        "onnxruntime-ep-other",
        "onnxruntime-ep-webgpu",
    ]


def test_a_broken_plugin_is_told_and_harms_nobody(use: pytest.MonkeyPatch) -> None:
    """One that cannot be imported, and one whose library cannot be loaded."""
    module = ModuleType("onnxruntime_qnn")
    module.get_library_path = lambda: "/missing.so"  # type: ignore[attr-defined]
    module.get_ep_names = lambda: ["QNNExecutionProvider"]  # type: ignore[attr-defined]
    use.setitem(sys.modules, "onnxruntime_qnn", module)
    use.setitem(sys.modules, "onnxruntime_ep_gone", None)
    on(
        use,
        FakeRuntime(offered("CPUExecutionProvider", "CPU")),
        "onnxruntime-ep-gone",
        "onnxruntime-qnn",
    )

    machine = discover()

    assert [each.provider for each in machine.devices] == ["CPUExecutionProvider"]
    gone, qnn = machine.plugins
    assert "onnxruntime_ep_gone" in str(gone.problem)
    assert qnn.problem == "cannot open shared object"


def test_this_machine_has_a_cpu() -> None:
    """The real ONNX Runtime offers one, and it can be opened by name."""
    pytest.importorskip("onnxruntime")
    assert [each.provider for each in discover().serving("cpu")][:1] == ["CPUExecutionProvider"]
