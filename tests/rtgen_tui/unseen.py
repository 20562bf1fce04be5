"""Applications that nobody looks at: painted when a test looks, their style sheet parsed once.

Two fifths of a bare `run_test()` go into escape sequences for a terminal that is not there, and
into parsing the same style sheet anew. The layout is made as ever, and what is on the screen
at the end of a test is painted in any case, so that nothing unpaintable goes unseen.
"""

from functools import lru_cache

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual._styles_cache import StylesCache
from textual.app import App
from textual.color import Color
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen
from textual.style import Style


def paint_only_when_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Leave out the pictures for the terminal; those that a test takes are painted whole."""
    render_update, shutdown = Compositor.render_update, App._shutdown

    def unseen(
        self: Compositor,
        full: bool = False,
        screen_stack: list[Screen[object]] | None = None,
        simplify: bool = False,
    ) -> RenderableType | None:
        if full:
            return render_update(self, full, screen_stack, simplify)
        visible_screen_stack.set(screen_stack or [])
        self._dirty_regions.clear()
        return None

    async def painted_at_the_end(self: App[object]) -> None:
        if self.is_running and self._exception is None and self.screen_stack:
            self.screen._compositor.render_update(True, self._background_screens)
        await shutdown(self)

    patch.setattr(Compositor, "render_update", unseen)
    patch.setattr(App, "_shutdown", painted_at_the_end)


def parse_once(patch: pytest.MonkeyPatch) -> None:
    """Share the rules of a style sheet between the applications that have the same colors."""
    parse_rules = Stylesheet._parse_rules
    parsed: dict[tuple[object, ...], list[RuleSet]] = {}

    def shared(self: Stylesheet, *source: object, **more: object) -> list[RuleSet]:
        key = (source, *more.items(), *self._variables.items())
        if key not in parsed:
            parsed[key] = parse_rules(self, *source, **more)  # type: ignore[arg-type]
        return parsed[key]

    patch.setattr(Stylesheet, "_parse_rules", shared)


def forget_what_is_gone(patch: pytest.MonkeyPatch) -> None:
    """Textual keeps the rows of the last thousand widgets, as their styles were asked for once.

    The garbage collector would look through them again and again.
    """
    inner_outer = StylesCache.get_inner_outer.__wrapped__

    @lru_cache(1024)
    def of_colors(base_background: Color, background: Color) -> tuple[Style, Style]:
        styles: tuple[Style, Style] = inner_outer(StylesCache, base_background, background)
        return styles

    patch.setattr(StylesCache, "get_inner_outer", staticmethod(of_colors))
