"""Measuring models for real, going on where it was stopped, and the profile that comes out."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from emulator import load_profile, simulate
from emulator.errors import UserError
from emulator.ort.host import host
from emulator.ort.measure import Figure, ModelFigures, measure_model
from emulator.ort.measured_profile import (
    Circumstances,
    MeasuredBackend,
    noise_sigma,
    profile_text,
)
from emulator.ort.measurements import Measurements, begun, keep, partial_file
from emulator.ort.measuring import Measuring, Plan
from emulator.ort.models.card import ModelFile
from emulator.ort.models.catalog import card
from emulator.ort.opener import SessionOpener
from emulator.ort.runnable import BackendBinding
from emulator.ort.slowdown import Slowdown, mean_factor
from emulator.ort.timings import Effort, Timings
from emulator.ort.toml_text import table
from tests.emulator.ort.ort_examples import CPU, TWO_CORES, needs_onnx, tiny_opener

CPU0, CPU1 = BackendBinding("cpu0"), BackendBinding("cpu1")
QUICK = Effort(warm_up=1, runs=3)
HERE = host("1.32.0", 2)
ABOUT = Circumstances("my-laptop", "A CPU", "onnxruntime 1.32.0", "2026-11-22")


def figure(p50: float, p95: float | None = None) -> Figure:
    """A measurement with these percentiles."""
    tail = p95 or p50
    return Figure(Timings(100, p50, p50, 0.0, p50, tail, tail, tail, tail), 0.02)


def vision(model: str = "blur", p50: float = 12.0, p95: float | None = None) -> ModelFigures:
    """The figures of an image model."""
    return ModelFigures(
        model, CPU.provider, 15, {CPU.provider: 94}, {"inference": figure(p50, p95)}
    )


def llm(**figures: float) -> ModelFigures:
    """The figures of a language model: prefill_32=8 and so on."""
    named = {name.replace("_", "-"): figure(ms) for name, ms in figures.items()}
    return ModelFigures("chat", CPU.provider, 150, {CPU.provider: 116}, named, 8192)


def loaded(*models: ModelFigures, slowdowns: tuple[Slowdown, ...] = ()) -> dict[str, object]:
    """The profile of these figures on cpu0 and cpu1, once it has been loaded."""
    backends = [MeasuredBackend(each, CPU, models) for each in (CPU0, CPU1)]
    text = profile_text(ABOUT, backends, slowdowns, {})
    return load_profile(tomllib.loads(text)).to_dict()


def entry(profile: dict[str, object], model: str) -> dict[str, object]:
    """What the profile says about the model on cpu0, as it was written."""
    models = profile["models"]
    assert isinstance(models, dict)
    found = models[model]["cpu0"]
    assert isinstance(found, dict)
    return found


@needs_onnx
def test_an_image_model_is_measured(tmp_path: Path) -> None:
    """With where its nodes ran and what it took to open it."""
    found = measure_model(tiny_opener(tmp_path), "image", CPU0, QUICK)

    assert not found.is_llm
    assert list(found.nodes) == [CPU.provider]
    assert found.create_ms > 0
    assert found.figures["inference"].timings.n == 3
    assert ModelFigures.from_dict(json.loads(json.dumps(found.to_dict()))) == found


@needs_onnx
def test_a_language_model_is_measured_as_far_as_its_context_goes(tmp_path: Path) -> None:
    """160 tokens: prompts of 32 and 128, a token on top of 128."""
    heard: list[str] = []
    found = measure_model(tiny_opener(tmp_path), "llm", CPU0, QUICK, heard.append)

    assert list(found.figures) == ["prefill-32", "prefill-128", "decode-128"]
    assert heard == ["open", *found.figures]
    assert found.kv_bytes_per_token is not None


@needs_onnx
def test_a_context_that_is_too_short_is_one_sentence(tmp_path: Path) -> None:
    """Nothing could be said about decoding."""
    opener = tiny_opener(tmp_path)
    short = {"llm": ModelFile(tmp_path / "llm.onnx", context=100)}
    with pytest.raises(UserError, match="too short to be measured"):
        measure_model(SessionOpener(short, opener.machine), "llm", CPU0, QUICK)


@needs_onnx
def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    """What was kept is not measured again; the profile loads and runs; the leftovers are gone."""
    out = tmp_path / "mine.toml"
    plan = Plan((CPU0, CPU1), ("image", "llm"), ("image",), QUICK, QUICK)
    first = Measuring(plan, tiny_opener(tmp_path), out, begun(out, HERE)[0])
    titles = [step.title for step in first.steps()]
    first.run(next(first.steps()), lambda _: None)

    kept, is_other = begun(out, HERE)
    again = Measuring(plan, tiny_opener(tmp_path), out, kept)
    assert [step.done for step in again.steps()] == [True, False, False, False]
    for step in again.steps():
        if not step.done:
            again.run(step, lambda _: None)
    out.write_text(again.profile("mine", HERE, {}), encoding="utf-8")
    again.finish()

    assert titles == [
        "image on cpu0",
        "llm on cpu0",
        "image on cpu0 beside image on cpu1",
        "image on cpu1 beside image on cpu0",
    ]
    assert not is_other
    assert not partial_file(out).exists()
    profile = load_profile(out)
    assert profile.backend_names == ("cpu0", "cpu1")
    assert dict(profile.backends[0].slowdown or {}).keys() == {"cpu1"}
    assert profile.models["llm"].is_llm
    stream = {"name": "cam", "model": "image", "arrivals_ms": [0]}
    assert simulate(profile, {"streams": [stream]}, "edf").summary.overall.completed == 1


@needs_onnx
def test_a_model_that_does_not_run_is_left_out(tmp_path: Path) -> None:
    """The others are measured; it is said which one and why."""
    opener = tiny_opener(tmp_path)
    plan = Plan((CPU0,), ("image", "broken"), (), QUICK)
    (tmp_path / "broken.onnx").write_text("no model")
    models = {
        "image": ModelFile(tmp_path / "image.onnx"),
        "broken": ModelFile(tmp_path / "broken.onnx"),
    }
    measuring = Measuring(
        plan,
        SessionOpener(models, opener.machine),
        tmp_path / "out.toml",
        Measurements(HERE.to_dict()),
    )
    for step in measuring.steps():
        measuring.run(step, lambda _: None)

    (failure,) = measuring.failures
    assert failure.title == "broken on cpu0"
    assert "cannot be opened" in failure.reason
    assert set(load_profile(tomllib.loads(measuring.profile("p", HERE, {}))).models) == {"image"}


def test_nothing_measured_is_no_profile(tmp_path: Path) -> None:
    """One sentence instead of a file that does not load."""
    plan = Plan((CPU0,), ("blur",))
    opener = SessionOpener(machine=TWO_CORES)
    measuring = Measuring(plan, opener, tmp_path / "x.toml", Measurements(HERE.to_dict()))
    with pytest.raises(UserError, match="no model could be measured"):
        measuring.profile("x", HERE, {})


def test_what_another_machine_left_is_not_used(tmp_path: Path) -> None:
    """It begins anew, and says so."""
    out = tmp_path / "out.toml"
    other = replace(HERE, cpu="another CPU")
    keep(out, Measurements(other.to_dict(), {"blur on x": vision()}))

    assert begun(out, other)[0].models == {"blur on x": vision()}
    assert begun(out, HERE) == (Measurements(HERE.to_dict()), True)


@pytest.mark.parametrize(
    "text", ["", "[]", "null", '{"format": 1}', '{"format": 9}', "[" * 100_000, '{"models": 3}']
)
def test_leftovers_that_cannot_be_read_count_as_none(text: str, tmp_path: Path) -> None:
    """A torn or foreign file is no reason to stop."""
    out = tmp_path / "out.toml"
    partial_file(out).write_text(text, encoding="utf-8")
    assert begun(out, HERE) == (Measurements(HERE.to_dict()), False)


def test_a_measured_inference_stands_in_the_profile() -> None:
    """p50, p99 and a lognormal noise through p95; four digits; its source and conditions."""
    found = entry(loaded(vision(p50=12.34567, p95=14.0)), "blur")

    assert found["latency_ms"] == "12.35"
    assert found["p99_ms"] == 14
    assert found["noise"] == {"dist": "lognormal", "sigma": pytest.approx(0.07645, rel=1e-3)}
    assert found["basis"] == "measured"
    assert found["software"] == ABOUT.software
    conditions = str(found["conditions"])
    assert "94 nodes on CPUExecutionProvider" in conditions
    assert "p95 14" in conditions
    assert "others took 2 % of a core" in conditions


def test_the_noise_reproduces_the_95th_percentile() -> None:
    """p50 times exp(1.645 sigma) is p95."""
    timings = figure(10, 13).timings
    assert 10 * 2.718281828459045 ** (1.6448536269514722 * noise_sigma(timings)) == pytest.approx(
        13
    )


def test_a_measured_language_model_stands_in_the_profile() -> None:
    """Curves of prefill and decode, and what a chunk costs beyond its tokens."""
    figures = llm(prefill_32=8, prefill_128=30, prefill_512=150, chunked=156, decode_128=1.5)
    found = entry(loaded(replace(figures)), "chat")

    assert found["prefill_ms"] == [[32, 8], [128, 30], [512, 150]]
    assert found["decode_ms"] == [[128, "1.5"]]
    assert found["chunk_overhead_ms"] == 2


def test_chunks_that_cost_nothing_have_no_overhead() -> None:
    """Reading in chunks may well be faster."""
    figures = llm(prefill_32=8, prefill_512=150, chunked=140, decode_128=1.5)
    assert "chunk_overhead_ms" not in entry(loaded(figures), "chat")


def test_a_prefill_curve_rises() -> None:
    """A point that does not is left out: a token that costs nothing would be no measurement."""
    figures = llm(prefill_32=30, prefill_128=29, prefill_512=150, decode_128=1.5)
    assert entry(loaded(figures), "chat")["prefill_ms"] == [[32, 30], [512, 150]]


def test_slowdowns_stand_at_their_backend() -> None:
    """The geometric mean over models; what was faster in company counts as 1."""
    found = (
        Slowdown("cpu0", "a", "cpu1", "b", 10, 14),
        Slowdown("cpu0", "b", "cpu1", "a", 10, 9),
    )
    (first, second) = load_profile(loaded(vision(), slowdowns=found)).backends

    assert {name: float(factor) for name, factor in (first.slowdown or {}).items()} == {
        "cpu1": pytest.approx(1.4**0.5, rel=1e-3)
    }
    assert "a beside b on cpu1 1.400" in str(first.conditions)
    assert second.slowdown is None
    assert mean_factor(found, "cpu1", "cpu0") is None


def test_a_card_says_whose_weights_were_measured() -> None:
    """In the profile too."""
    backends = [MeasuredBackend(CPU0, CPU, [vision("decoder-55m")])]
    cards = {"decoder-55m": card("decoder-55m")}
    profile = load_profile(tomllib.loads(profile_text(ABOUT, backends, (), cards)))
    about = profile.models["decoder-55m"].about
    assert about.note == "Random weights: its timing is real, its output means nothing."
    assert about.params == "55 M"


def test_any_text_survives_toml() -> None:
    """Quotes, control characters and names with dots come back as they went."""
    text = 'a "b" \\ \n \x00 \x7f ü'
    written = table('[models."x.y"]', {"key": text, "a.b": [1, 2.5, [True]], "none": None})
    assert tomllib.loads(written) == {"models": {"x.y": {"key": text, "a.b": [1, 2.5, [True]]}}}
