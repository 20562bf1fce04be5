"""Symbols, layouts, keys and no color, as the whole application has them."""

import os
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import NoColor
from textual.widgets import OptionList

from rtgen_tui.actions import VIEWS
from rtgen_tui.app_looks import Looks
from rtgen_tui.config_memory import Chosen, remembered
from rtgen_tui.layouts import LAYOUTS, after, class_of
from rtgen_tui.no_color import Colorless, colorless
from rtgen_tui.symbols import ASCII, BLOCK, BRAILLE, plain, plain_keys
from rtgen_tui.widgets.backends import BackendTile
from rtgen_tui.widgets.dialogue import DialoguePane
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.miss import MissDetail
from tests.rtgen_tui.screens_for_tests import replaying, running

GOLDENS = Path(__file__).parent / "goldens"
LIVE_VIEWS = [each for each in VIEWS if "live" in each.modes]
PLAIN = Looks(symbols=ASCII)


def golden(name: str, text: str) -> str:
    """What a screen looked like; UPDATE_GOLDENS=1 writes it anew."""
    file = GOLDENS / name
    if "UPDATE_GOLDENS" in os.environ:
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return file.read_text(encoding="utf-8")


# --- symbols -------------------------------------------------------------------------------------


async def test_the_dashboard_in_ascii_looks_as_it_did() -> None:
    """At 80 x 24."""
    async with running(size=(80, 24), looks=PLAIN) as run:
        text = run.text()

    assert text == golden("dashboard-ascii-80x24.txt", text)


@pytest.mark.parametrize("size", [(120, 40)])
async def test_ascii_is_ascii_in_every_view_and_dialog(size: tuple[int, int]) -> None:
    """Names, keys, frames, scroll bars and texts that pop up."""
    async with running(size=size, looks=PLAIN) as run:
        texts = []
        for key in [each.key for each in LIVE_VIEWS]:
            await run.press(key)
            await run.frame()
            texts.append(run.text())
        await run.press("f1")
        for key, word in (
            ("?", "Pick a policy"),
            ("p", "llf"),
            ("e", "as CSV"),
            ("m", "Marker"),
            ("ctrl+p", "type to search"),
        ):
            await run.press(key)
            texts.append(run.text())
            assert word in texts[-1]
            await run.press("escape")
        run.app.notify("9 → 3, 2 × …")
        await run.pilot.pause()
        texts.append(run.text())

    beyond = {each for text in texts for each in text if not each.isascii()}
    assert beyond == set()


async def test_ascii_in_a_replay_is_ascii() -> None:
    """With the bar of the tape."""
    async with replaying(symbols=ASCII) as run:
        assert run.text().isascii()


async def test_symbols_change_on_the_screen() -> None:
    """To braille, to ASCII, and back to blocks without a trace."""
    async with running() as run:
        before = run.text()
        await run.press("B")
        assert run.app.symbols is BRAILLE
        await run.press("B")
        run.app.clear_notifications()
        await run.frame()
        await run.pilot.pause()
        assert run.text().isascii()
        await run.press("B")
        run.app.clear_notifications()
        await run.pilot.pause()

        assert run.app.symbols is BLOCK
        assert run.text() == before


def test_texts_have_likes_in_ascii() -> None:
    """Arrows of a text are not those of a key."""
    assert plain("fcfs → edf, 3 × 2 … é") == "fcfs -> edf, 3 x 2 ... ?"
    assert plain_keys("↑ k, shift+→, ↑↓ move") == "up k, shift+right, up/down move"


# --- layouts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", [each.id for each in LAYOUTS[1:]])
@pytest.mark.parametrize(("width", "height"), [(80, 24)])
async def test_layouts_look_as_they_did(layout: str, width: int, height: int) -> None:
    """UPDATE_GOLDENS=1 writes them anew."""
    async with running(size=(width, height), looks=Looks(layout=layout)) as run:
        run.view.redraw()
        await run.pilot.pause()
        text = run.text()

    assert text == golden(f"layout-{layout}-{width}x{height}.txt", text)


async def test_a_key_steps_through_the_layouts() -> None:
    """And comes back to the first."""
    async with running() as run:
        shown = {}
        for _ in LAYOUTS:
            view = run.view
            boxes = (BackendTile, EventLog, MissDetail, DialoguePane)
            shown[run.app.board_layout] = [bool(view.query(each).first().region) for each in boxes]
            await run.press("b")
            await run.frame()

        assert run.app.board_layout == "balanced"
        assert shown == {
            "balanced": [True, True, True, True],
            "backends": [True, False, False, False],
            "streams": [False, False, True, False],
            "dialogue": [False, False, False, True],
        }


@pytest.mark.parametrize(("layout", "size"), [("streams", (60, 20)), ("backends", (40, 10))])
async def test_a_small_terminal_has_one_layout(layout: str, size: tuple[int, int]) -> None:
    """There is room for one thing only."""
    async with running(size=size, looks=Looks(layout=layout)) as run, running(size=size) as usual:
        assert run.text() == usual.text()


def test_every_layout_has_its_rules() -> None:
    """A preset that the style sheet does not know would change nothing."""
    from rtgen_tui.layouts import STYLE_SHEET

    sheet = STYLE_SHEET.read_text(encoding="utf-8")

    assert all(f".{class_of(each.id)}" in sheet for each in LAYOUTS[1:])
    assert after(LAYOUTS[-1].id) == LAYOUTS[0].id


async def test_what_is_chosen_is_remembered_if_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else nothing is written."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with running() as run:
        await run.press("T")
    assert remembered() is None
    async with running(looks=Looks(remembers=True)) as run:
        await run.press("T", "b")

    assert remembered() == Chosen("rtgen-light", "block", "backends")


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_the_last_line_of_a_dialog_can_be_reached(size: tuple[int, int]) -> None:
    """However low the terminal is: of the keys, and of a long list."""
    async with running(size=size) as run:
        await run.press("?", *["pagedown"] * 15)
        assert "Quit at once" in run.text()
        await run.press("escape", "p")
        last = run.app.screen.query_one(OptionList).option_count - 1
        await run.press(*["pagedown"] * 8)

        options = run.app.screen.query_one(OptionList)
        assert options.highlighted == last
        assert str(options.get_option_at_index(last).prompt).split()[0] in run.text()


# --- no color ------------------------------------------------------------------------------------


def test_no_color_leaves_no_color_code() -> None:
    """Not even those of the terminal's default colors."""
    colored = Style(color="red", bgcolor="default", bold=True, reverse=True)
    line = [Segment("a", colored), Segment("b", None)]
    first, second = Colorless().apply(line, Color(0, 0, 0))

    assert first.style == Style(bold=True, reverse=True)
    assert second.style is None
    assert type(colorless([NoColor()])[0]) is Colorless


async def test_no_color_holds_for_every_piece_of_the_screen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Status is then a glyph and a word."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with running() as run:
        assert [type(each) for each in run.app._filters if "Color" in type(each).__name__][
            -1
        ] is Colorless
        assert "✗ MISS" in run.text()
        assert "▲ late" in run.text()
