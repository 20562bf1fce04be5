"""Sanitizing, cutting and building of rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from rtgen_tui.widgets.text import Line, clean, cut, fit, wrap

PLAIN = Style()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blur", "blur"),
        ("a\x1b[2Jb", "a·[2Jb"),
        ("a\tb\nc\x07", "a·b·c·"),
        ("a\u202eb\u200bc", "a·b·c"),
        ("[red]x[/]", "[red]x[/]"),
        ("界", "界"),
        ("e\u0301", "é"),
        ("z\u0300\u0301\u0302algo", "zalgo"),
        ("\U0001f1eb\U0001f1f7", "··"),
        ("a\u00a0b", "a b"),
        ("\ud800", "·"),
    ],
)
def test_names_are_made_harmless(text: str, expected: str) -> None:
    """Control characters, joiners and marks go; letters, brackets and wide characters stay."""
    assert clean(text) == expected


@given(st.text(max_size=40), st.integers(0, 30))
def test_fitted_text_has_exactly_the_width(text: str, width: int) -> None:
    """However wide its characters are."""
    assert cell_len(fit(clean(text), width)) == width
    assert cell_len(fit(clean(text), width, right=True)) == width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("blur", 4, "blur"),
        ("blur", 3, "bl…"),
        ("blur", 1, "…"),
        ("blur", 0, ""),
        ("界界", 3, "界…"),
    ],
)
def test_a_cut_is_marked(text: str, width: int, expected: str) -> None:
    """A wide character is never split."""
    assert cut(text, width) == expected


def test_a_line_is_cut_and_filled_to_its_width() -> None:
    """Pieces of one style become one segment; the rest is blank."""
    style = Style(bold=True)

    full = Line(8, PLAIN).add("eye-", style).add("contact", style).end()
    short = Line(8, PLAIN).add("eye", style).end()

    assert full.text == "eye-con…"
    assert short.text == "eye     "
    assert [segment.style for segment in short] == [style, PLAIN]


def test_phrases_stay_whole_where_they_fit() -> None:
    """A phrase moves to the next row; only one that is longer than a row is broken at a word."""
    phrases = [[(text, PLAIN)] for text in ("one two", "three", "four five six seven")]

    rows = wrap(phrases, 12, (" · ", PLAIN))

    assert ["".join(text for text, _ in row).rstrip() for row in rows] == [
        "one two",
        "three",
        "four five",
        "six seven",
    ]
