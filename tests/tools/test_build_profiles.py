import re
import tomllib
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from emulator.catalog import load_profile, load_scenario, scenario_names
from tools.build_profiles import PROFILES, RECORDS, build, main, recipes
from tools.formula import Value, evaluate, significant
from tools.records import Record, read_records

NAMES = [path.stem for path in recipes()]
PHASES = ("", "prefill_", "decode_", "batch_")
NUMBERS = {
    "": (
        "latency_ms",
        "slices_ms",
        "p99_ms",
        "active_w",
        "dispatch_us",
        "cores",
        "bandwidth_gb_s",
        "usable_gb_s",
    ),
    "prefill_": ("prefill_tokens_per_s", "prefill_noise"),
    "decode_": ("decode_tokens_per_s", "decode_noise"),
    "batch_": ("batch_max", "batch_overhead"),
}
DIGITS = {"measured": 4, "derived": 4, "estimated": 3}

Table = Mapping[str, Any]


@cache
def built() -> dict[str, tuple[str, list[Record]]]:
    """The text of every profile, made from its recipe now, and the records it rests on."""
    records = read_records(RECORDS)
    return {recipe.stem: build(recipe, records) for recipe in recipes()}


def tables(name: str) -> Iterator[tuple[str, Table]]:
    """Every table of a profile that holds numbers, with the place where it stands."""
    text = (PROFILES / f"{name}.toml").read_text(encoding="utf-8")
    profile = tomllib.loads(text, parse_float=Fraction)
    yield "memory", profile["memory"]
    for backend in profile["backends"]:
        yield backend["name"], backend
    for model, entries in profile["models"].items():
        for backend, entry in entries.items():
            if backend != "about":
                yield f"{model} on {backend}", entry


def value(cell: object) -> Value:
    """A number of a profile as the formulas see it."""
    match cell:
        case {"sigma": Fraction() as sigma}:
            return sigma
        case [int() | Fraction() as slice_ms, *others] if others.count(slice_ms) == len(others):
            return Fraction(slice_ms)
        case list():
            return {n: Fraction(rate) for n, rate in cell}
        case int() | Fraction():
            return Fraction(cell)
    raise AssertionError(cell)


def figures(legend: str) -> dict[str, Value]:
    """The figures that a derivation names after `where`."""
    found: dict[str, Value] = {}
    for part in legend.split("; "):
        name, rest = part.split(" = ", 1)
        points = re.findall(r"([\d.]+) at (\d+)", rest.split(" (")[0])
        found[name] = {int(n): Fraction(x) for x, n in points} or Fraction(rest.split(" ")[0])
    return found


def formulas(derivation: str) -> tuple[dict[str, str], dict[str, Value]]:
    """The formula of each number, and the figures that they use."""
    how, legend = derivation.split(" where ", 1)
    return dict(part.split(" = ", 1) for part in how.split("; ")), figures(legend)


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_is_what_its_recipe_gives(name: str) -> None:
    """The committed file is, byte for byte, what the tool writes."""
    assert (PROFILES / f"{name}.toml").read_text(encoding="utf-8") == built()[name][0]


@pytest.mark.parametrize("name", NAMES)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    """Basis, source, software, date, conditions and derivation stand beside every number."""
    for place, table in tables(name):
        for phase in PHASES:
            if any(key in table for key in NUMBERS[phase]):
                assert table[f"{phase}basis"] in DIGITS, place
                for key in ("source", "software", "date", "conditions", "derivation"):
                    assert table[f"{phase}{key}"].strip(), f"{place}: {phase}{key}"


@pytest.mark.parametrize("name", NAMES)
def test_every_derivation_gives_its_number(name: str) -> None:
    """Computing a derivation from the figures that it names gives the number beside it."""
    checked, derivations = 0, 0
    for place, table in tables(name):
        for phase in PHASES:
            if f"{phase}derivation" not in table:
                continue
            derivations += 1
            how, known = formulas(table[f"{phase}derivation"])
            for key, formula in how.items():
                stated = value(table[key])
                if isinstance(stated, dict):
                    known["n"] = {n: Fraction(n) for n in stated}
                given = evaluate(formula, known)
                if table[f"{phase}basis"] != "measured" or formula not in known:
                    digits = DIGITS[table[f"{phase}basis"]]
                    given = (
                        {n: significant(x, digits) for n, x in given.items()}
                        if isinstance(given, dict)
                        else significant(given, digits)
                    )
                assert given == stated, f"{place}: {key} = {formula}"
                known[key] = stated
                checked += 1
    assert checked >= derivations > 0


@pytest.mark.parametrize("name", NAMES)
def test_every_derivation_covers_every_number(name: str) -> None:
    """No number stands in a table without a formula in the derivation."""
    for place, table in tables(name):
        for phase in PHASES:
            for key in NUMBERS[phase]:
                if key in table:
                    assert key in formulas(table[f"{phase}derivation"])[0], f"{place}: {key}"


@pytest.mark.parametrize("name", NAMES)
def test_measured_numbers_stand_as_published(name: str) -> None:
    """A measured number is one figure of its source, unrounded."""
    for place, table in tables(name):
        for phase, main_key in (
            ("", "latency_ms"),
            ("prefill_", "prefill_tokens_per_s"),
            ("decode_", "decode_tokens_per_s"),
        ):
            if main_key in table and table[f"{phase}basis"] == "measured":
                how, known = formulas(table[f"{phase}derivation"])
                assert known[how[main_key]] == value(table[main_key]), place


