"""A second provider family, for real: WebGPU as a plug-in, on a GPU or a software adapter.

Runs where onnxruntime-ep-webgpu is installed and finds a device (CONTRIBUTING.md says how).
"""

from importlib.util import find_spec

import numpy as np
import pytest

from emulator.ort.bindings import parse_binding, resolve
from emulator.ort.devices import Device, discover
from emulator.ort.host import Patience
from emulator.ort.language import LanguageRunnable
from emulator.ort.measure import measure_quietly
from emulator.ort.sessions import open_session
from emulator.ort.tensors import feeds, tensors
from emulator.ort.timings import Effort, measured
from tests.emulator.ort.ort_examples import (
    CPU,
    TINY_DECODER,
    needs_onnx,
    tiny_decoder,
    tiny_image_model,
)

PROVIDER = "WebGpuExecutionProvider"

pytestmark = [
    needs_onnx,
    pytest.mark.skipif(
        find_spec("onnxruntime_ep_webgpu") is None,
        reason="optional: needs onnxruntime-ep-webgpu and a GPU or a software adapter",
    ),
]


@pytest.fixture
def webgpu() -> Device:
    """The device, found as users find it."""
    machine = discover()
    if not any(each.provider == PROVIDER for each in machine.devices):
        pytest.skip("optional: WebGPU finds no device here")
    return resolve(parse_binding(f"gpu={PROVIDER}"), machine)


def test_a_plugin_runs_every_node_and_computes_the_same(webgpu: Device) -> None:
    """The graph assignment shows no fallback, and the output is the CPU's but for rounding."""
    found = []
    for device in (CPU, webgpu):
        session = open_session(tiny_image_model(), device, name="image")
        inputs = feeds("image", tensors(session.raw.get_inputs()), {}, {})
        found.append(session.run(inputs)[0])
        assert session.placement.share(device.provider) == 1.0
        assert session.warning is None

    assert np.allclose(found[0], found[1], atol=1e-4)


def test_a_plugin_is_measured_as_the_cpu_is(webgpu: Device) -> None:
    """Its runs take time."""
    session = open_session(tiny_image_model(), webgpu, name="image")
    inputs = feeds("image", tensors(session.raw.get_inputs()), {}, {})
    effort = Effort(warm_up=1, runs=3)
    figure = measure_quietly(lambda: measured(lambda: session.run(inputs), effort), Patience())
    assert figure.timings.n == 3
    assert figure.timings.min > 0


def test_a_decoder_writes_its_cache_where_it_runs(webgpu: Device) -> None:
    """A prompt that is read in pieces is followed by what follows the whole; see docs/live.md."""
    session = open_session(tiny_decoder(), webgpu, name="llm", allow_fallback=True)
    runnable = LanguageRunnable(session, TINY_DECODER.context)
    whole = runnable.prefill(1, 0, 28)
    runnable.forget(1)
    runnable.prefill(1, 0, 20)
    pieces = [runnable.prefill(1, end - 1, end) for end in range(21, 29)]
    assert session.provider == PROVIDER
    assert pieces[-1] == whole
