"""The four ways in which ONNX Runtime silently runs a model on the CPU instead."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import pytest

from emulator.ort.bindings import DeviceError, resolve
from emulator.ort.devices import Device, Machine
from emulator.ort.known_providers import CPU_PROVIDER
from emulator.ort.placement import PlacementError
from emulator.ort.runnable import BackendBinding
from emulator.ort.sessions import ModelError, first_line, open_session
from tests.emulator.ort.ort_examples import CPU, TWO_CORES, needs_onnx, tiny_image_model

NPU = Device("VitisAIExecutionProvider", "npu", "AMD")
PLUGIN = Device("ggml", "gpu", "us", handle=object())


NESTED = """[ONNXRuntimeError] : 11 : EP_FAIL : /src/plugin.cc:393 virtual Make(const A&, const B&)
[ONNXRuntimeError] : 11 : EP_FAIL : /src/webgpu.cc:136 x::Init(const C&)::<lambda()>
status == Success was false. Failed to get a WebGPU adapter: none

"""


class FakeOptions:
    """Session options that remember their devices."""

    def __init__(self) -> None:
        self.devices: Sequence[object] = ()

    def add_session_config_entry(self, key: str, value: str) -> None:
        """Nothing here depends on them."""

    def add_provider_for_devices(
        self, devices: Sequence[object], options: Mapping[str, str]
    ) -> None:
        """What the session is asked to run on."""
        self.devices = devices


class FakeRuntime:
    """ONNX Runtime whose sessions have nodes where it is told, or cannot be created."""

    def __init__(
        self, nodes: Mapping[str, int], broken: Sequence[str] = (), message: str = "no such op"
    ) -> None:
        self.nodes = nodes
        self.broken = broken
        self.message = message
        self.fallback_flags: list[object] = []

    def SessionOptions(self) -> "FakeOptions":  # noqa: N802 - the runtime's name
        """Takes everything."""
        return FakeOptions()

    def RunOptions(self) -> SimpleNamespace:  # noqa: N802 - same
        """A switch."""
        return SimpleNamespace(terminate=False)

    def InferenceSession(  # noqa: N802 - same
        self,
        source: object,
        options: "FakeOptions",
        providers: Sequence[str] = (),
        enable_fallback: object = None,
    ) -> SimpleNamespace:
        """A session that lists all providers, whatever runs on them."""
        self.fallback_flags.append(enable_fallback)
        provider = "ggml" if options.devices else providers[0]
        if provider in self.broken:
            raise RuntimeError(self.message)
        nodes = self.nodes if options.devices else {CPU_PROVIDER: 8}
        return SimpleNamespace(
            get_inputs=lambda: [SimpleNamespace(name="image")],
            get_providers=lambda: [provider, CPU_PROVIDER],
            get_provider_graph_assignment_info=lambda: [
                SimpleNamespace(ep_name=name, get_nodes=lambda count=count: [None] * count)
                for name, count in nodes.items()
            ],
        )


def use(monkeypatch: pytest.MonkeyPatch, fake: FakeRuntime) -> None:
    """Sessions are opened on the fake."""
    monkeypatch.setattr("emulator.ort.sessions.runtime", lambda: fake)


@needs_onnx
def test_1_an_absent_provider_is_an_error() -> None:
    """ONNX Runtime only warns and runs on the CPU; here it is a PlacementError."""
    with pytest.raises(PlacementError, match="does not run on VitisAIExecutionProvider"):
        open_session(tiny_image_model(), NPU, name="blur")


@needs_onnx
def test_1_an_absent_provider_is_a_warning_where_allowed() -> None:
    """The session runs, says on what, and carries the sentence for the screen."""
    session = open_session(tiny_image_model(), NPU, name="blur", allow_fallback=True)

    assert session.provider == CPU_PROVIDER
    assert session.warning is not None
    assert "blur does not run on VitisAIExecutionProvider" in session.warning


@needs_onnx
def test_nodes_on_the_cpu_are_what_the_cpu_was_asked_for() -> None:
    """On the provider that was asked for there is no warning."""
    session = open_session(tiny_image_model(), CPU, name="blur")

    assert session.warning is None
    assert session.placement.share(CPU_PROVIDER) == 1.0


def test_2_a_plugin_that_cannot_be_created_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """ONNX Runtime would print to stdout and fall back, were its fallback not turned off."""
    fake = FakeRuntime({}, broken=["ggml"], message="shader feature\nmissing")
    use(monkeypatch, fake)

    with pytest.raises(PlacementError) as raised:
        open_session(b"", PLUGIN, name="blur")

    assert str(raised.value) == "ggml cannot run blur: shader feature missing"
    assert fake.fallback_flags == [0]
    assert capfd.readouterr() == ("", "")


def test_2_it_is_opened_on_the_cpu_where_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the reason as the warning."""
    use(monkeypatch, FakeRuntime({}, broken=["ggml"]))

    session = open_session(b"", PLUGIN, name="blur", allow_fallback=True)

    assert session.provider == CPU_PROVIDER
    assert session.warning == "ggml cannot run blur: no such op"


