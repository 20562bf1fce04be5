"""Which models run beside others, where one cannot be opened: fakes, so that nothing takes time."""

import tomllib
from pathlib import Path

import pytest

from emulator import load_profile
from emulator.ort.host import host
from emulator.ort.measurements import Measurements
from emulator.ort.measuring import Measuring, Plan
from emulator.ort.runnable import BackendBinding
from emulator.ort.slowdown import pairs
from emulator.ort.timings import Effort
from tests.emulator.ort.measuring_fakes import FakeOpener

CPU0, CPU1 = BackendBinding("cpu0"), BackendBinding("cpu1")
QUICK = Effort(warm_up=1, runs=3)
HERE = host("1.32.0", 2)


def measure_all(plan: Plan, opener: FakeOpener, folder: Path) -> Measuring:
    """All steps of a plan."""
    measuring = Measuring(plan, opener, folder / "out.toml", Measurements(HERE.to_dict()))
    for step in measuring.steps():
        measuring.run(step, lambda _: None)
    return measuring


def test_every_ordered_pair_is_measured() -> None:
    """Two backends and two models: each way, each with each."""
    assert len(set(pairs((CPU0, CPU1), lambda _: ("a", "b")))) == 8
    assert list(pairs((CPU0,), lambda _: ("a", "b"))) == []


@pytest.mark.parametrize(
    ("together", "expected"),
    [
        (("a", "b"), ["b on cpu0 beside b on cpu1", "b on cpu1 beside b on cpu0"]),
        (("a",), ["b on cpu0 beside b on cpu1", "b on cpu1 beside b on cpu0"]),
        (("c", "a"), ["c on cpu0 beside c on cpu1", "c on cpu1 beside c on cpu0"]),
        ((), []),
    ],
)
def test_pairs_are_of_models_that_run(
    together: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    """One that cannot be opened is in none; where it was the only one, the next takes its place."""
    opener = FakeOpener(refuses={"a": ("cpu0", "cpu1")})
    measured = measure_all(
        Plan((CPU0, CPU1), ("a", "b", "c"), together, QUICK, QUICK), opener, tmp_path
    )

    assert [each.title for each in measured.failures] == ["a on cpu0"]
    assert list(measured.measurements.slowdowns) == expected
    assert opener.opened.count(("a", "cpu0")) == 1


def test_a_pair_is_of_what_runs_on_each_side(tmp_path: Path) -> None:
    """A model that runs on the CPU but not on the NPU is measured beside one that does."""
    npu = BackendBinding("npu", "npu")
    opener = FakeOpener(refuses={"a": ("npu",)})
    found = measure_all(Plan((CPU0, npu), ("a", "b"), ("a",), QUICK, QUICK), opener, tmp_path)
    assert list(found.measurements.slowdowns) == [
        "a on cpu0 beside b on npu",
        "b on npu beside a on cpu0",
    ]
    profile = load_profile(tomllib.loads(found.profile("mine", HERE, {})))
    assert [dict(each.slowdown or {}).keys() for each in profile.backends] == [{"npu"}, {"cpu0"}]


def test_where_no_model_runs_there_is_no_pair(tmp_path: Path) -> None:
    """Nothing is opened a second time."""
    opener = FakeOpener(refuses={"a": ("cpu0", "npu"), "b": ("npu",)})
    npu = BackendBinding("npu", "npu")
    found = measure_all(Plan((CPU0, npu), ("a", "b"), ("a",), QUICK, QUICK), opener, tmp_path)
    assert found.measurements.slowdowns == {}
    assert len(opener.opened) == 4
