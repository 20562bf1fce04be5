"""Log and filter, views, zoom, help, palette, themes, and the way out."""

import pytest
from textual.widgets import Input, Static

from rtgen_tui.actions import VIEWS, actions_of
from rtgen_tui.screens.help import HelpScreen
from rtgen_tui.screens.keybar import KeyBar
from rtgen_tui.screens.palette import ActionCommands
from rtgen_tui.screens.picker import Picker
from rtgen_tui.themes import THEMES
from rtgen_tui.widgets.log import EventLog
from tests.rtgen_tui.screens_for_tests import running
from tests.rtgen_tui.snapshots_for_tests import (
    make_snapshot,
)

# --- log and filter -------------------------------------------------------------------------------


async def test_the_filter_applies_while_typing_to_streams_and_log() -> None:
    """Letters that are keys elsewhere are text here."""
    async with running() as run:
        await run.press("/", *"eye", "enter")

        assert [each.name for each in run.table.shown_streams] == ["eye-contact"]
        assert [line.text[:3] for line in run.view.query_one(EventLog).lines] == ["eye"]
        assert run.table.has_focus


async def test_escape_clears_the_filter() -> None:
    """Everything is back, and the row is gone."""
    async with running() as run:
        await run.press("/", "q", "escape")

        assert len(run.table.shown_streams) == 8
        assert not run.view.query_one("#filter", Input).display


async def test_capital_n_goes_to_the_newest_incident_and_selects_its_stream() -> None:
    """From there further back, and n forward again."""
    async with running() as run:
        chosen = []
        for key in ("N", "N", "n"):
            await run.press(key)
            chosen.append(run.table.selected)

        assert chosen == [1, 3, 1]


async def test_n_at_the_end_of_the_log_says_so() -> None:
    """There is nothing after the newest line."""
    async with running() as run:
        await run.press("n")

        assert run.toasts() == ["no later incident in the log"]


async def test_a_refused_command_pops_up_and_stays_in_the_log() -> None:
    """One sentence, twice visible, no traceback."""
    async with running() as run:
        run.core.refuse("policy 'edx' does not exist: did you mean 'edf'?")
        await run.frame()

        assert run.toasts() == ["policy 'edx' does not exist: did you mean 'edf'?"]
        assert "did you mean 'edf'?" in run.view.query_one(EventLog).lines[-1].text


# --- views, zoom, help, palette, themes -----------------------------------------------------------


async def test_views_open_by_key_and_step_around() -> None:
    """F4 and v open the events; v again comes back."""
    async with running() as run:
        modes = []
        for key in ("f4", "f1", "v", "v", "V"):
            await run.press(key)
            modes.append(run.app.current_mode)

        assert modes == ["events", "dashboard", "timeline", "events", "timeline"]


async def test_a_view_that_opens_late_shows_the_whole_log() -> None:
    """Lines that have left the snapshot are still there."""
    async with running() as run:
        await run.frame(make_snapshot(log=make_snapshot().log[-1:]))
        await run.press("f4")

        assert len(run.view.query_one(EventLog).lines) == len(make_snapshot().log)


async def test_z_gives_the_focused_box_the_screen_between_header_and_keys() -> None:
    """And escape gives it back."""
    async with running(size=(80, 24)) as run:
        await run.press("z")
        assert run.table.region.height == 22
        assert "q quit" in run.text()
        await run.press("escape")

        assert run.table.region.height < 22


@pytest.mark.parametrize("size", [(120, 40), (80, 40), (80, 24)])
async def test_every_box_fills_the_screen_when_zoomed(size: tuple[int, int]) -> None:
    """Whatever height it has in the layout; it has rows to show, and gives the place back."""
    async with running(size=size) as run:
        boxes = list(run.view.focus_chain)
        assert len(boxes) >= 2
        for box in boxes:
            before = box.region
            box.focus()
            await run.press("z")
            assert run.view.maximized is box
            assert box.region == (0, 1, size[0], size[1] - 2)
            rows = run.text().splitlines()[1:-1]
            assert rows[0].startswith("╭─ ")
            assert all(len(row) == size[0] for row in rows)
            assert sum(bool(row.strip("│ ")) for row in rows) >= 3
            await run.press("z")
            assert box.region == before


async def test_a_double_click_zooms_the_box_below_it() -> None:
    """Twice the same place is zoomed, twice again is not."""
    async with running() as run:
        log = run.view.query_one(EventLog)
        await run.pilot.double_click(EventLog)
        await run.pilot.pause()
        assert run.view.maximized is log
        await run.pilot.double_click(EventLog)
        await run.pilot.pause()

        assert run.view.maximized is None


async def test_a_click_on_a_key_is_that_key() -> None:
    """The label of the row under the mouse is what happens; between two labels nothing does."""
    async with running(size=(80, 24)) as run:
        row = run.text().splitlines()[-1]
        for place in (row.index("p pick") - 1, row.index("pick")):
            await run.pilot.click(KeyBar, offset=(place, 0))
            await run.pilot.pause()

        assert isinstance(run.app.screen, Picker)
        assert len(run.app.screen_stack) == 2


@pytest.mark.parametrize("view", [each.id for each in VIEWS if "live" in each.modes])
async def test_help_explains_every_key_of_the_view(view: str) -> None:
    """The list is the registry's, and typing narrows it."""
    async with running() as run:
        await run.press(next(each.key for each in VIEWS if each.id == view), "?")
        page = " ".join(str(run.app.screen.query_one(Static).content).split())
        assert [each.id for each in actions_of(view, "live") if each.help not in page] == []
        await run.press(*"free")
        page = str(run.app.screen.query_one(Static).content)
        assert "Freeze the screen" in page
        assert "Open the event log" not in page
        await run.press("escape")

        assert not isinstance(run.app.screen, HelpScreen)


async def test_the_palette_offers_every_action_that_is_possible() -> None:
    """Policies by name, and no restart while the core lives."""
    async with running() as run:
        titles = [hit.text or "" async for hit in ActionCommands(run.view).discover()]

        offered = {each.id for each in actions_of("dashboard", "live")}
        expected = offered - {"swap_policy", "restart_core"}
        assert titles[:5] == [f"policy {each.name}" for each in make_snapshot().policies]
        assert len(titles) - 5 == len(expected)


async def test_the_palette_runs_what_is_chosen() -> None:
    """Search, enter, done."""
    async with running() as run:
        provider = ActionCommands(run.view)
        hits = [hit async for hit in provider.search("hybrid")]
        assert hits[0].command is not None
        await hits[0].command()

        assert run.core.sent == [{"t": "swap", "policy": "hybrid"}]


async def test_control_p_opens_the_palette() -> None:
    """Textual's own, with our actions in it."""
    async with running() as run:
        await run.press("ctrl+p")

        assert type(run.app.screen).__name__ == "CommandPalette"


async def test_t_steps_through_our_themes() -> None:
    """All of them, and around."""
    async with running() as run:
        seen = [run.app.theme]
        for _ in THEMES:
            await run.press("t")
            seen.append(run.app.theme)

        names = [theme.name for theme in THEMES]
        assert seen == [*names, names[0]]


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_closes_the_core_and_leaves_a_summary(key: str) -> None:
    """The command line prints the last snapshot."""
    async with running() as run:
        await run.press(key)
    assert run.core.closed
    assert run.app.summary is not None
    assert run.app.summary.missed == make_snapshot().missed


async def test_control_q_leaves_from_a_dialog_too() -> None:
    """A letter would be text there."""
    async with running() as run:
        await run.press("p", "q")
        assert run.app.is_running
        await run.press("ctrl+q")

        assert not run.app.is_running
