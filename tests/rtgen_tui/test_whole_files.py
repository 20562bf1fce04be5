"""Two whole sessions, compared in a process of its own, and told in words."""

from pathlib import Path

import pytest

from rtgen_tui.compare_files import event_words, whole_files
from rtgen_tui.whole_files import Comparison, WholeFiles

SESSIONS = Path(__file__).parents[1] / "data" / "session" / "compare"
A, B = str(SESSIONS / "fcfs.rtgen"), str(SESSIONS / "edf.rtgen")
NAMES = {"stream": ["blur", "npc"], "backend": ["cpu", "npu"]}


def test_a_process_finds_what_reading_finds() -> None:
    """The same figures and the same divergence."""
    assert Comparison(A, B).wait() == whole_files(A, B)


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """It names the file."""
    found = Comparison(A, str(tmp_path / "gone.rtgen")).wait()

    assert isinstance(found, str)
    assert "gone.rtgen" in found


def test_a_comparison_that_is_stopped_comes_back() -> None:
    """However often, and says so."""
    comparison = Comparison(A, B)
    comparison.stop()
    comparison.stop()

    assert comparison.wait() == "the comparison of the whole files has ended by itself"


def test_changing_over_is_comparing_the_other_way_round() -> None:
    """Figures, words and the divergence."""
    swapped, other = whole_files(A, B).swapped(), whole_files(B, A)

    assert swapped == other
    assert swapped.divergence is not None


def test_a_session_does_not_part_from_itself() -> None:
    """All its events are equal."""
    found = whole_files(A, A)

    assert found.divergence is None
    assert found.equal_events > 8_000
    assert {each.b_is_better for each in found.figures.values()} == {None}


@pytest.mark.parametrize(
    ("warning", "swapped"),
    [
        ("the seeds differ: 1 and 2", "the seeds differ: 2 and 1"),
        ("A: it has no end", "B: it has no end"),
        ("one was run without noise", "one was run without noise"),
    ],
)
def test_warnings_are_changed_over(warning: str, swapped: str) -> None:
    """They name A first."""
    whole = WholeFiles({}, (warning,), (("1", "2"),), 0, 0, None)

    assert whole.swapped().warnings == (swapped,)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            {"kind": "started", "stream": 0, "job": 12, "stage": 0, "backend": 1, "phase": 0},
            "started blur#12 on npu",
        ),
        (
            {"kind": "finished", "stream": 1, "job": 3, "backend": 1, "phase": 2, "number": 7},
            "finished npc#3 on npu (decode 7)",
        ),
        (
            {"kind": "completed", "stream": 0, "job": 1, "outcome": "late"},
            "completed blur#1 (late)",
        ),
        ({"kind": "policy", "old": "fcfs", "new": "edf"}, "policy edf"),
        ({"kind": "stream-stopped", "stream": 9}, "stream-stopped 9"),
    ],
)
def test_events_are_told_in_words(event: dict[str, object], words: str) -> None:
    """Names instead of numbers, as far as they are known."""
    assert event_words(event, NAMES) == words
