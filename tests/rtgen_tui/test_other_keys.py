"""Keys that the config file changes, in the running application."""

from rtgen_tui.actions import hint
from rtgen_tui.app import RtgenApp
from rtgen_tui.app_looks import Looks
from tests.rtgen_tui.screens_for_tests import replaying, running

OTHER_KEYS = Looks(keys={"freeze": ("F",), "pick_policy": ("space",), "next_incident": ("w",)})


async def test_other_keys_do_what_the_file_says() -> None:
    """The old ones no longer do it, in the footer and in the help too."""
    async with running(looks=OTHER_KEYS) as run:
        await run.press("p")
        assert len(run.app.screen_stack) == 1
        await run.press("F")
        assert run.app.monitor.frozen is not None
        await run.press("F", "space")
        assert len(run.app.screen_stack) == 2
        await run.press("escape")

        assert "F freeze  space pick" in run.text()
        assert "w next  N previous" in run.text()
        await run.press("?")
        assert "Freeze the screen" in run.text()
        assert any("F  " in row and "Freeze" in row for row in run.text().splitlines())


async def test_a_key_of_the_other_mode_stays_where_it_was() -> None:
    """The key n means another action in a replay, which nobody gave another key."""
    async with replaying() as run:
        run.app.exit()
    async with running(looks=OTHER_KEYS) as run:
        bound = {key: [each.action for each in values] for key, values in _keys_of(run.app)}

    assert "app.seek_next_incident(1)" in str(bound["n"]) or "app.seek_next_incident" in bound["n"]
    assert "screen.next_incident" not in bound["n"]
    assert "screen.next_incident" in bound["w"]


def _keys_of(app: RtgenApp) -> list[tuple[str, list]]:  # type: ignore[type-arg]
    return list(app.screen_stack[0]._bindings.key_to_bindings.items())


async def test_an_application_without_other_keys_has_its_own() -> None:
    """Nothing of one application is left for the next."""
    async with running(looks=OTHER_KEYS):
        pass
    async with running():
        assert hint("live", "freeze") == "space freeze"
