"""Times of a session as people write them."""

import pytest

from rtgen_tui.instants import instant_ns


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("03:41", 221_000_000_000),
        ("1:02:03", 3_723_000_000_000),
        ("221s", 221_000_000_000),
        ("3.5m", 210_000_000_000),
        ("221", 221_000_000_000),
        ("250 ms", 250_000_000),
        ("2h", 7_200_000_000_000),
        (" 0:00.000000001 ", 1),
        ("90:00", 5_400_000_000_000),
    ],
)
def test_a_time_is_exact(text: str, ns: int) -> None:
    """Clocks and spans, to the nanosecond."""
    assert instant_ns(text) == ns


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *(
            (text, "a time is written as in")
            for text in ("", "soon", "-5s", "1:2:3:4", "1e3s", "٣s")
        ),
        ("03:60", "below 60"),
        ("1:60:00", "below 60"),
        ("99999h", "at most"),
    ],
)
def test_what_is_no_time_gets_a_sentence(text: str, words: str) -> None:
    """Never a traceback, never a guess."""
    with pytest.raises(ValueError, match=words):
        instant_ns(text)
