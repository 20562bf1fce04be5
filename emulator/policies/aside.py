"""Where foreign code prints to: standard output may be a table, JSON or a pipe to a screen."""

import io
import sys
from typing import Final, TextIO, TypeAlias

MOST: Final = 65_536
"""Characters that are shown; a policy may be asked thousands of times a second."""

Streams: TypeAlias = tuple[TextIO, TextIO]
"""Standard output and standard error."""


class Aside(io.TextIOBase):
    """Stands in for both, and hands on to standard error, up to a limit."""

    def __init__(self, most: int = MOST) -> None:
        super().__init__()
        self._left = most
        self._out: TextIO | None = None

    def take_over(self) -> Streams:
        """From now on what is printed comes here; returns what ``give_back`` needs."""
        before = sys.stdout, sys.stderr
        if before[1] is not self:
            self._out = before[1]
        sys.stdout = sys.stderr = self
        return before

    @staticmethod
    def give_back(before: Streams) -> None:
        """As it was."""
        sys.stdout, sys.stderr = before

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Shows what may still be shown of it; says once that the rest is not."""
        if self._out is not None and self._left > 0:
            self._out.write(text[: self._left])
            self._left -= len(text)
            if self._left <= 0:
                self._out.write("\n(what the policy prints beyond this is not shown)\n")
        return len(text)

    def flush(self) -> None:
        """Shows what waits."""
        if self._out is not None:
            self._out.flush()
