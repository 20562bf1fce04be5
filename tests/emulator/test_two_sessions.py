"""Two recorded runs: their figures side by side, and where their journals part."""

from dataclasses import replace
from pathlib import Path

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.commands import SwapPolicy
from emulator.session.origin import Origin
from emulator.session.replayed import finished_run
from emulator.session.virtual_recording import VirtualRecording
from emulator.simulation import simulate
from emulator.study.two_sessions import TwoSessions, compare_sessions
from tests.emulator.session import steered
from tests.emulator.session.sessions import NS_PER_S, PROFILE, SCENARIO, header_of
from tests.emulator.session.steered import ran, write


def recorded(path: Path, policy: str = "edf", *, swap_ns: int | None = None, seed: int = 0) -> Path:
    """A session of the small run."""
    run = Origin(
        load_profile(PROFILE), load_scenario(SCENARIO), policy, seed, duration_ns=20 * NS_PER_S
    )
    commands = () if swap_ns is None else ((swap_ns, SwapPolicy("fcfs")),)
    with VirtualRecording(path, run) as recording:
        result = simulate(
            PROFILE,
            SCENARIO,
            policy,
            seed=seed,
            duration_s=20,
            commands=commands,
            on_events=recording.take,
        )
        recording.close(result.end_ns)
    return path


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> TwoSessions:
    """The same run, steered differently after 5 s."""
    folder = tmp_path_factory.mktemp("two")
    return compare_sessions(
        recorded(folder / "a.rtgen"), recorded(folder / "b.rtgen", swap_ns=5 * NS_PER_S)
    )


def test_figures_are_those_of_the_runs(both: TwoSessions) -> None:
    """Over all jobs, by stream and by backend."""
    figures = {each.figure: each for each in both.figures}
    a, b = (finished_run(path).result.summary for path in both.paths)

    assert figures["jobs"].a == a.overall.released
    assert figures["cam.response.p95"].b == b.streams["cam"].response_p95_ms
    assert figures["npu.utilization"].difference == (b.utilization["npu"] or 0) - (
        a.utilization["npu"] or 0
    )


def test_better_depends_on_the_figure(both: TwoSessions) -> None:
    """Fewer misses are better, more tokens are, and utilization is neither."""
    for each in both.figures:
        if each.better is None:
            continue
        assert each.a is not None
        assert each.b is not None
        more = "b" if each.b > each.a else "a"
        higher = each.figure in {"tokens_per_s", "target_attainment"}
        assert (each.better == more) is higher
        assert not each.figure.endswith("utilization")


def test_first_divergence(both: TwoSessions) -> None:
    """Until the swap everything is equal; then one side has it, the other does not."""
    parting = both.divergence

    assert parting is not None
    assert parting.t_ns == 5 * NS_PER_S
    assert parting.event == both.equal_events
    assert "policy" in {(parting.left or {}).get("kind"), (parting.right or {}).get("kind")}
    assert both.warnings == ()


def test_equal_sessions_do_not_part(tmp_path: Path) -> None:
    """All events are counted, and no figure differs."""
    a, b = recorded(tmp_path / "a.rtgen"), recorded(tmp_path / "b.rtgen")
    both = compare_sessions(a, b)

    assert both.divergence is None
    assert both.equal_events > 100
    assert {each.better for each in both.figures} == {None}


def test_shorter_session_does_not_part(tmp_path: Path) -> None:
    """A recording that ends earlier is equal as far as it goes, and that is said."""
    events = ran()
    a, b = write(tmp_path / "a.rtgen", events), write(tmp_path / "b.rtgen", events[:100], size=33)
    for both in (compare_sessions(a, b), compare_sessions(b, a)):
        assert (both.divergence, both.equal_events) == (None, 100)
        assert any("lengths differ" in words for words in both.warnings)
        counts = [each for each in both.figures if not each.unit]
        assert any(each.a != each.b for each in counts)
        assert {each.better for each in counts} == {None}


def test_what_else_differs_is_said(tmp_path: Path) -> None:
    """Seeds, scenarios, profiles, noise and where they begin."""
    events = ran()
    first = steered.first_after(events, NS_PER_S)
    other = replace(
        steered.cut_in(events, first, ()),
        seed=5,
        noise=False,
        profile={**load_profile(PROFILE).to_dict(), "name": "other"},
        scenario={**load_scenario(SCENARIO).to_dict(), "title": "Other"},
    )
    a = write(tmp_path / "a.rtgen", events, header=header_of())
    b = write(tmp_path / "b.rtgen", events[first:], header=other)
    both = compare_sessions(a, b)
    words = " | ".join(both.warnings)

    assert "the scenarios differ, though both are called small" in words
    assert "the profiles differ: soc and other" in words
    assert "the seeds differ: 0 and 5" in words
    assert "without noise" in words
    assert "begun later" in words
    assert both.equal_events == len(events) - first
