"""A view of one table: the keys that go through its rows."""

from typing import Final, Protocol

from rtgen_tui.screens.view import ViewScreen

_FAR: Final = 10**9
"""More rows than a table has, which stops at its ends."""


class Rows(Protocol):
    """A table that stops at its first and its last row."""

    def move(self, rows: int, /) -> None:
        """Goes so many rows down, or up when negative."""

    def page(self, pages: int, /) -> None:
        """Goes by as many rows as are in view."""


class TableScreen(ViewScreen):
    """A view whose arrows move through one table."""

    @property
    def table(self) -> Rows:
        """The table."""
        raise NotImplementedError

    def action_line_up(self) -> None:
        self.table.move(-1)

    def action_line_down(self) -> None:
        self.table.move(1)

    def action_page_up(self) -> None:
        self.table.page(-1)

    def action_page_down(self) -> None:
        self.table.page(1)

    def action_first_line(self) -> None:
        self.table.move(-_FAR)

    def action_last_line(self) -> None:
        self.table.move(_FAR)
