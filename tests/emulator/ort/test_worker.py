"""Workers in threads and in processes, with models that wait for the test."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import AddStreams, Mark, StopStream
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.journal import BACKEND_DOWN, COMPLETED, DROPPED, MARKER, RELEASED, STARTED, Event
from emulator.ort.live import LiveDriver
from emulator.ort.remote import RemoteOpener
from emulator.ort.runnable import BackendBinding, Opener
from emulator.ort.worker import BackendWorker
from tests.emulator.audit import Audit
from tests.emulator.ort.live_fakes import FACTORY, GatedOpener
from tests.emulator.ort.ort_examples import needs_onnx, tiny_opener
from tests.emulator.strategies import Dict

PATIENCE_S = 20
LLM = {"prefill_ms": {"per_token": 1}, "decode_ms": 2}
PROFILE: Dict = {
    "backends": ["a", "b"],
    "models": {"m": {"a": 1, "b": 1}, "only-a": {"a": 1}, "llm": {"a": LLM}},
}
THREE: Dict = {"name": "cam", "model": "m", "arrivals_ms": [0, 0, 0]}


class Run:
    """A live run whose journal the test waits for."""

    def __init__(self, *streams: Dict, policy: str = "fcfs", **openers: Opener) -> None:
        profile, scenario = load_profile(PROFILE), load_scenario({"streams": list(streams)})
        self.events: list[Event] = []
        self.audit = Audit(profile, list(scenario.streams), policy)
        models = {stage.model for stream in scenario.streams for stage in stream.stages}
        engine = Engine(profile, scenario, policy, external=frozenset(openers))
        names = profile.backend_names
        self.workers = [
            BackendWorker(
                names.index(name),
                BackendBinding(name),
                sorted(each for each in models if name in profile.models[each]),
                opener,
            )
            for name, opener in openers.items()
        ]
        for worker in self.workers:
            worker.start()
        for worker in self.workers:
            worker.wait_until_open()
        self.driver = LiveDriver(engine, self._take, self.workers)

    def _take(self, events: list[Event]) -> None:
        self.events += events
        self.audit.read(events)

    def until(self, holds: Callable[[], bool]) -> None:
        """Turn the driver as its core does until something holds."""
        until_s = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < until_s, self.events[-5:]
            with self.driver.schedule.changed:
                self.driver.schedule.changed.wait(0.002)
            self.driver.turn()

    def count(self, kind: str) -> int:
        """Events of this kind so far."""
        return sum(event[0] == kind for event in self.events)


@pytest.fixture
def closing() -> Iterator[list[LiveDriver]]:
    """Drivers that are closed at the end of the test."""
    drivers: list[LiveDriver] = []
    yield drivers
    for driver in drivers:
        driver.close()


def test_workers_run_what_the_engine_starts(closing: list[LiveDriver]) -> None:
    """Two workers run three jobs of 1 ms and the run ends; nothing breaks a rule."""
    opener = GatedOpener(permits=3)
    run = Run(THREE, a=opener, b=GatedOpener(permits=3))
    closing.append(run.driver)
    assert run.driver.state == "paused"
    run.driver.resume()
    run.until(lambda: run.driver.state == "ended")
    assert run.count(COMPLETED) == 3
    run.audit.close()
    assert opener.calls[0] == ("warm_up", "m")


def test_time_goes_on_for_commands_while_a_slice_runs(closing: list[LiveDriver]) -> None:
    """A mark is taken while the worker is inside the model; the slice ends after it."""
    opener = GatedOpener()
    run = Run({**THREE, "arrivals_ms": [0]}, a=opener)
    closing.append(run.driver)
    run.driver.resume()
    assert opener.begun.acquire(timeout=PATIENCE_S)
    t_ns = run.driver.apply(Mark("inside"))
    assert run.count(MARKER) == 1
    opener.permits.release()
    run.until(lambda: run.driver.state == "ended")
    (completed,) = [event for event in run.events if event[0] == COMPLETED]
    assert isinstance(completed[1], int)
    assert completed[1] > t_ns > 0


def test_an_answer_is_prefilled_decoded_and_forgotten(closing: list[LiveDriver]) -> None:
    """The worker keeps one cache per request and frees it before the next slice."""
    opener = GatedOpener(permits=100)
    chat: Dict = {
        "name": "chat",
        "model": "llm",
        "arrivals_ms": [0, 1],
        "prompt_tokens": 4,
        "output_tokens": 3,
        "cached_prefix_tokens": 2,
    }
    run = Run(chat, a=opener)
    closing.append(run.driver)
    run.driver.resume()
    run.until(lambda: run.driver.state == "ended")
    calls = [call for call in opener.calls if call[1] == 1 and call[0] != "warm_up"]
    assert calls == [("prefill", 1, 2, 6), ("decode", 1, 7), ("decode", 1, 8), ("forget", 1)]
    assert [call for call in opener.calls if call[0] == "prefill"][1] == ("prefill", 2, 2, 6)


def test_more_requests_than_caches_are_told_and_lose_nothing(closing: list[LiveDriver]) -> None:
    """Of three answers that are written in turn, two have caches: one marker, and all complete."""
    opener = GatedOpener(permits=100)
    opener.max_requests = 2
    chat: Dict = {
        "name": "chat",
        "model": "llm",
        "arrivals_ms": [0, 0, 0],
        "prompt_tokens": 4,
        "output_tokens": 3,
    }
    run = Run(chat, policy="round-robin", a=opener)
    closing.append(run.driver)
    run.driver.resume()
    run.until(lambda: run.driver.state == "ended")
    (marker,) = [event for event in run.events if event[0] == MARKER]
    assert str(marker[2]).startswith("llm on a: more requests than the 2 KV caches")
    assert (run.count(COMPLETED), run.count(BACKEND_DOWN), run.count(DROPPED)) == (3, 0, 0)
    run.audit.close()


@needs_onnx
def test_a_17th_request_of_a_real_model_leaves_its_backend_up(
    closing: list[LiveDriver], tmp_path: Path
) -> None:
    """Twenty answers of a decoder are written in turn, token by token, and all complete."""
    chat: Dict = {
        "name": "chat",
        "model": "llm",
        "arrivals_ms": [0] * 20,
        "prompt_tokens": 8,
        "output_tokens": 3,
    }
    run = Run(chat, policy="round-robin", a=tiny_opener(tmp_path))
    closing.append(run.driver)
    run.driver.resume()
    run.until(lambda: run.driver.state == "ended")
    assert (run.count(COMPLETED), run.count(BACKEND_DOWN), run.count(MARKER)) == (20, 0, 0)
    run.audit.close()


def test_a_model_that_raises_takes_its_backend_down(closing: list[LiveDriver]) -> None:
    """The other worker runs all jobs; the journal says what was raised."""
    opener = GatedOpener(permits=1)
    opener.failure = RuntimeError("device removed")
    run = Run(THREE, a=opener, b=GatedOpener(permits=3))
    closing.append(run.driver)
    run.driver.resume()
    run.until(lambda: run.driver.state == "ended")
    (down,) = [event for event in run.events if event[0] == BACKEND_DOWN]
    assert down[2:] == (0, "RuntimeError: device removed")
    assert run.count(COMPLETED) == 3
    run.audit.close()


def test_closing_breaks_off_what_runs_and_is_no_outage() -> None:
    """A slice that would never end is told to; the journal says nothing of it."""
    opener = GatedOpener()
    run = Run(THREE, a=opener)
    run.driver.resume()
    assert opener.begun.acquire(timeout=PATIENCE_S)
    run.driver.close()
    assert not any(worker.is_alive() for worker in run.workers)
    assert run.count(BACKEND_DOWN) == 0


def test_a_model_that_cannot_be_opened_is_told_in_one_sentence() -> None:
    """Whoever waits for the worker gets the opener's own words."""
    worker = BackendWorker(0, BackendBinding("a"), ["m"], GatedOpener(refuses="m"))
    worker.start()
    with pytest.raises(UserError, match=r"^backend 'a' cannot open 'm'$"):
        worker.wait_until_open()


