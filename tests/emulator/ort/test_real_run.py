"""Choosing the real backends of a run, and a live run of the core from start to verified file."""

import queue
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import BackendDown, Mark
from emulator.errors import UserError
from emulator.live_request import LiveRequest, live_request
from emulator.ort.devices import Device, Machine
from emulator.ort.real_backends import RealBackends, chosen, models_on
from emulator.ort.runnable import BackendBinding
from emulator.protocol import Message
from emulator.serving.clock import WallClock
from emulator.serving.core import Core
from emulator.serving.emulation import Emulation, RecordingDesk, RunRequest
from emulator.serving.live import LiveRun
from emulator.serving.real_run import real_emulation
from emulator.session import SessionReader
from emulator.session.errors import SessionError
from emulator.session.verify import verify
from emulator.session.worker import Inline
from tests.emulator.ort.live_fakes import GatedOpener, GatedRunnable
from tests.emulator.strategies import Dict

PROFILE: Dict = {
    "name": "soc",
    "backends": ["a", {"name": "b", "kind": "npu"}, {"name": "c", "kind": "gpu"}],
    "models": {
        "m": {"a": 1, "b": 1},
        "n": {"b": 2},
        "pieces": {"a": {"slices_ms": [1, 1]}},
    },
}
SCENARIO: Dict = {
    "name": "call",
    "streams": [
        {"name": "cam", "model": "m", "arrivals_ms": [0, 1, 2, 3, 4, 5]},
        {"name": "mic", "model": "n", "arrivals_ms": [0, 1, 2]},
    ],
}


def machine(*kinds: str) -> Machine:
    """One on which ONNX Runtime serves these kinds of devices."""
    devices = tuple(Device(f"{kind}Provider", kind, "us") for kind in kinds)  # type: ignore[arg-type]
    return Machine("1.31", 2, (), devices, ())


def test_by_default_all_is_real_that_the_machine_serves() -> None:
    """A laptop profile on a machine with a CPU and a GPU: its NPU is timed by the profile."""
    found = chosen(load_profile(PROFILE), LiveRequest(threads=2), machine("cpu", "gpu"))
    assert [(each.backend, each.kind, each.threads) for each in found] == [
        ("a", "cpu", 2),
        ("c", "gpu", 2),
    ]


@pytest.mark.parametrize(
    ("live", "sentence"),
    [
        (LiveRequest(backends=("d=cpu",)), "--backend: unknown backend of soc 'd'"),
        (LiveRequest(backends=("a=cpu", "a=cpu")), "--backend: 'a' is given twice"),
        (LiveRequest(), "--live: nothing on this machine serves a backend of cpu, npu, gpu"),
        (LiveRequest(backends=("a=cpu",), workers=("b=/x",)), "--worker: 'b' is not one of the"),
        (LiveRequest(backends=("a=cpu",), workers=("b",)), "--worker: expected BACKEND=PYTHON"),
        (
            LiveRequest(backends=("a=cpu",), models=("blurr=face-landmarks",)),
            "--model: unknown model of soc 'blurr'",
        ),
        (
            LiveRequest(backends=("a=cpu",), models=("m=decoder-55m", "m=face-landmarks")),
            "--model: 'm' is given twice",
        ),
    ],
)
def test_a_wrong_choice_is_one_sentence(live: LiveRequest, sentence: str) -> None:
    """It names the option and what is wrong."""
    with pytest.raises(UserError, match=f"^{sentence}"):
        RealBackends(load_profile(PROFILE), load_scenario(SCENARIO), live, machine=machine())


def test_a_worker_opens_what_may_run_there() -> None:
    """The models of the scenario that the profile lists there and that no stage pins elsewhere."""
    profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
    assert models_on(profile, scenario, "a") == ("m",)
    assert models_on(profile, scenario, "b") == ("m", "n")
    pinned = {"streams": [{"name": "cam", "model": "m", "on": ["b"], "rate_hz": 1}]}
    assert models_on(profile, load_scenario(pinned), "a") == ()


def test_a_model_in_pieces_cannot_be_real() -> None:
    """A session runs whole."""
    scenario = load_scenario({"streams": [{"name": "cam", "model": "pieces", "rate_hz": 1}]})
    with pytest.raises(UserError, match=r"runs pieces on a in slices .* but a real session runs"):
        models_on(load_profile(PROFILE), scenario, "a")


