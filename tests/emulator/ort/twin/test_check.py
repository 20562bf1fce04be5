"""A whole twin check with stand-ins for real backends."""

import io
import json
from dataclasses import replace

import pytest

from emulator.catalog import load_profile
from emulator.errors import UserError
from emulator.live_request import LiveRequest
from emulator.ort.host import Host
from emulator.ort.twin import real_run
from emulator.ort.twin.check import DRAWS, Twin, order_holds, predict, record, twins
from emulator.ort.twin.correcting import AsItIs
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.process import run_for_real
from emulator.ort.twin.real_run import answer, run_here
from emulator.ort.twin.request import TwinRun
from emulator.ort.twin.times import Times, as_told
from emulator.profile import Profile
from tests.emulator.ort.live_fakes import GatedOpener
from tests.emulator.ort.twin.twin_examples import PROFILE, a_slice, seen, twin_run, with_rate

AS_IT_IS = AsItIs(load_profile(PROFILE))
HOST = Host("cpu", 2, "Linux", "3.11", "1.32.0")


def test_a_prediction_that_comes_true_is_right_in_every_cell() -> None:
    """The real run is the predicted one: no error anywhere, and the order is the same."""
    told: list[str] = []
    found = twins(twin_run(), ["edf", "fcfs"], 2, predict, told.append, AS_IT_IS)
    assert [each.policy for each in found] == ["edf", "fcfs"]
    assert {each.error for twin in found for each in twin.cells} <= {0.0, None}
    assert order_holds(found) is True
    assert told[:3] == [
        "edf for real, 1 of 2",
        "fcfs for real, 1 of 2",
        "edf for real, 2 of 2",
    ]


def test_the_order_is_that_of_the_medians() -> None:
    """Predicted 10 % and 20 %, real 30 % and 20 %; without rates nothing is known."""
    rates = {"edf": 0.3, "fcfs": 0.2}

    def run(asked: TwinRun) -> Observation:
        return with_rate(predict(asked), rates[asked.policy])

    a, b = twins(twin_run(), ["edf", "fcfs"], 1, run, lambda _: None, AS_IT_IS)
    swapped = (
        predicted_with(a, 0.1),
        predicted_with(b, 0.2),
    )
    assert order_holds(swapped) is False
    assert order_holds([predicted_with(a, None), b]) is None


def predicted_with(twin: Twin, rate: float | None) -> Twin:
    """The same, but for the violation rate that was predicted."""
    return replace(
        twin,
        pairs=tuple(
            replace(each, predicted=(with_rate(each.predicted[0], rate),)) for each in twin.pairs
        ),
    )


def test_all_rounds_are_run_before_the_first_is_predicted() -> None:
    """Each with what slices took around it, at the speeds of its own run, and other luck."""
    asked: list[tuple[str, object]] = []
    taken = [a_slice(job, 50 * job, 10 if job % 2 else 14) for job in range(40)]

    class Around:
        def prepare(self, number: int) -> None:
            asked.append(("prepare", number))

        def told(self, policy: str) -> Profile:
            return AS_IT_IS.told(policy)

        def times(self, number: int) -> Times:
            asked.append(("times", number))
            profile = AS_IT_IS.told("edf")
            return Times(as_told({"edf": profile}, {"edf": [seen(*taken)]}))

    def run(real: TwinRun) -> Observation:
        assert real.profile is AS_IT_IS.told("edf")
        asked.append(("real", real.seed))
        return predict(real)

    (found,) = twins(twin_run(), ["edf"], 2, run, lambda _: None, Around())
    rounds = [("prepare", 0), ("real", 0), ("prepare", 1), ("real", 0), ("prepare", 2)]
    assert asked == [*rounds, ("times", 0), ("times", 1)]
    predicted = [tuple(each.responses_ms("cam")) for each in found.predicted]
    assert len(set(predicted)) == len(predicted) == 2 * DRAWS
    assert {each for run in predicted for each in run} == {10.1, 14.1}