@pytest.mark.parametrize("name", NAMES)
def test_the_factors_at_the_head_follow_from_their_figures(name: str) -> None:
    """Each shared factor equals its formula, and no derivation uses a factor of another value."""
    text = (PROFILES / f"{name}.toml").read_text(encoding="utf-8")
    head: dict[str, Value] = {}
    for line in re.findall(r"(?m)^# (\w+ = [\d.]+ = .* where .*)$", text):
        factor, stated, rest = line.split(" = ", 2)
        formula, legend = rest.split(" where ", 1)
        given = evaluate(formula, figures(legend))
        assert isinstance(given, Fraction)
        exact = given if given.denominator == 1 else significant(given, 4)
        assert exact == Fraction(stated), factor
        head[factor] = exact
    assert head
    for place, table in tables(name):
        for phase in PHASES:
            if f"{phase}derivation" in table:
                _, known = formulas(table[f"{phase}derivation"])
                for shared in known.keys() & head.keys():
                    assert known[shared] == head[shared], f"{place}: {shared}"


def test_every_record_is_used() -> None:
    """The data file holds no record that no profile rests on."""
    used = [record for _, records in built().values() for record in records]
    assert [record for record in read_records(RECORDS) if record not in used] == []


def test_every_cited_fact_is_used() -> None:
    """The shared recipes name no fact that no profile mentions."""
    text = "".join((PROFILES / f"{name}.toml").read_text(encoding="utf-8") for name in NAMES)
    for layer in sorted((recipes()[0].parent / "shared").glob("*.toml")):
        facts = tomllib.loads(layer.read_text(encoding="utf-8")).get("facts", {})
        # What [about] counts stands there as a number, without its formula.
        cited = [name for name in facts if not name.endswith(("_params", "_kv"))]
        assert [name for name in cited if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("name", NAMES)
def test_the_emulator_takes_the_profile(name: str) -> None:
    """The file loads, and its name is the file's."""
    assert load_profile(name).name == name


CHIPS = [name for name in NAMES if load_profile(name).memory.bandwidth_gb_s is not None]
"""The profiles of chips; others stand for an experiment or a benchmark, without a memory."""


def runs_on(scenario: str) -> list[str]:
    """Every chip, or the profile that the scenario was made for and those with the same models."""
    made_for = load_scenario(scenario).profile
    if made_for is None:
        return CHIPS
    models = load_profile(made_for).models.keys()
    return [name for name in NAMES if load_profile(name).models.keys() == models]


PAIRS = [(name, scenario) for scenario in scenario_names() for name in runs_on(scenario)]


def test_every_profile_has_a_scenario() -> None:
    """No bundled profile is without a bundled scenario that runs on it."""
    assert {name for name, _ in PAIRS} == set(NAMES)


@pytest.mark.parametrize(("name", "scenario"), PAIRS)
def test_every_bundled_scenario_can_run(name: str, scenario: str) -> None:
    """Each stage of a bundled scenario has a backend; an LLM can be prefilled and decoded."""
    profile = load_profile(name)
    for stream in load_scenario(scenario).streams:
        for stage in stream.stages:
            costs = [cost for _, cost in profile.models[stage.model].items()]
            assert costs, stage.model
            if profile.is_llm(stage.model):
                assert any(cost.has_prefill for cost in costs), stage.model
                assert any(cost.has_decode for cost in costs), stage.model


def test_the_cpu_of_the_hx_370_is_two_backends() -> None:
    """Four fast and eight small cores, after NPU and GPU in tie order."""
    profile = load_profile("ryzen-ai-9-hx-370")
    assert profile.backend_names == ("npu", "gpu", "cpu-fast", "cpu-small")
    assert [backend.cores for backend in profile.backends] == [None, None, 4, 8]
    assert profile.memory.bandwidth_gb_s == 120


def test_ten_ms_audio_fits_both_halves_of_the_cpu() -> None:
    """Noise suppression of a 10 ms hop takes less than a tenth of it, p99 included."""
    costs = load_profile("ryzen-ai-9-hx-370").models["deepfilternet2"]
    for backend in ("cpu-fast", "cpu-small"):
        p99 = costs[backend].p99_ms
        assert p99 is not None
        assert p99 < 1


def test_frames_take_longer_on_the_small_cores() -> None:
    """Every model that one thread or four run is slower on Zen 5c than on Zen 5."""
    for model, costs in load_profile("ryzen-ai-9-hx-370").models.items():
        if not costs.is_llm and "cpu-fast" in costs and "cpu-small" in costs:
            fast, small = costs["cpu-fast"].total_ms, costs["cpu-small"].total_ms
            assert fast is not None
            assert small is not None
            assert fast < small, model


def test_on_lunar_lake_the_gpu_beats_the_npu() -> None:
    """A profile does not assume that the NPU is the fastest backend."""
    models = load_profile("core-ultra-258v").models
    for detector in ("yolo26n", "yolo26s", "yolo26m"):
        gpu, npu = models[detector]["gpu"].latency_ms, models[detector]["npu"].latency_ms
        assert gpu is not None
        assert npu is not None
        assert gpu < npu


def test_check_names_a_profile_that_was_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check fails for an edited file and leaves it; without it the file is written anew."""
    monkeypatch.setattr("tools.build_profiles.PROFILES", tmp_path)
    assert main([]) == 0
    edited = tmp_path / f"{NAMES[0]}.toml"
    text = edited.read_text(encoding="utf-8")
    edited.write_text(text.replace("latency_ms = ", "latency_ms = 1", 1), encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"]) == 1
    assert capsys.readouterr().out == f"{edited.name} is not what its recipe gives\n"
    assert edited.read_text(encoding="utf-8") != text
    assert main([]) == 0
    assert edited.read_text(encoding="utf-8") == text
