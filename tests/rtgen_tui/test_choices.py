"""What pickers offer, and in which order."""

from pathlib import Path

import pytest

from rtgen_tui.screens import choices
from rtgen_tui.screens.picker import Choice, matching
from tests.rtgen_tui.snapshots_for_tests import make_snapshot


@pytest.fixture
def broken_scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a scenario of the user's that cannot be read."""
    folder = tmp_path / "rtgen-tui" / "scenarios"
    folder.mkdir(parents=True)
    (folder / "my-broken.toml").write_text("format = 1\nstream = []\n", encoding="utf-8")
    monkeypatch.setattr("emulator.catalog.user_folder", lambda: folder.parent)
    return "my-broken"


def test_the_closest_label_comes_first() -> None:
    """Equal, then at the start, then within, then only in the detail."""
    offered = matching(
        [Choice(1, "x", "edf"), Choice(2, "my-edf"), Choice(3, "edf-2"), Choice(4, "edf")]
    )("EDF")

    assert [each.value for each in offered] == [4, 3, 2, 1]


def test_every_typed_word_must_occur() -> None:
    """In any order, in label or detail."""
    offered = matching([Choice(1, "call / blur", "background"), Choice(2, "call / denoise")])

    assert [each.value for each in offered("ground call")] == [1]


def test_policies_are_found_by_name_and_not_by_description() -> None:
    """The description of fcfs holds "idle", but who types it means no policy on the list."""
    offered = choices.policies(make_snapshot())("idle")

    assert [each.value for each in offered] == ["idle"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("rm", "rm"),
        ("fcfs-s", "fcfs-slice/first-idle"),
        ("rm/f", "rm/first-idle"),
        ("rm/affinity/", "rm/affinity/keep"),
        ("rm/affinity/keep/", "rm/affinity/keep/whole"),
    ],
)
def test_points_of_the_axes_continue_what_is_typed(typed: str, first: str) -> None:
    """One more axis at a time, in the order of the axes."""
    assert choices.policies(make_snapshot())(typed)[0].value == first


def test_the_typed_text_itself_is_offered_last() -> None:
    """A policy of the user's own is on no list."""
    assert choices.policies(None)("mine.py:Mine")[-1].value == "mine.py:Mine"


def test_a_broken_file_is_listed_with_what_is_wrong(broken_scenario: str) -> None:
    """It does not take the other scenarios with it."""
    listed = {each.label: each.detail for each in choices.streams(None)("")}
    titles = {each.label: each.detail for each in choices.scenarios()("")}

    assert "stream" in listed[broken_scenario]
    assert "stream" in titles[broken_scenario]
    assert "video-call" in listed


def test_profiles_are_listed_with_what_they_call_themselves() -> None:
    """A chip is known by its product name."""
    listed = {each.value: each.detail for each in choices.profiles()("")}

    assert listed["ryzen-ai-9-hx-370"] == "AMD Ryzen AI 9 HX 370 (Strix Point)"
