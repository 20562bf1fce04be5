"""A second provider, really: OpenVINO in a process of its own. Optional; see CONTRIBUTING.md."""

import os
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.journal import BACKEND_DOWN, COMPLETED, FINISHED, Event
from emulator.live_request import LiveRequest
from emulator.ort.real_backends import RealBackends
from tests.emulator.ort.live_fakes import run_to_end
from tests.emulator.ort.ort_examples import needs_onnx, tiny_decoder, tiny_image_model
from tests.emulator.strategies import Dict

PYTHON = os.environ.get("RTGEN_OPENVINO_PYTHON", "")
PROFILE: Dict = {
    "backends": [{"name": "cpu0", "kind": "cpu"}, {"name": "npu", "kind": "npu"}],
    "models": {
        "image": {"cpu0": 1, "npu": 1},
    },
}

pytestmark = [
    needs_onnx,
    pytest.mark.skipif(not PYTHON, reason="RTGEN_OPENVINO_PYTHON names no interpreter"),
]


def asked(model: str, file: Path) -> LiveRequest:
    """The CPU here, and OpenVINO there as the NPU."""
    return LiveRequest(
        backends=("cpu0=cpu", "npu=OpenVINOExecutionProvider"),
        models=(f"{model}={file}",),
        workers=(f"npu={PYTHON}",),
    )


def test_two_providers_execute_one_run(tmp_path: Path) -> None:
    """Both run the same model, each where it is pinned; placement is verified on both sides."""
    file = tmp_path / "image.onnx"
    file.write_bytes(tiny_image_model())
    streams = [
        {"name": name, "model": "image", "on": [name], "arrivals_ms": [0, 1, 2]}
        for name in ("cpu0", "npu")
    ]
    profile, scenario = load_profile(PROFILE), load_scenario({"streams": streams})
    real = RealBackends(profile, scenario, asked("image", file))
    assert real.providers == {"cpu0": "CPUExecutionProvider", "npu": "OpenVINOExecutionProvider"}
    events: list[Event] = []
    engine = Engine(profile, scenario, "edf", external=frozenset(real.providers))
    driver = real.driver(engine, events.extend)
    run_to_end(driver)
    kinds = [event[0] for event in events]
    assert (kinds.count(COMPLETED), kinds.count(BACKEND_DOWN)) == (6, 0)
    ran_on = [event[5] for event in events if event[0] == FINISHED]
    assert sorted(map(str, ran_on)) == ["0", "0", "0", "1", "1", "1"]


def test_what_it_cannot_run_is_said(tmp_path: Path) -> None:
    """Nodes of a decoder would run on the CPU: that is an error, not a silent fallback."""
    file = tmp_path / "llm.onnx"
    file.write_bytes(tiny_decoder())
    chat = {"name": "chat", "model": "llm", "arrivals_ms": [0]}
    scenario = load_scenario({"streams": [{**chat, "prompt_tokens": 8, "output_tokens": 2}]})
    profile: Dict = {
        **PROFILE,
        "models": {"llm": {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 1}}},
    }
    with pytest.raises(UserError, match="does not run on OpenVINOExecutionProvider: of"):
        RealBackends(load_profile(profile), scenario, asked("llm", Path(f"{file},context=160")))
