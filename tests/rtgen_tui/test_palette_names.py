"""The palette finds things by their names; the mouse picks policies."""

from textual.geometry import Offset

from rtgen_tui.screens.palette import NamedCommands
from rtgen_tui.widgets.policy_strip import PolicyStrip
from tests.rtgen_tui.screens_for_tests import replaying, running


async def test_the_palette_knows_policies_scenarios_and_profiles() -> None:
    """By their names, with what they are."""
    async with running() as run:
        commands = NamedCommands(run.view)
        await commands.startup()
        titles = {each.title: each for each in commands.commands(run.view)}
        await titles["policy rm"].run()
        await titles["add scenario game-npc"].run()
        await titles["layout streams"].run()

        assert run.core.sent == [
            {"t": "swap", "policy": "rm"},
            {"t": "add-scenario", "scenario": "game-npc"},
        ]
        assert run.app.board_layout == "streams"
        assert {"scenario video-call", "profile ryzen-ai-9-hx-370", "symbols ascii"} <= set(titles)


async def test_the_palette_of_a_replay_changes_nothing_of_the_run() -> None:
    """Only its looks."""
    async with replaying() as run:
        commands = NamedCommands(run.view)
        await commands.startup()
        words = {each.title.split()[0] for each in commands.commands(run.view)}

    assert words == {"symbols", "layout"}


async def test_a_click_on_the_row_of_policies_swaps() -> None:
    """As one on their list does."""
    async with running(size=(80, 24)) as run:
        strip = run.view.query_one(PolicyStrip)
        column = run.text().splitlines()[strip.region.y].index("static")
        await run.pilot.click(strip, offset=Offset(column + 2, 0))
        await run.pilot.pause()

        assert run.core.sent == [{"t": "swap", "policy": "static"}]