def test_a_live_run_has_one_speed_and_no_steps(closing: list[LiveDriver]) -> None:
    """Both are refused in one sentence; speed 1 is what it has."""
    run = Run(THREE, a=GatedOpener())
    closing.append(run.driver)
    run.driver.set_speed(1.0)
    with pytest.raises(UserError, match="a live run goes at speed 1, not 2"):
        run.driver.set_speed(2.0)
    with pytest.raises(UserError, match="cannot be stepped"):
        run.driver.step()


# In a process of its own


def test_a_killed_worker_process_loses_no_job_and_counts_none_twice(
    closing: list[LiveDriver],
) -> None:
    """A kill -9 in mid-run: the journal says so, what can run elsewhere does, the rest drops."""
    remote = RemoteOpener(sys.executable, FACTORY)
    streams: list[Dict] = [
        {"name": "cam", "model": "m", "rate_hz": 1000},
        {"name": "mic", "model": "only-a", "rate_hz": 500},
    ]
    run = Run(*streams, a=remote, b=GatedOpener(permits=1_000_000))
    closing.append(run.driver)
    run.driver.resume()
    run.until(lambda: run.count(COMPLETED) >= 50)
    assert remote.pid is not None
    os.kill(remote.pid, signal.SIGKILL)
    run.until(lambda: run.count(DROPPED) >= 10)
    for stream in streams:
        run.driver.apply(StopStream(str(stream["name"])))
    run.until(lambda: run.driver.state == "ended")
    remote.close()
    (down,) = [event for event in run.events if event[0] == BACKEND_DOWN]
    assert down[2:] == (0, f"its process {remote.pid} was ended by signal 9")
    assert run.count(COMPLETED) + run.count(DROPPED) == run.count(RELEASED)
    assert {event[4] for event in run.events if event[0] == DROPPED} == {"backend-down"}
    run.audit.close()