def test_runs_beside_other_programs_are_marked() -> None:
    """Over a tenth of a core."""
    (found,) = twins(
        twin_run(),
        ["edf"],
        1,
        lambda run: replace(predict(run), foreign_cores=0.5),
        lambda _: None,
        AS_IT_IS,
    )
    assert found.disturbed == 1


def test_hindsight_knows_what_the_slices_of_a_run_took() -> None:
    """They took 20 ms instead of 10: the prediction is half of it, with their times it is right."""
    slices = [a_slice(job, 50 * job + 0.1, 20) for job in range(20)]
    slow = load_profile({**PROFILE, "models": {"m": {"a": {"latency_ms": 20}}}})

    def run(asked: TwinRun) -> Observation:
        return replace(predict(replace(asked, profile=slow)), slices=tuple(slices))

    (found,) = twins(twin_run(), ["edf"], 1, run, lambda _: None, AS_IT_IS)
    p50 = next(each for each in found.cells if each.figure == "response_p50_ms")
    own = next(each for each in found.hindsight if each.figure == "response_p50_ms")
    assert p50.error == pytest.approx(-0.5, abs=0.01)
    assert own.error == pytest.approx(0, abs=1e-6)


def test_the_result_file_says_all() -> None:
    """Machine, versions, load of others, profile and all responses, as plain JSON."""
    found = twins(twin_run(), ["edf"], 2, predict, lambda _: None, AS_IT_IS)
    table = json.loads(json.dumps(record(twin_run(), found, HOST, "as it was")))
    assert table["host"]["onnxruntime"] == "1.32.0"
    assert table["profile"]["name"] == "soc"
    (policy,) = table["policies"]
    assert policy["foreign_cores"] == [None, None]
    assert len(policy["responses_ms"]["cam"]["real"]) == 2
    assert [len(each) for each in policy["responses_ms"]["cam"]["predicted"]] == [20] * 2 * DRAWS


def test_a_run_and_what_was_seen_survive_json() -> None:
    """There and back, the same."""
    run = twin_run()
    again = TwinRun.from_dict(json.loads(json.dumps(run.to_dict())))
    assert again.to_dict() == run.to_dict()
    seen = predict(run)
    assert Observation.from_dict(json.loads(json.dumps(seen.to_dict()))) == seen


def short_run() -> TwinRun:
    """Two jobs, both at once, on one backend that is real."""
    run = twin_run()
    stream = {"name": "cam", "model": "m", "arrivals_ms": [0, 0], "deadline_ms": 1000}
    table = {**run.to_dict(), "scenario": {"streams": [stream]}, "duration_s": "0.001"}
    live = LiveRequest(backends=("a=cpu",)).to_message()
    return TwinRun.from_dict({**table, "live": live})


def test_a_real_run_is_seen_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each slice of a real backend has its decision, its begin and its end, in this order."""
    monkeypatch.setattr(real_run, "LOOK_S", 0.001)
    seen = run_here(short_run(), {"a": GatedOpener(permits=10)})
    assert [each.outcome for each in seen.jobs] == ["met", "met"]
    assert seen.slices
    for each in seen.slices:
        assert (each.backend, each.model, each.phase) == ("a", "m", "inference")
        assert each.begin_ns <= each.end_ns


def test_a_run_that_cannot_be_is_one_sentence() -> None:
    """From the process as an error, and from its caller as a UserError."""
    bad = {**twin_run().to_dict(), "live": LiveRequest(backends=("zzz=cpu",)).to_message()}
    assert "zzz" in str(answer(bad)["error"])


def test_a_process_that_dies_is_told() -> None:
    """Its last words are in the sentence."""
    with pytest.raises(UserError, match="the process of the real run died"):
        run_for_real(twin_run(), module="emulator.ort.twin.no_such_module")


def test_the_process_writes_its_answer(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Request on stdin, answer in the file that it is told."""
    from pathlib import Path

    out = Path(str(tmp_path)) / "out.json"
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"profile": {}, "scenario": {}})))
    real_run.main([str(out)])
    assert json.loads(out.read_text(encoding="utf-8")).keys() == {"error"}
