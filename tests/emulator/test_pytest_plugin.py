"""The pytest fixture: loads or makes a run, and a failure says what, when and why."""

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from emulator.claims.testing import Measured, Rtgen
from emulator.errors import PolicyError
from emulator.policies import BackendState, ReadySlice, Run
from emulator.policies.own import own_policy
from tests.emulator.claims.runs import APPLICATION, CHIP, busy

pytest_plugins = ["pytester"]

REPOSITORY = Path(__file__).parents[2]
PLUGIN = "emulator.pytest_plugin"
README = REPOSITORY / "README.md"
PAGE = REPOSITORY / "docs" / "sessions.md"
TEST = re.compile(r"```python\n(# test_\w+\.py\n.*?)```", re.DOTALL)


def arguments() -> tuple[str, ...]:
    """Loads no plugin but ours: by the name of its entry point, or where it has none by module."""
    installed = any(each.value == PLUGIN for each in entry_points(group="pytest11"))
    return ("--disable-plugin-autoload", "-p", "rtgen" if installed else PLUGIN)


def ran(pytester: pytest.Pytester, code: str) -> pytest.RunResult:
    """A test file run by a pytest of its own."""
    pytester.makepyfile(code)
    return pytester.runpytest_inprocess(*arguments(), "-p", "no:cacheprovider")


def test_plugin_is_light() -> None:
    """Importing it loads no profile, no engine and no numpy."""
    code = f"import {PLUGIN}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())

    assert PLUGIN in loaded
    assert not loaded & {"pydantic", "numpy", "msgpack", "emulator.engine", "emulator.claims"}


def test_failure_in_a_test(pytester: pytest.Pytester) -> None:
    """The broken claim, the value, the instant, the job and what it waited for are printed."""
    done = ran(
        pytester,
        f"""
        CHIP = {CHIP!r}
        APPLICATION = {APPLICATION!r}

        def test_it(rtgen):
            run = rtgen.simulate(CHIP, APPLICATION, "fcfs", duration_s=4, noise=False)
            run.check("jobs > 10", "cam.violation_rate < 1%")
        """,
    )

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "*1 of 2 claims on busy on chip under fcfs are broken",
            "*claimed   cam.violation_rate < 1%",
            "*measured  *%",
            "*broken first at *",
            "*worst: cam #*",
            "*it waited *",
        ]
    )
    done.stdout.no_fnmatch_line("*jobs > 10 *holds*")


def test_values_in_an_assert(pytester: pytest.Pytester) -> None:
    """A plain assert shows the figure with its name and unit."""
    done = ran(
        pytester,
        f"""
        def test_it(rtgen):
            run = rtgen.simulate({CHIP!r}, {APPLICATION!r}, duration_s=1, noise=False)
            assert run.value("cam.jobs") == 30
            assert run.value("cam.response.max") < 1
        """,
    )

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*assert cam.response.max = * ms < 1"])


def test_wrong_claim_in_a_test(pytester: pytest.Pytester) -> None:
    """It is an error of the test, not a broken claim."""
    done = ran(
        pytester,
        f"""
        def test_it(rtgen):
            rtgen.simulate({CHIP!r}, {APPLICATION!r}, duration_s=1).check("cam.misses < 1")
        """,
    )

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*ClaimError: *unknown metric 'misses'*"])


@pytest.mark.parametrize("page", [README, PAGE], ids=["README", "sessions"])
def test_documented_tests_pass(page: Path, pytester: pytest.Pytester) -> None:
    """Every test file on the pages runs as it stands there."""
    tests = TEST.findall(page.read_text(encoding="utf-8"))

    for test in tests:
        done = ran(pytester, test)
        outcomes = done.parseoutcomes()
        assert outcomes.keys() == {"passed"}
    assert tests


def test_session_is_loaded() -> None:
    """A file gives the same values as its run."""
    golden = Rtgen().load(REPOSITORY / "tests" / "data" / "session" / "clean.rtgen")

    assert int(golden.value("cam.jobs")) == golden.summary.streams["cam"].released
    golden.check("cam.jobs > 10", "npu.utilization > 0")


def test_measured_is_a_float_that_shows_itself() -> None:
    """It can be compared, rounded and printed; nothing measured is never below anything."""
    nothing = Measured(float("nan"), "x = nothing measured")

    assert Measured(0.5, "x = 50 %") < 0.6
    assert repr(nothing) == "x = nothing measured"
    assert not nothing < 1
    assert not nothing > 1


class _First:
    """The least that somebody may write."""

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Iterator[Run]:
        idle = {backend.index for backend in backends if backend.idle}
        for each in ready:
            for backend in sorted(idle.intersection(each.backends))[:1]:
                idle.discard(backend)
                yield Run(each, backend)


def test_own_policy_runs() -> None:
    """A class with nothing but ``decide`` schedules a run."""
    run = Rtgen().simulate(CHIP, APPLICATION, _First, duration_s=2, noise=False)

    assert "under _First" in run.name
    assert run.value("completed") > 50
    assert run.result.jobs != busy("edf").result.jobs


def test_own_policy_that_fails_is_an_error() -> None:
    """A test does not pass because the run went on under another policy."""

    class Broken(_First):
        def decide(self, now_ns, ready, backends):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            raise ZeroDivisionError("oh")

    with pytest.raises(
        PolicyError, match=r"policy Broken failed at 0\.000 s: ZeroDivisionError: oh"
    ):
        Rtgen().simulate(CHIP, APPLICATION, Broken(), duration_s=1)


class Needy(_First):
    """It cannot be made without help."""

    def __init__(self, weight: float) -> None:
        self.weight = weight


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (3, "an object with a method decide"),
        (object, "an object with a method decide"),
        (Needy, "Needy"),
        (type("Odd", (_First,), {"chunk": -1}), "chunk of at least 0"),
        (type("Odd", (_First,), {"admission": "keep"}), "expected an Admission"),
    ],
)
def test_what_is_no_policy(policy: object, words: str) -> None:
    """One sentence."""
    with pytest.raises(PolicyError, match=words):
        own_policy(policy)
