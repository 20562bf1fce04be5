"""Text of one LLM stream as it arrives at the emulated, or measured, token rate.

Only the timing is that of the run: the words come from ``rtgen_tui.dialogue``, and the frame says
so.
"""

from functools import lru_cache
from typing import Final

from textual.reactive import var

from emulator.snapshot import Snapshot, StreamView
from rtgen_tui.dialogue import answer
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import duration, short
from rtgen_tui.widgets.text import width_of

NOTE: Final = "built-in text, emulated timing"
MEASURED: Final = "built-in text, measured timing"
"""Where a real backend produces the tokens."""

_PAGE: Final = 2048
"""Tokens that are laid out at once; a longer answer goes on with an empty pane."""

AUTO: Final = -1


class DialoguePane(FramedWidget):
    """The answer of one stream, growing token by token."""

    selected: var[int] = var(AUTO, init=False)
    """Index of the stream, or ``AUTO`` for the one that speaks."""

    _speaker = AUTO

    def relevant(self, snapshot: Snapshot) -> object:
        return self.stream

    @property
    def stream(self) -> StreamView | None:
        """The selected stream if it has an LLM, else the one that speaks or spoke last."""
        streams = self.snapshot.streams if self.snapshot is not None else ()
        if 0 <= self.selected < len(streams) and streams[self.selected].tokens_per_s is not None:
            return streams[self.selected]
        current = streams[self._speaker] if 0 <= self._speaker < len(streams) else None
        if current is None or current.phase != "decode":
            begun = [each for each in streams if each.llm_job >= 0]
            speaking = sorted((s for s in begun if _speaks(s)), key=lambda s: s.phase != "decode")
            current = next(iter(speaking), current)
            if (current is None or current.llm_job < 0) and begun:
                current = begun[0]
        self._speaker = current.index if current is not None else AUTO
        return current

    def box(self, width: int, height: int) -> Box:
        palette, stream = self.palette, self.stream
        muted = palette("muted")
        note: Row = [(MEASURED if self._is_real(stream) else NOTE, muted)]
        if stream is None or stream.llm_job < 0:
            title: Row = [("Answer", palette("text", bold=True))]
            return Box([[("no answer has begun", muted)]], title=title, foot_value=note)
        rows = self._text(stream, max(1, width), height)
        title, value = self._title(stream), self._figures(stream)
        while value and width_of(title) + width_of(value) + 3 > width:
            value = value[:-2]
        return Box(rows, title=title, value=value, foot_value=note)

    def _is_real(self, stream: StreamView | None) -> bool:
        backends = self.snapshot.backends if self.snapshot is not None else ()
        last = "" if stream is None else stream.backend
        return any(each.provider for each in backends if each.name == last)

    def _title(self, stream: StreamView) -> Row:
        palette = self.palette
        name = self.clean(stream.name)
        return [
            (name, palette.stream(stream.index, bold=True)),
            (f" #{stream.llm_job}", palette("text")),
            (f"  {_phase(stream)}", palette("muted")),
            (f" {stream.llm_tokens}/{stream.llm_total} tok", palette("text")),
        ]

    def _figures(self, stream: StreamView) -> Row:
        """What is known of all answers of the stream, not of the shown one alone."""
        palette = self.palette
        figures: Row = []
        if _phase(stream) != "finished":
            figures.append((f"stream {short(stream.tokens_per_s, 1)} tok/s", palette("text")))
        if stream.ttft_p50_ms is not None:
            if figures:
                figures.append((f" {self.symbols.dot} ", palette("faint")))
            figures.append((f"TTFT p50 {duration(stream.ttft_p50_ms)}", palette("muted")))
        return figures

    def _text(self, stream: StreamView, width: int, height: int) -> list[Row]:
        palette = self.palette
        if stream.llm_tokens <= 0:
            waiting = "prefill" if _speaks(stream) else "waiting"
            return [[(f"{waiting}{self.symbols.ellipsis}", palette("muted"))]]
        shown = min(stream.llm_tokens, max(0, stream.llm_total))
        page = max(0, shown - 1) // _PAGE
        count = min(_PAGE, stream.llm_total - page * _PAGE)
        lines = lay_out(stream.name, stream.llm_job, page * _PAGE, count, width)
        finished = shown >= stream.llm_total
        style = palette("muted" if finished else "text")
        rows: list[Row] = []
        left = shown - page * _PAGE
        for line in lines:
            if left <= 0:
                break
            rows.append([("".join(line[:left]), style)])
            left -= len(line)
        if rows and not finished:
            rows[-1].append((self.symbols.cursor, palette("accent")))
        return rows[-height:]

    def watch_selected(self) -> None:
        self.rebuild()


def _speaks(stream: StreamView) -> bool:
    return stream.llm_job >= 0 and stream.phase in {"prefill", "decode"}


def _phase(stream: StreamView) -> str:
    """What the shown answer does; ``StreamView.phase`` may be that of a newer job."""
    if 0 < stream.llm_total <= stream.llm_tokens:
        return "finished"
    if stream.llm_tokens > 0:
        return "decode" if stream.in_flight else "broken off"
    return "prefill" if _speaks(stream) else "waits"


@lru_cache(maxsize=8)
def lay_out(
    stream: str, job: int, first: int, count: int, width: int
) -> tuple[tuple[str, ...], ...]:
    """The tokens of an answer in lines of at most ``width`` cells, less one for the cursor.

    Words are placed as a whole before their pieces arrive, so that no word jumps to the next line
    while it grows.
    """
    lines: list[tuple[str, ...]] = []
    line: list[str] = []
    used, room = 0, max(1, width - 1)
    for word in _words(answer(stream, job, first, count)):
        if used and used + sum(map(len, word)) > room:
            lines.append(tuple(line))
            line, used = [], 0
        placed = word if used else [word[0].lstrip(), *word[1:]]
        if sum(map(len, placed)) > room:
            # Only in a very narrow pane; the other pieces stay as empty tokens.
            placed = [placed[0][:room], *[""] * (len(word) - 1)]
        line += placed
        used += sum(map(len, placed))
    return (*lines, tuple(line)) if line else tuple(lines)


def _words(pieces: list[str]) -> list[list[str]]:
    """Tokens that must stay on one line together."""
    words: list[list[str]] = []
    for piece in pieces:
        if words and not piece.startswith(" "):
            words[-1].append(piece)
        else:
            words.append([piece])
    return words