def test_a_file_that_not_even_the_cpu_opens_is_a_model_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fallback that is allowed does not hide a broken file."""
    use(monkeypatch, FakeRuntime({}, broken=["ggml", CPU_PROVIDER], message="protobuf"))

    with pytest.raises(ModelError, match="blur cannot be opened: protobuf"):
        open_session(b"", PLUGIN, name="blur", allow_fallback=True)


@pytest.mark.parametrize("kind", ["npu", "gpu"])
def test_3_no_device_of_a_kind_is_an_error(kind: str) -> None:
    """PREFER_NPU and PREFER_GPU choose the CPU without a word where there is none."""
    binding = BackendBinding("fast", kind)  # type: ignore[arg-type]
    with pytest.raises(DeviceError, match=f"sees no {kind.upper()} on this machine"):
        resolve(binding, TWO_CORES)


def test_3_a_software_adapter_is_used_only_when_it_is_named() -> None:
    """A GPU provider on the CPU is no GPU, unless somebody pins it."""
    software = Device("WebGpuExecutionProvider", "gpu", "Mesa", software=True)
    machine = Machine("1.32.0", 2, (), (software, CPU), ())

    with pytest.raises(DeviceError):
        resolve(BackendBinding("gpu", "gpu"), machine)
    assert resolve(BackendBinding("gpu", "gpu", "webgpuexecutionprovider"), machine) is software


def test_4_a_provider_that_takes_no_node_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """`get_providers()` names it all the same."""
    use(monkeypatch, FakeRuntime({CPU_PROVIDER: 140}))

    with pytest.raises(PlacementError) as raised:
        open_session(b"", PLUGIN, name="blur")

    assert str(raised.value) == (
        "blur does not run on ggml: of 140 nodes 140 on CPUExecutionProvider "
        "(--allow-fallback runs them there)"
    )


def test_4_so_is_one_that_leaves_some_nodes_to_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """The share is known, and most nodes say what runs it."""
    use(monkeypatch, FakeRuntime({"ggml": 93, CPU_PROVIDER: 27}))

    with pytest.raises(PlacementError, match="of 120 nodes 27 on CPUExecutionProvider"):
        open_session(b"", PLUGIN, name="vad")
    session = open_session(b"", PLUGIN, name="vad", allow_fallback=True)
    assert session.provider == "ggml"
    assert session.placement.share("ggml") == pytest.approx(93 / 120)


def test_4_a_placement_that_is_not_told_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    """No nodes at all is not the same as all of them."""
    use(monkeypatch, FakeRuntime({}))

    with pytest.raises(PlacementError, match="does not say where"):
        open_session(b"", PLUGIN, name="blur")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[ONNXRuntimeError] : 7 : INVALID_PROTOBUF : Failed to load model.",
            "Failed to load model.",
        ),
        (
            NESTED,
            "Failed to get a WebGPU adapter: none",
        ),
        (
            "[ONNXRuntimeError] : 1 : FAIL : /src/a.cc:1 void f(int) const Shape is wrong (3)",
            "Shape is wrong (3)",
        ),
        ("", "RuntimeError"),
        ("x" * 1000, "x" * 297 + "..."),
    ],
)
def test_what_the_runtime_says_is_cut_to_what_people_read(text: str, expected: str) -> None:
    """Neither codes nor places in its source, and never endless."""
    assert first_line(RuntimeError(text)) == expected
