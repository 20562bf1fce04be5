"""The core's counterfactual: asked by a message, answered by frames, off the way of the run."""

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import SwapPolicy
from emulator.errors import UserError
from emulator.protocol import Message
from emulator.serving import what_if
from emulator.serving.what_if import POLL_NS
from emulator.session.origin import Origin
from emulator.study import counterfactual_worker
from emulator.study.counterfactual import AS_IT_WAS, CounterfactualRequest, counterfactual
from emulator.study.counterfactual_updates import CatchingUp, Done, Failed, Found, Update
from tests.emulator.desk import Desk

S = 1_000_000_000
REFRESH_NS = 2 * S
START: Message = {
    "t": "start",
    "profile": "ryzen-ai-9-hx-370",
    "scenario": "overload",
    "policy": "fcfs",
    "seed": 4,
}
POLICIES = ("fcfs", "edf", "hybrid")


class WorkerAtHand:
    """Answers in this process, one update each time it is looked at."""

    def __init__(self) -> None:
        self.asked: list[CounterfactualRequest] = []
        self.updates: list[Update] = []
        self.is_busy = False
        self.is_closed = False

    def start(self, request: CounterfactualRequest) -> int:
        """Finds the figures out the plain way."""
        self.asked.append(request)
        found = [Found(1, each) for each in counterfactual(request)]
        self.updates = [CatchingUp(1, 0.5), *found, Done(1)]
        self.is_busy = True
        return 1

    def poll(self) -> list[Update]:
        """The next update."""
        update = self.updates.pop(0)
        self.is_busy = not isinstance(update, Done | Failed)
        return [update]

    def cancel(self) -> None:
        """Gives up."""
        self.is_busy = False

    def close(self) -> None:
        """Ends."""
        self.is_closed = True


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> WorkerAtHand:
    """What the core takes for its worker; the machine has a core to spare."""
    made = WorkerAtHand()
    monkeypatch.setattr(counterfactual_worker, "CounterfactualWorker", lambda: made)
    monkeypatch.setattr(what_if, "a_core_is_idle", lambda: True)
    monkeypatch.setattr(what_if, "REFRESH_NS", REFRESH_NS)
    return made


def told(desk: Desk) -> list[Message]:
    """The frames about it."""
    return [each for each in desk.sent if each["t"] == "what-if"]


def asked_after(desk: Desk, wall_ns: int, **more: object) -> None:
    """A run of so long, and then the question."""
    desk.say(START)
    desk.run_to(wall_ns)
    desk.say({"t": "what-if", "policies": POLICIES, **more})


def test_the_figures_are_those_of_runs_of_their_own(worker: WorkerAtHand) -> None:
    """Each policy's figures over the last seconds, with the swaps that were made, exactly."""
    desk = Desk(real=True)
    desk.say(START)
    desk.run_to(2 * S)
    desk.say({"t": "swap", "policy": "llf"})
    desk.run_to(5 * S)
    desk.say({"t": "what-if", "policies": POLICIES, "span_ns": 2 * S})
    desk.run_to(5 * S + 6 * POLL_NS)

    origin = Origin(
        load_profile("ryzen-ai-9-hx-370"), load_scenario("overload"), "fcfs", seed=4, run=1
    )
    (asked,) = worker.asked
    assert asked.now_ns == 5 * S
    plain = CounterfactualRequest(
        origin, ((2 * S, SwapPolicy("llf")),), 5 * S, (AS_IT_WAS, *POLICIES), 2 * S
    )
    newest = told(desk)[-1]
    assert newest["done"]
    assert newest["figures"] == tuple(
        (each.policy, each.known, each.missed, each.ttft_p95_ms, each.tokens_per_s, "")
        for each in counterfactual(plain)
    )
    assert (newest["begin_ns"], newest["end_ns"]) == (3 * S, 5 * S)


@pytest.mark.usefixtures("worker")
def test_figures_come_one_by_one() -> None:
    """First the way to the span, then a policy after the other."""
    desk = Desk(real=True)
    asked_after(desk, 1 * S)
    desk.run_to(1 * S + 7 * POLL_NS)

    shares = [(each["share"], len(each["figures"]), each["done"]) for each in told(desk)]  # type: ignore[arg-type]
    begun, counts = (0.0, 0, False), range(1, 5)
    assert shares == [begun, (0.5, 0, False), *((1.0, n, False) for n in counts), (1.0, 4, True)]


def test_it_is_asked_again_while_somebody_looks(worker: WorkerAtHand) -> None:
    """A while after each answer, and no more once nobody wants to know."""
    desk = Desk(real=True)
    asked_after(desk, 1 * S, span_ns=S)
    desk.run_to(2 * S + REFRESH_NS)
    assert [each.now_ns > S for each in worker.asked] == [False, True]

    desk.say({"t": "what-if", "policies": ()})
    desk.run_to(3 * S + 3 * REFRESH_NS)
    assert len(worker.asked) == 2


def test_a_busy_machine_is_not_asked_again(
    worker: WorkerAtHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is owed to the user; refreshing waits for a core to spare."""
    monkeypatch.setattr(what_if, "a_core_is_idle", lambda: False)
    desk = Desk(real=True)
    asked_after(desk, 1 * S, span_ns=S)
    desk.run_to(3 * S + 2 * REFRESH_NS)

    assert len(worker.asked) == 1


def test_a_run_that_stands_still_is_not_asked_again(worker: WorkerAtHand) -> None:
    """Its figures cannot have changed."""
    desk = Desk(real=True)
    asked_after(desk, 1 * S, span_ns=S)
    desk.say({"t": "pause"})
    desk.run_to(3 * S + 2 * REFRESH_NS)

    assert len(worker.asked) == 1


def test_another_run_ends_the_worker(worker: WorkerAtHand) -> None:
    """Its figures are of the run before."""
    desk = Desk(real=True)
    asked_after(desk, 1 * S)
    desk.say(START)

    assert worker.is_closed


def test_a_machine_without_processes_says_so(
    worker: WorkerAtHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frame holds the sentence, and the run goes on."""

    def refuse(_: object) -> int:
        raise UserError("there is no such process here")

    monkeypatch.setattr(worker, "start", refuse)
    desk = Desk(real=True)
    asked_after(desk, 1 * S)
    desk.run_to(2 * S)

    assert told(desk)[-1]["error"] == "there is no such process here"
    assert desk.errors == []


@pytest.mark.parametrize(
    ("policies", "sentence"),
    [
        ("edf", "what-if: 'policies' must be a list of at most 40 texts"),
        ([3], "what-if: 'policies' must be a text"),
        (["edf"] * 41, "what-if: 'policies' must be a list of at most 40 texts"),
    ],
)
def test_a_wrong_question_is_refused(policies: object, sentence: str) -> None:
    """One sentence that says what would be right."""
    desk = Desk(real=True)
    desk.say(START, {"t": "what-if", "policies": policies})

    assert desk.errors == [sentence]


def test_an_unknown_policy_is_refused_before_anything_runs(worker: WorkerAtHand) -> None:
    """By the sentence that every unknown policy gets."""
    desk = Desk(real=True)
    desk.say(START, {"t": "what-if", "policies": ["ddf"]})

    assert "ddf" in desk.errors[0]
    assert worker.asked == []


def test_it_needs_a_live_run() -> None:
    """There is nothing to ask about before a run."""
    desk = Desk(real=True)
    desk.say({"t": "what-if", "policies": ["edf"]})

    assert desk.errors == ["what-if: no run has been started"]
