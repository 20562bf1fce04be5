"""The scrub bar: where a tape is, what is on it, and the mouse."""

from textual import on
from textual.app import App, ComposeResult

from rtgen_tui.session import Tape, Timeline
from rtgen_tui.symbols import ASCII, BRAILLE, Symbols
from rtgen_tui.widgets.scrub import ScrubBar
from tests.rtgen_tui.screens_for_tests import S, make_tape, make_timeline
from tests.rtgen_tui.snapshots_for_tests import HOSTILE_NAME, make_snapshot
from tests.rtgen_tui.widgets.stage import Refreshes, picture, staged


async def pictured(
    width: int, height: int, tape: Tape | None = None, symbols: Symbols | None = None
) -> list[str]:
    """The bar at 02:14.3 of the example."""
    bar = ScrubBar()
    async with staged(bar, width, height, make_snapshot(), symbols or ASCII):
        bar.tape, bar.timeline = tape or make_tape(), make_timeline()
        return picture(bar)


async def test_one_row_has_time_signs_and_density() -> None:
    """Where there is no room for more."""
    (row,) = await pictured(80, 1, symbols=BRAILLE)

    assert row.startswith(" 02:14.3 ▕")
    assert row.endswith("▏ 05:10.0")
    assert [sign for sign in row if sign in "◆✗⚑┃"] == ["◆", "✗", "┃", "◆", "⚑"]
    assert "⣀" in row


async def test_four_rows_have_the_misses_in_a_row_of_their_own() -> None:
    """Framed, with the name of the file and what the signs mean."""
    top, line, density, foot = await pictured(100, 4)

    assert "monday.rtgen" in top
    assert [sign for sign in line if sign in "@x^"] == ["@", "x", "@", "^"]
    assert density.index("#") in {line.index("x"), line.index("x") + 1, line.index("x") - 1}
    assert "misses/s, peak 19.8" in foot
    assert "x miss burst  @ policy  ^ mark" in foot


async def test_below_60_columns_there_is_the_time_alone() -> None:
    """A bar of a few cells would say nothing."""
    assert await pictured(59, 1) == [" 02:14.3 of 05:10.0"]


async def test_a_file_that_grows_says_so() -> None:
    """And whether the replay stays at its edge."""
    growing = make_tape(growing=True)

    assert "L goes to its live edge" in (await pictured(120, 4, growing))[0]
    assert "* at its live edge" in (await pictured(120, 4, growing._replace(follows=True)))[0]
    assert (await pictured(120, 1, growing))[0].endswith("05:10.0>")


async def test_an_empty_tape_and_a_hostile_name_break_nothing() -> None:
    """Nothing was recorded, or somebody means ill."""
    bar = ScrubBar()
    async with staged(bar, 100, 4, make_snapshot(t_ns=0)):
        for tape in (Tape("", 0, 0, True, True), Tape(HOSTILE_NAME, -5, 10**18, False, False)):
            bar.tape, bar.timeline = tape, Timeline((), (), ())
            assert "\x1b" not in "".join(picture(bar))
        bar.tape = None
        assert "Session" in picture(bar)[0]


async def test_only_the_line_is_drawn_again_as_time_goes_on() -> None:
    """Misses per second and the frame stay as they are, and are not made anew."""
    bar = ScrubBar()
    async with staged(bar, 120, 4, make_snapshot()):
        bar.tape, bar.timeline = make_tape(), make_timeline()
        with Refreshes(bar) as refreshed:
            bar.show(make_snapshot(t_ns=135 * S))

        assert refreshed.rows == {1}


class Listening(App[None]):
    """Keeps where the mouse pointed."""

    def __init__(self, bar: ScrubBar) -> None:
        super().__init__()
        self.bar = bar
        self.sought: list[int] = []

    def compose(self) -> ComposeResult:  # noqa: D102  # Textual's
        yield self.bar

    @on(ScrubBar.Sought)
    def keep(self, event: ScrubBar.Sought) -> None:  # noqa: D102
        self.sought.append(event.t_ns)


async def test_the_mouse_seeks_and_the_head_follows_it() -> None:
    """A click at once, a drag at every cell, to the end of the tape beyond its edge."""
    bar = ScrubBar()
    app = Listening(bar)
    async with app.run_test(size=(100, 1)) as pilot:
        await pilot.pause()
        bar.show(make_snapshot())
        bar.tape, bar.timeline = make_tape(), make_timeline()
        before = picture(bar)[0]
        first = before.index("▕") + 1
        await pilot.mouse_down(bar, offset=(first, 0))
        await pilot.hover(bar, offset=(first + 1, 0))
        held = picture(bar)[0]
        await pilot.hover(bar, offset=(99, 0))
        await pilot.mouse_up(bar, offset=(99, 0))
        await pilot.hover(bar, offset=(first + 5, 0))
        bar.show(make_snapshot(t_ns=310 * S))

        assert app.sought[0] == 10 * S
        assert 10 * S < app.sought[1] < 20 * S
        assert app.sought[2:] == [310 * S]
        assert held.index("┃") == first + 1
        assert picture(bar)[0].startswith(" 05:10.0 ")


async def test_a_click_beside_the_line_seeks_nothing() -> None:
    """The times at both ends are no places."""
    bar = ScrubBar()
    app = Listening(bar)
    async with app.run_test(size=(100, 1)) as pilot:
        bar.show(make_snapshot())
        bar.tape, bar.timeline = make_tape(), make_timeline()
        await pilot.click(bar, offset=(2, 0))
        await pilot.click(bar, offset=(97, 0))

        assert app.sought == []
