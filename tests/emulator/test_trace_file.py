"""Arrivals read from a file."""

from fractions import Fraction
from pathlib import Path

import pytest

from emulator.schema import trace_file
from emulator.schema.trace_file import read_arrivals


def written(folder: Path, text: str) -> Path:
    """A trace file with this text."""
    path = folder / "x.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "column", "arrivals"),
    [
        ("30\n60.5\n", None, [30, Fraction(121, 2)]),
        ("\n30\n\n60\n", None, [30, 60]),
        ("30,a\n60,b\n", None, [30, 60]),
        ("arrival_ms\n30\n", None, [30]),
        ("id, arrival_ms\nx, 30\ny, 60\n", None, [30, 60]),
        ("id,t_s\nx,0.03\n", "t_s", [30]),
        ("id,at\nx,30\n", "at", [30]),
        ("1,2\n5,6\n", "2", [6]),
    ],
)
def test_arrivals_are_milliseconds_unless_the_column_says_seconds(
    tmp_path: Path, text: str, column: str | None, arrivals: list[Fraction]
) -> None:
    """One number per line, or a named column; a name that ends in _s means seconds."""
    assert list(read_arrivals(written(tmp_path, text), column)) == arrivals


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("", None, "holds 0 arrivals"),
        ("arrival_ms\n", None, "holds 0 arrivals"),
        ("30\nsoon\n", None, "line 2: expected a number such as 30, .*, not 'soon'"),
        ("30\nnan\n", None, "line 2: expected a number"),
        ("a,b\n1,2\n", None, "line 1: no column 'arrival_ms', the file has 'a, b'"),
        ("a,b\n1,2\n", "c", "line 1: no column 'c', the file has 'a, b'"),
        ("a,b\n1\n", "b", "line 2: expected at least 2 columns, not 1"),
        ("1\n" + "9" * 200_000, None, "line 2: field larger than field limit"),
    ],
)
def test_a_broken_trace_names_the_line(
    tmp_path: Path, text: str, column: str | None, part: str
) -> None:
    """The sentence says in which line what was expected."""
    with pytest.raises(ValueError, match=part) as refusal:
        read_arrivals(written(tmp_path, text), column)
    assert len(str(refusal.value)) < 200


def test_a_trace_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files and lists beyond their limits are refused, at the limit they are read."""
    monkeypatch.setattr(trace_file, "MAX_ARRIVALS", 3)
    assert len(read_arrivals(written(tmp_path, "1\n" * 3), None)) == 3
    with pytest.raises(ValueError, match=r"holds 4 arrivals, expected 1 to 3$"):
        read_arrivals(written(tmp_path, "1\n" * 4), None)
    with pytest.raises(ValueError, match="is larger than 16 MB"):
        read_arrivals(written(tmp_path, " " * 16_000_001), None)