@pytest.mark.parametrize(
    "table", [[], {"threads": 0}, {"threads": True}, {"backends": "cpu"}, {"models": [1]}]
)
def test_a_message_with_something_else_is_refused(table: object) -> None:
    """The sender may be wrong in any way."""
    with pytest.raises(UserError, match=r"^start: 'live"):
        live_request(table)


def test_a_request_survives_the_message() -> None:
    """What the command line asks for is what the core hears."""
    asked = LiveRequest(("a=cpu",), ("m=x.onnx",), ("a=/bin/python",), 2, allow_fallback=True)
    assert live_request(asked.to_message()) == asked
    assert live_request(None) is None


# A run of the core


def live_run(permits: int) -> tuple[LiveRun, Emulation, GatedOpener]:
    """Backend a is real, the others are timed by the profile."""
    profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
    opener = GatedOpener(permits=permits)
    live = LiveRequest(backends=("a=cpu",))
    real = RealBackends(profile, scenario, live, openers={"a": opener})
    clock = WallClock()
    request = RunRequest(profile, scenario, "edf", seed=3, live=live)
    desk = RecordingDesk(Inline(), lambda _: None)
    emulation = real_emulation(request, 1, clock, desk, real)
    return LiveRun(emulation, clock), emulation, opener


def until_ended(run: LiveRun, emulation: Emulation, holds: Callable[[], bool]) -> None:
    """Turn the run as the core does."""
    while not holds():
        run.turn()
        run.tend(None)
        with emulation.driver.schedule.changed:  # type: ignore[attr-defined]
            emulation.driver.schedule.changed.wait(0.002)  # type: ignore[attr-defined]


def test_a_recorded_live_run_is_verified(tmp_path: Path) -> None:
    """The header says what was real; the run again is told the measured ends, and is equal."""
    run, emulation, _ = live_run(permits=100)
    path = tmp_path / "live.rtgen"
    handler = run.handler("record")
    assert handler is not None
    handler({"t": "record", "path": str(path)})
    run.begin()
    emulation.apply(Mark("under way"))
    until_ended(run, emulation, lambda: run.state == "ended")
    emulation.driver.waits_for_commands = True
    emulation.apply(BackendDown(0, "enough"))
    run.close("clean")
    with SessionReader(path, scan=True) as reader:
        assert reader.header.live["a"]["provider"] == "FakeExecutionProvider"
        assert reader.header.live["a"]["models"] == {"m": "FakeExecutionProvider"}
        assert "onnxruntime" in reader.header.versions
        found = verify(reader)
    assert found.difference is None
    assert found.commands == 2
    assert found.notes[-1].startswith("a live run: ")
    assert not found.notes[-1].startswith("a live run: 0 ")


def test_a_part_of_a_live_run_cannot_be_verified_and_says_so(tmp_path: Path) -> None:
    """How long slices took before it was recorded is not in the file."""
    run, emulation, _ = live_run(permits=100)
    run.begin()
    until_ended(run, emulation, lambda: run.state == "ended")
    emulation.recorder.cut(emulation.now)
    path = tmp_path / "part.rtgen"
    emulation.driver.waits_for_commands = True
    handler = run.handler("record")
    assert handler is not None
    handler({"t": "record", "path": str(path)})
    emulation.apply(Mark("late"))
    run.close("clean")
    with (
        SessionReader(path, scan=True) as reader,
        pytest.raises(SessionError, match="cannot be verified: it is a part of a live run"),
    ):
        verify(reader)


def test_the_snapshot_says_what_is_real_and_what_is_down() -> None:
    """Backend a is executed by the fake provider, then fails; the npu is the profile's."""
    run, emulation, opener = live_run(permits=1)
    opener.failure = RuntimeError("gone")
    run.begin()
    until_ended(run, emulation, lambda: bool(emulation.snapshot().backends[0].down))
    first, second, _ = emulation.snapshot().backends
    assert (first.provider, first.down) == ("FakeExecutionProvider", "RuntimeError: gone")
    assert (second.provider, second.down) == ("", "")
    run.close("clean")


