"""The stream of the detail in a line: state, rate, deadline, misses."""

from textual.strip import Strip

from emulator.snapshot import Snapshot, StreamView
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.numbers import duration, miss_percent, per_token, rate, short, span
from rtgen_tui.widgets.text import Line

_STATES = {
    "ok": ("ok", "ok"),
    "late": ("late", "late"),
    "miss": ("miss", "miss"),
    "idle": ("idle", "muted"),
    "stopped": ("stopped", "muted"),
}
"""By state: the field of ``Symbols`` and the color."""


class StreamTitle(LineWidget):
    """One row; the figures that matter less go first where it is narrow."""

    DEFAULT_CSS = "StreamTitle { height: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self.stream: StreamView | None = None

    def relevant(self, snapshot: Snapshot) -> object:
        return self.stream, snapshot.window_s

    def build(self, width: int, height: int) -> list[Strip]:
        line = Line(width, self.base_style, self.symbols.ellipsis).skip(1)
        stream, palette = self.stream, self.palette
        if stream is None:
            return [line.add("this stream is not in the run", palette("muted")).end()]
        glyph, color = _STATES.get(stream.state, ("info", "muted"))
        line.add(f"{stream.index + 1} ", palette("muted"))
        line.add(self.clean(stream.name), palette.stream(stream.index, bold=True))
        line.add(f"  {getattr(self.symbols, glyph)} {stream.state}", palette(color, bold=True))
        for name, value in self._facts(stream):
            if line.room < len(name) + len(value) + 4:
                break
            line.add_all([(f"   {name} ", palette("muted")), (value, palette("text"))])
        return [line.end()]

    def _facts(self, stream: StreamView) -> list[tuple[str, str]]:
        snapshot = self.snapshot
        window = span(snapshot.window_s) if snapshot is not None else "window"
        target = "" if stream.target_hz is None else f"/{rate(stream.target_hz)}"
        deadline = "none" if stream.deadline_ms is None else duration(stream.deadline_ms)
        share = miss_percent(stream.window_missed, stream.window_known)
        facts = [
            ("deadline", deadline),
            ("rate", f"{rate(stream.rate_hz)}{target} Hz"),
            (f"missed in {window}", f"{share} %"),
            ("since start", f"{short(stream.missed)} of {short(stream.known)}"),
            ("in flight", short(stream.in_flight)),
        ]
        if stream.degraded is not None:
            facts.insert(4, ("degraded", short(stream.degraded)))
        if stream.mj_per_token is not None:
            facts.insert(2, ("energy", " ".join(per_token(stream.mj_per_token))))
        if stream.tokens_per_s is not None:
            facts.insert(2, ("tokens/s", short(stream.tokens_per_s, 1)))
        return facts
