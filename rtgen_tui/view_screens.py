"""The screen of each view of the registry."""

from rtgen_tui.screens.dashboard import DashboardScreen
from rtgen_tui.screens.view import ViewScreen


def screen_class(view: str) -> type[ViewScreen]:
    """The screen of a view of the registry; all but the first are loaded when they are opened.

    Raises:
        KeyError: there is no such view.
    """
    if view == DashboardScreen.VIEW:
        return DashboardScreen
    if view == "timeline":
        from rtgen_tui.screens.timeline import TimelineScreen

        return TimelineScreen
    if view == "compare":
        from rtgen_tui.screens.compare import CompareScreen

        return CompareScreen
    if view == "events":
        from rtgen_tui.screens.events import EventsScreen

        return EventsScreen
    if view == "sessions":
        from rtgen_tui.screens.sessions import SessionsScreen

        return SessionsScreen
    if view == "detail":
        from rtgen_tui.screens.detail import DetailScreen

        return DetailScreen
    raise KeyError(view)
