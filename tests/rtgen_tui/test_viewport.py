"""Which stretch of time a timeline shows, by arithmetic alone."""

import pytest

from rtgen_tui.viewport import WINDOWS_NS, Viewport

MS = 1_000_000
S = 1_000 * MS


def standing(span_ns: int = 200 * MS, right_ns: int = 50 * S, newest_ns: int = 100 * S) -> Viewport:
    """One that does not follow, somewhere in a run."""
    return Viewport(
        span_ns, 110, follows=False, newest_ns=newest_ns, limit_ns=newest_ns, right_ns=right_ns
    )


@pytest.mark.parametrize("span_ns", WINDOWS_NS)
def test_the_grid_is_absolute(span_ns: int) -> None:
    """Both edges are whole columns, and what is followed is in the last one."""
    viewport = Viewport(span_ns, 110, newest_ns=12_345_678_901)

    assert viewport.from_ns % viewport.column_ns == 0
    assert viewport.column_of(viewport.newest_ns) == 109
    assert viewport.shown_ns >= span_ns


def test_pans_there_and_back_end_where_they_began() -> None:
    """An eighth, or all of it."""
    viewport = standing()
    before = viewport.from_ns
    for far in (False, True):
        viewport.pan(-1, far=far)
        assert before - viewport.from_ns == (110 if far else 13) * viewport.column_ns
        viewport.pan(1, far=far)
        assert viewport.from_ns == before


def test_at_the_newest_instant_it_follows_again() -> None:
    """A tape goes on behind its head: there it stands, at the end of the tape at most."""
    viewport = standing(right_ns=100 * S - MS)
    viewport.pan(1)
    assert viewport.follows

    tape = standing(newest_ns=50 * S)
    tape.limit_ns = 60 * S
    for _ in range(200):
        tape.pan(1, far=True)
    assert not tape.follows
    assert tape.right_ns == 60 * S


def test_nothing_is_before_the_start() -> None:
    """However far one pans or zooms out."""
    viewport = standing(right_ns=3 * S)
    for _ in range(30):
        viewport.pan(-1, far=True)
    assert -viewport.column_ns < viewport.from_ns <= viewport.column_ns
    viewport.zoom(-1)
    assert viewport.from_ns > -viewport.column_ns


@pytest.mark.parametrize("direction", [1, -1])
def test_the_cursor_keeps_its_place_when_zooming(direction: int) -> None:
    """To within the columns of the wider of both."""
    viewport = standing()
    cursor_ns = viewport.from_ns + viewport.shown_ns // 4
    share = (cursor_ns - viewport.from_ns) / viewport.shown_ns
    viewport.zoom(direction, cursor_ns)

    assert abs((cursor_ns - viewport.from_ns) / viewport.shown_ns - share) < 0.03
    assert viewport.span_ns == (100 if direction > 0 else 500) * MS


def test_zooming_ends_at_the_ends() -> None:
    """A millisecond and ten minutes."""
    viewport = Viewport(columns=110)
    for _ in range(40):
        viewport.zoom(1)
    assert viewport.span_ns == MS
    for _ in range(40):
        viewport.zoom(-1)
    assert viewport.span_ns == 600 * S


def test_an_instant_that_is_gone_to_is_in_view() -> None:
    """In the middle; one that is well in view moves nothing."""
    viewport = standing()
    viewport.show_at(20 * S)
    assert viewport.column_of(20 * S) in range(50, 60)
    before = viewport.from_ns
    viewport.show_at(20 * S + 30 * MS)
    assert viewport.from_ns == before
