"""One registry of actions feeds bindings, footer, help and docs, and agrees with the code."""

from pathlib import Path

import pytest
from textual.binding import Binding

from rtgen_tui.actions import (
    ACTIONS,
    FOOTER,
    FOOTER_LAST,
    VIEWS,
    Mode,
    action,
    actions_of,
    allowed,
    bindings,
    hint,
    keys_page,
)
from rtgen_tui.app import RtgenApp
from rtgen_tui.screens.keybar import GAP, fitting
from rtgen_tui.view_screens import screen_class

KEYS_PAGE = Path(__file__).parents[2] / "docs" / "keys.md"
VIEW_IDS = [*(view.id for view in VIEWS), "detail"]


MODES: tuple[Mode, ...] = ("live", "replay")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("view", VIEW_IDS)
def test_no_key_does_two_things_in_a_view(view: str, mode: Mode) -> None:
    """Every key of a view belongs to one action, in a live run and in a replay."""
    offered = [each for each in actions_of(view, mode) if not each.without_core]
    keys = [key for each in offered for key in each.keys_in(mode)]

    assert sorted(keys) == sorted(set(keys))


def test_every_action_can_be_done_somewhere() -> None:
    """In a mode and a view, by a key."""
    without = [
        each.id
        for each in ACTIONS
        if not each.views or not any(each.keys_in(mode) for mode in each.modes)
    ]

    assert without == []


def test_nothing_changes_a_recorded_run() -> None:
    """What swaps, starts, stops, marks or records is not there in a replay."""
    changing = {"Policy", "Run"}
    offered = [each.id for each in ACTIONS if each.group in changing and "replay" in each.modes]

    assert offered == ["restart_core"]
    assert not any(allowed(each, "replay") for each in ("add_stream", "stop_stream", "mark"))


@pytest.mark.parametrize("view", VIEW_IDS)
def test_every_action_of_a_view_has_a_method(view: str) -> None:
    """The application or the view's screen does what the registry promises."""
    owners = {"app": RtgenApp, "screen": screen_class(view)}
    missing = [
        each.id
        for each in ACTIONS
        if view in each.views
        and not callable(getattr(owners[each.owner], f"action_{each.id}", None))
    ]

    assert missing == []


def test_ids_are_unique() -> None:
    """An action is found by its id."""
    ids = [each.id for each in ACTIONS]

    assert sorted(ids) == sorted(set(ids))


def test_views_in_the_registry_are_the_views_that_exist() -> None:
    """No view without a screen; each is opened by its key."""
    for view in VIEWS:
        assert view.id == screen_class(view.id).VIEW
        assert action(f"show_{view.id}").keys == (view.key,)


def test_actions_name_only_views_that_exist() -> None:
    """A misspelt view would hide an action."""
    assert {view for each in ACTIONS for view in each.views} <= set(VIEW_IDS)


def test_only_two_control_keys_are_taken() -> None:
    """Terminal multiplexers keep theirs; every other key is plain, or an arrow with shift."""
    modified = [key for each in ACTIONS for key in each.keys if "+" in key]

    assert set(modified) == {"shift+left", "shift+right", "ctrl+p", "ctrl+q"}


@pytest.mark.parametrize("view", VIEW_IDS)
def test_a_view_binds_exactly_its_keys(view: str) -> None:
    """Bindings come from the registry and from nowhere else."""
    bound = [each.key for each in screen_class(view).BINDINGS if isinstance(each, Binding)]

    keys = [key for each in ACTIONS if view in each.views for key in each.keys + each.live_keys]
    assert sorted(bound) == sorted(keys)


@pytest.mark.parametrize("view", VIEW_IDS)
def test_a_replay_is_asked_first_for_a_key_with_two_meanings(view: str) -> None:
    """Its action is refused in a live run, where the key then has its other meaning."""
    bound = [(each.key, each.id or "") for each in bindings(view) if not each.priority]
    wrong = [
        key
        for key in {key for key, _ in bound}
        for first, *others in [[name.partition(".")[0] for k, name in bound if k == key]]
        if others and action(first).modes != ("replay",)
    ]

    assert wrong == []


def test_numbered_keys_hand_on_their_position() -> None:
    """Key 3 asks for the third policy."""
    calls = {each.key: each.action for each in bindings("dashboard")}

    assert calls["3"] == "app.swap_policy(3)"


@pytest.mark.parametrize("view", VIEW_IDS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_the_footer_fits_and_always_offers_help_and_quit(view: str, mode: Mode, width: int) -> None:
    """However narrow the terminal, the way out is on screen, at the right end."""
    chosen = fitting(view, mode, width, without=("restart_core",))
    cells = 1 + sum(len(each.key_text(mode)) + 1 + len(each.label) + GAP for each in chosen) - GAP

    assert cells <= width
    assert tuple(each.id for each in chosen[-2:]) == FOOTER_LAST


def test_the_footer_of_the_dashboard_at_80_columns_shows_how_to_swap() -> None:
    """The core act of this tool is visible without opening help."""
    ids = [each.id for each in fitting("dashboard", "live", 80, without=("restart_core",))]

    assert ids[:3] == ["swap_policy", "freeze", "pick_policy"]


def test_the_footer_of_a_replay_at_80_columns_shows_how_to_move() -> None:
    """Play, seek and the next incident are visible without opening help."""
    ids = [each.id for each in fitting("dashboard", "replay", 80, without=("restart_core",))]

    assert ids[:4] == ["play", "seek_back", "seek_forward", "seek_next_incident"]


def test_starting_a_new_core_comes_first_when_it_is_on_offer() -> None:
    """Nothing else matters while there is no core."""
    assert fitting("dashboard", "live", 80)[0].id == "restart_core"


def test_the_footer_names_only_actions_that_exist() -> None:
    """A misspelt id would silently vanish from the footer."""
    assert set(FOOTER) | set(FOOTER_LAST) <= {each.id for each in ACTIONS}


def test_hints_name_keys_and_labels() -> None:
    """The edge of a box tells which keys work in it."""
    assert hint("live", "add_stream", "stop_stream") == "a add  x stop"


def test_an_unknown_action_is_an_error() -> None:
    """Nothing is looked up by a wrong id silently."""
    with pytest.raises(KeyError, match="fly"):
        action("fly")


def test_the_keys_page_is_up_to_date() -> None:
    """docs/keys.md is what `python -m rtgen_tui.actions` prints."""
    assert KEYS_PAGE.read_text(encoding="utf-8") == keys_page()