def test_a_process_that_is_killed_while_idle_is_noticed_before_its_next_slice(
    closing: list[LiveDriver],
) -> None:
    """Nothing is to run for an hour: the journal says it, and the next job goes elsewhere."""
    remote = RemoteOpener(sys.executable, FACTORY)
    later: Dict = {"name": "cam", "model": "m", "arrivals_ms": [3_600_000]}
    run = Run(later, a=remote, b=GatedOpener(permits=1))
    closing.append(run.driver)
    run.driver.resume()
    assert remote.pid is not None
    os.kill(remote.pid, signal.SIGKILL)
    run.until(lambda: run.count(BACKEND_DOWN) == 1)
    now: Dict = {"name": "mic", "model": "m", "arrivals_ms": [0]}
    run.driver.apply(AddStreams(load_scenario({"streams": [now]}).streams))
    run.until(lambda: run.count(COMPLETED) == 1)
    remote.close()
    (down,) = [event for event in run.events if event[0] == BACKEND_DOWN]
    assert down[2:] == (0, f"its process {remote.pid} was ended by signal 9")
    assert {event[5] for event in run.events if event[0] == STARTED} == {1}


def test_a_process_that_ends_as_told_is_no_outage() -> None:
    """Closing the run and then its process writes nothing into the journal."""
    remote = RemoteOpener(sys.executable, FACTORY)
    before = set(threading.enumerate())
    run = Run({**THREE, "arrivals_ms": [3_600_000]}, a=remote)
    run.driver.resume()
    run.driver.close()
    remote.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    run.driver.turn()
    assert run.count(BACKEND_DOWN) == 0


def test_a_process_answers_calls_and_refuses_in_its_openers_words() -> None:
    """A model opens and runs there; one that is refused gives the sentence of the other side."""
    remote = RemoteOpener(sys.executable, FACTORY, {"broken": "x.onnx"})
    try:
        runnable = remote.open("llm", BackendBinding("a"))
        assert (runnable.provider, runnable.is_llm) == ("FakeExecutionProvider", True)
        runnable.warm_up()
        assert runnable.prefill(1, 0, 4) == 7
        assert runnable.decode(1, 5) == 8
        runnable.forget(1)
        with pytest.raises(UserError, match=r"^backend 'a' cannot open 'broken'$"):
            remote.open("broken", BackendBinding("a"))
    finally:
        remote.close()


def test_an_interpreter_that_is_none_is_one_sentence() -> None:
    """The option, what it was given, and why it does not work."""
    remote = RemoteOpener("/no/such/python", FACTORY)
    with pytest.raises(
        UserError, match=r"^--worker a=/no/such/python: it cannot be started: No su"
    ):
        remote.open("m", BackendBinding("a"))


def test_a_process_that_cannot_load_says_why() -> None:
    """An interpreter without our package, say: the last line of what it wrote is told."""
    remote = RemoteOpener(sys.executable, "no_such_module:f")
    with pytest.raises(UserError, match=r"ended with status 1: ModuleNotFoundError: No module"):
        remote.open("m", BackendBinding("a"))
    remote.close()


def test_no_thread_stays_behind() -> None:
    """A driver that was closed leaves no thread of its own."""
    before = set(threading.enumerate())
    run = Run(THREE, a=GatedOpener(permits=3), b=GatedOpener())
    run.driver.resume()
    run.driver.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
