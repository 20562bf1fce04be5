"""Sessions that fail in mid-run: the error is raised, and ONNX Runtime prints nothing."""

import numpy as np
import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.journal import BACKEND_DOWN, DROPPED, Event
from emulator.live_request import LiveRequest
from emulator.ort.inference import InferenceRunnable
from emulator.ort.known_providers import CPU_PROVIDER
from emulator.ort.real_backends import RealBackends
from emulator.ort.runnable import BackendBinding
from emulator.ort.sessions import ModelError, open_session
from tests.emulator.ort.live_fakes import run_to_end
from tests.emulator.ort.ort_examples import CPU, TWO_CORES, needs_onnx, one_node_model
from tests.emulator.strategies import Dict

PROFILE: Dict = {"backends": ["cpu"], "models": {"lookup": {"cpu": 1}}}
SCENARIO: Dict = {"streams": [{"name": "cam", "model": "lookup", "arrivals_ms": [0, 1, 2]}]}

pytestmark = needs_onnx


class LookupOpener:
    """Opens a session that looks up `index` in a table of one row: it fails for any but 0."""

    def __init__(self) -> None:
        self.index = np.zeros(3, np.int64)

    def open(self, model: str, backend: BackendBinding) -> InferenceRunnable:
        """A new session; all read the same index."""
        session = open_session(one_node_model("Gather", "INT64", (3,)), CPU, name=model)
        assert session.provider == CPU_PROVIDER
        return InferenceRunnable(session, {"x": self.index})


def test_a_live_run_that_fails_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """The journal says what ONNX Runtime said; file descriptors 1 and 2 stay empty."""
    profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
    opener = LookupOpener()
    asked = LiveRequest(backends=("cpu=cpu",))
    real = RealBackends(profile, scenario, asked, machine=TWO_CORES, openers={"cpu": opener})
    opener.index[:] = 1
    events: list[Event] = []
    engine = Engine(profile, scenario, "fcfs", external=frozenset(real.providers))
    driver = real.driver(engine, events.extend)
    run_to_end(driver)

    (down,) = (event for event in events if event[0] == BACKEND_DOWN)
    assert "out of data bounds" in str(down[3])
    assert sum(event[0] == DROPPED for event in events) == 3
    assert capfd.readouterr() == ("", "")


def test_a_warm_up_that_fails_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """It is one sentence."""
    opener = LookupOpener()
    opener.index[:] = 1
    runnable = opener.open("lookup", BackendBinding("cpu"))
    with pytest.raises(ModelError, match=r"lookup does not run: .*out of data bounds"):
        runnable.warm_up()
    assert capfd.readouterr() == ("", "")
