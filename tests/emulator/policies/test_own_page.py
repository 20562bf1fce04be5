"""docs/own-policies.md: every block of code runs, and the tutorial ends at the built-in edf."""

import re
from pathlib import Path

import pytest

from emulator.catalog import load_scenario, profile_names, profile_of, scenario_names
from emulator.journal import POLICY_FAILED
from emulator.policies.overtime import DECISION_NS
from emulator.policies.own_name import DIGITS
from emulator.serve import STUCK_S
from emulator.serving.policy_care import BUDGET_NS, LOOK_NS, PATIENCE
from emulator.simulation import simulate
from emulator.study.policy_check import RANDOM_CASES
from tests.emulator.policies.hostile import case

PAGE = (Path(__file__).parents[3] / "docs" / "own-policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def policies(tmp_path: Path) -> list[str]:
    """The steps of the tutorial, each as a policy."""
    names = []
    for number, block in enumerate(BLOCKS):
        path = tmp_path / f"step{number}.py"
        path.write_text(block, encoding="utf-8")
        names.append(f"{path}:MyEdf")
    return names


def test_every_step_runs(policies: list[str]) -> None:
    """Without a failure, and each differs from the one before, up to the last two."""
    journals = [case(policy).journal() for policy in policies]

    assert len(journals) == 5
    assert all(event[0] != POLICY_FAILED for journal in journals for event in journal)


@pytest.mark.parametrize("scenario", scenario_names())
def test_it_ends_at_the_built_in_edf(scenario: str, policies: list[str]) -> None:
    """Both of the last two make the same journal, event for event."""
    loaded = load_scenario(scenario)
    if profile_of(loaded) not in profile_names():
        pytest.skip("its profile is that of another machine")
    builtin, *ours = (
        simulate(profile_of(loaded), loaded, policy, duration_s=1, seed=3).journal
        for policy in ("edf", *policies[-2:])
    )

    assert ours == [builtin, builtin]


def test_the_figures_on_the_page_are_those_of_the_code() -> None:
    """Limits that a reader relies on."""
    assert f"longer than {DECISION_NS // 10**6:,} ms in one" in " ".join(PAGE.split())
    assert f"more than {BUDGET_NS / 10**6:g} ms per decision" in PAGE
    assert f"cannot keep pace for {PATIENCE * LOOK_NS / 10**9:g} s" in " ".join(PAGE.split())
    assert f"for {STUCK_S:g} s, ends the core" in " ".join(PAGE.split())
    assert f"{RANDOM_CASES} random ones" in PAGE
    assert DIGITS == 12
    assert "the first twelve of the" in PAGE