def test_nodes_that_run_elsewhere_are_told() -> None:
    """Where the user has allowed it; the emulation hands the sentences to its core."""
    profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
    opener = GatedOpener()
    opener.warning = "of 9 nodes 2 on the CPU"
    live = LiveRequest(backends=("a=cpu",), allow_fallback=True)
    real = RealBackends(profile, scenario, live, openers={"a": opener})
    desk = RecordingDesk(Inline(), lambda _: None)
    request = RunRequest(profile, scenario, "edf", live=live)
    emulation = real_emulation(request, 1, WallClock(), desk, real)
    assert emulation.warnings == ("a: of 9 nodes 2 on the CPU",)
    emulation.driver.close()


@pytest.mark.parametrize(
    ("cost", "model", "words"),
    [
        (1, "llm", "llm is one inference in the profile, and what is to run .* a language model"),
        (
            {"prefill_ms": {"per_token": 1}, "decode_ms": 1},
            "m",
            "m is a language model in the profile, and what is to run as it is one inference",
        ),
    ],
)
def test_a_model_of_the_wrong_kind_is_one_sentence(cost: object, model: str, words: str) -> None:
    """Before the run, not as a backend that goes down at its first slice."""
    stream: Dict = {"name": "x", "model": model, "arrivals_ms": [0]}
    if model == "m":
        stream |= {"prompt_tokens": 4, "output_tokens": 2}
    profile = load_profile({"backends": ["a"], "models": {model: {"a": cost}}})
    live = LiveRequest(backends=("a=cpu",))
    with pytest.raises(UserError, match=f"^backend 'a': {words}"):
        RealBackends(
            profile, load_scenario({"streams": [stream]}), live, openers={"a": GatedOpener()}
        )


class SlowOpener(GatedOpener):
    """Opens a model when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = threading.Event()

    def open(self, model: str, backend: BackendBinding) -> GatedRunnable:
        """A model, later."""
        self.allowed.wait()
        return super().open(model, backend)


class ReleasingOpener(GatedOpener):
    """Refuses, and lets another one open from there on."""

    def __init__(self, other: SlowOpener) -> None:
        super().__init__(refuses="m")
        self._other = other

    def open(self, model: str, backend: BackendBinding) -> GatedRunnable:
        """Never a model."""
        self._other.allowed.set()
        return super().open(model, backend)


def test_backends_that_still_open_are_waited_for_when_another_one_cannot() -> None:
    """A process that ends while a thread is inside ONNX Runtime aborts without a word."""
    slow = SlowOpener()
    before = set(threading.enumerate())
    live = LiveRequest(backends=("a=cpu", "b=npu"))
    openers = {"a": ReleasingOpener(slow), "b": slow}
    with pytest.raises(UserError, match="cannot open 'm'"):
        RealBackends(load_profile(PROFILE), load_scenario(SCENARIO), live, openers=openers)
    assert set(threading.enumerate()) <= before


def test_a_live_run_has_the_speed_and_the_effects_of_the_machine() -> None:
    """Both are refused before anything is opened."""
    profile, scenario = load_profile(PROFILE), load_scenario(SCENARIO)
    request = RunRequest(profile, scenario, "edf", live=LiveRequest())
    desk = RecordingDesk(Inline(), lambda _: None)
    for wrong in (replace(request, speed=2.0), replace(request, effects="contention")):
        with pytest.raises(UserError, match="a live run"):
            real_emulation(wrong, 1, WallClock(), desk)


def test_the_core_refuses_a_live_run_it_cannot_make() -> None:
    """One sentence, and the core goes on."""
    inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
    sent: list[Message] = []

    class Outbox:
        ready = True

        def send(self, message: Message) -> None:
            sent.append(message)

    core = Core(WallClock(), inbox, Outbox())
    live = {"backends": ["nonsense=cpu"]}
    start: Message = {
        "t": "start",
        "profile": PROFILE,
        "scenario": SCENARIO,
        "policy": "edf",
        "live": live,
    }
    inbox.put(start)
    core.turn()
    (error,) = sent
    assert str(error["message"]).startswith("--backend: unknown backend of soc 'nonsense'")
    assert core.finished is None
