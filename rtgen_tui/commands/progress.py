"""How far a long command is, on stderr: one line that changes on a terminal, else one per step."""

import sys
from types import TracebackType
from typing import Final, Self, TextIO

from rtgen_tui.exits import is_terminal

CELLS: Final = 20
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Counts steps; says which one is being done and how far it is."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._live = is_terminal(self._stream)
        self._begun = 0
        self._title = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._write(_CLEAR)

    def begin(self, title: str) -> None:
        """The next step."""
        self._begun += 1
        self._title = title
        if not self._live:
            self._write(f"[{self._begun}/{self._total}] {title}\n")
        else:
            self.detail("")

    def detail(self, words: str) -> None:
        """What the step is at; only a terminal shows it."""
        if self._live:
            done = CELLS * (self._begun - 1) // max(1, self._total)
            bar = "━" * done + "─" * (CELLS - done)
            rest = f": {words}" if words else ""
            self._write(f"{_CLEAR}{bar} {self._begun}/{self._total} {self._title}{rest}")

    def _write(self, text: str) -> None:
        if self._stream is not None:
            self._stream.write(text)
            self._stream.flush()
