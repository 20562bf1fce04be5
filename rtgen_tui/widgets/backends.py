"""How busy each backend is: a tile with its history, or one line each where there is less room."""

from collections.abc import Iterator, Sequence

from rich.style import Style
from textual.strip import Strip

from emulator.snapshot import BackendView, Snapshot
from emulator.snapshot import backend_label as plain_label
from rtgen_tui.widgets.charts import area, bar, spark
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.numbers import short, span, watts, whole_percent
from rtgen_tui.widgets.palette import Palette
from rtgen_tui.widgets.text import Line, cells, clean, width_of

SATURATED = 0.95
"""Above this share of the last second a backend is marked: new work will wait."""

_KINDS = ("cpu", "gpu", "npu")
_BRIGHTEST, _DARKEST = 0.95, 0.45
_SOLID_ROWS = 3
_FOR_BUSY, _FOR_POWER = 11, 9
"""Cells that figures take beside a title, whatever they are, so that it does not come and go."""


def backend_label(name: str, unknown: str = "·") -> str:
    """The name as the screen shows it, clean: ``npu`` as ``NPU``."""
    return clean(plain_label(name), unknown)


def backend_color(kind: str) -> str:
    """The color variable of a kind of backend."""
    return kind if kind in _KINDS else "accent"


def backend_style(palette: Palette, snapshot: Snapshot, name: str) -> Style:
    """The style of the backend with this name."""
    kind = next((each.kind for each in snapshot.backends if each.name == name), "")
    return palette(backend_color(kind))


class BackendTile(FramedWidget):
    """One backend: utilization over time on a fixed scale of 0 to 100 %.

    Args:
        index: position of the backend in the snapshot.
        id: of the widget.
    """

    _chart_key: tuple[object, ...] = ()
    _chart: Sequence[str] = ()

    def __init__(self, index: int, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.index = index

    @property
    def backend(self) -> BackendView | None:
        """The backend that is shown, None when the profile has fewer."""
        backends = self.snapshot.backends if self.snapshot is not None else ()
        return backends[self.index] if 0 <= self.index < len(backends) else None

    def relevant(self, snapshot: Snapshot) -> object:
        backend = self.backend
        if backend is None:
            return None
        if snapshot.state != "paused":
            backend = backend._replace(running="")
        return backend, snapshot.state, snapshot.bucket_s, snapshot.window_s

    def box(self, width: int, height: int) -> Box:
        backend, snapshot, palette = self.backend, self.snapshot, self.palette
        if backend is None or snapshot is None:
            return Box([], title=[("no backend", palette("muted"))])
        color = backend_color(backend.kind)
        rows: list[Row] = [
            [(text, palette(color, amount=_shade(row, height)))]
            for row, text in enumerate(self._area(snapshot, backend, width, height))
        ]
        return Box(
            rows,
            title=self._title(backend, color, width),
            value=self._value(backend),
            foot=self._foot(snapshot, backend, width),
            foot_value=self._figures(snapshot, backend),
        )

    def _area(
        self, snapshot: Snapshot, backend: BackendView, width: int, height: int
    ) -> Sequence[str]:
        newest = int(snapshot.t_ns / (snapshot.bucket_s * 1e9)) - 1 if snapshot.bucket_s > 0 else 0
        key = (backend.history, newest % 2, width, height, self.symbols.name)
        if key != self._chart_key:
            self._chart_key = key
            self._chart = area(backend.history, newest, width, height, self.symbols)
        return self._chart

    def _title(self, backend: BackendView, color: str, width: int) -> Row:
        palette = self.palette
        label = backend_label(backend.name, self.symbols.unknown)
        title = [(label, palette(color, bold=True))]
        if backend.provider:
            title.append((" real", palette("ok")))
            label += " real"
        rest = f"  {self.clean(backend.title)}"
        taken = _FOR_BUSY + (0 if backend.power_w is None else _FOR_POWER)
        if backend.title and cells(label) + cells(rest) <= width - taken:
            title.append((rest, palette("muted")))
        return title

    def _value(self, backend: BackendView) -> Row:
        if backend.down:
            return [(f"{self.symbols.error} DOWN", self.palette("miss", bold=True))]
        full = backend.busy_last_second > SATURATED
        style = self.palette("late" if full else "text", bold=True)
        busy = f"{whole_percent(backend.busy_last_second)} %"
        power = watts(backend.power_w)
        return [
            *([(f"{power} {self.symbols.bar}", self.palette("text"))] if power else []),
            (f" {busy}" if power else busy, style),
            *([(f" {self.symbols.warn}", style)] if full else []),
        ]

    def _foot(self, snapshot: Snapshot, backend: BackendView, width: int) -> Row:
        """Why it is down; what runs while the engine stands still; else how far it reaches back."""
        if backend.down:
            return [(self.clean(backend.down), self.palette("miss"))]
        if snapshot.state == "paused" and backend.running:
            return [(self.clean(backend.running), self.palette("text"))]
        per_cell = snapshot.bucket_s * (2 if self.symbols.chart == "braille" else 1)
        reach = f"-{span(width * per_cell)}"
        fits = cells(reach) + 2 + width_of(self._figures(snapshot, backend)) + 2 <= width
        return [(reach, self.palette("faint"))] if per_cell > 0 and fits else []

    def _figures(self, snapshot: Snapshot, backend: BackendView) -> Row:
        if backend.down:
            return []
        palette = self.palette
        return [
            (f"q {short(backend.queue)}", palette("text" if backend.queue else "muted")),
            (f" {self.symbols.bar} ", palette("faint")),
            (
                f"avg {whole_percent(backend.busy_window).strip()} % {span(snapshot.window_s)}",
                palette("muted"),
            ),
        ]


def _shade(row: int, height: int) -> float:
    """The color fades towards the bottom of a chart, so that the peaks are what the eye meets."""
    if height <= _SOLID_ROWS:
        return _BRIGHTEST
    return _BRIGHTEST - (_BRIGHTEST - _DARKEST) * row / (height - 1)


class BackendMeters(LineWidget):
    """One line per backend: ``NPU █████████░  97 % ▆▇▇██▇  q 6 ▲``."""

    BAR = 10
    """Cells of the meter."""
    BRIEF = 20
    """Cells of a backend where several share a row."""

    def rows_for(self, count: int, width: int, *, few: bool) -> int:
        """The rows that so many backends take, where there are few for all or not."""
        abreast = max(1, width // self.BRIEF)
        return -(-count // abreast) if few else count

    def relevant(self, snapshot: Snapshot) -> object:
        return [each._replace(running="") for each in snapshot.backends]

    def build(self, width: int, height: int) -> list[Strip]:
        snapshot = self.snapshot
        if snapshot is None:
            return []
        backends = snapshot.backends
        if height < len(backends) <= height * (width // self.BRIEF):
            return [*self._brief(backends, width)]
        label_width = min(12, max((cells(backend_label(b.name)) for b in backends), default=0))
        shown = backends if len(backends) <= height else backends[: height - 1]
        rows = [self._row(backend, width, label_width) for backend in shown]
        if len(shown) < len(backends):
            more = f" {len(backends) - len(shown)} more backends"
            rows.append(Line(width, self.palette("muted"), self.symbols.ellipsis).add(more).end())
        return rows

    def _brief(self, backends: Sequence[BackendView], width: int) -> Iterator[Strip]:
        """Several to a row: `` NPU          100 % ▲ GPU           45 %``."""
        palette, symbols = self.palette, self.symbols
        abreast = width // self.BRIEF
        for start in range(0, len(backends), abreast):
            line = Line(width, self.base_style, symbols.ellipsis)
            for place, backend in enumerate(backends[start : start + abreast], 1):
                full = backend.busy_last_second > SATURATED
                name = self.fit(backend_label(backend.name, symbols.unknown), self.BRIEF - 10)
                figure = f" {whole_percent(backend.busy_last_second)} % "
                mark = symbols.warn if full else " "
                text, color = figure + mark, "late" if full else "text"
                if backend.down:
                    text, color = f" {symbols.error} DOWN", "miss"
                line.add(f" {name}", palette(backend_color(backend.kind)))
                line.add(text, palette(color, bold=True)).skip(place * self.BRIEF - line.used)
            yield line.end()

    def _row(self, backend: BackendView, width: int, label_width: int) -> Strip:
        palette, symbols = self.palette, self.symbols
        color = palette(backend_color(backend.kind))
        full = backend.busy_last_second > SATURATED
        figure = palette("late", bold=True) if full else palette("text", bold=True)
        line = Line(width, self.base_style, symbols.ellipsis).skip(1)
        line.add(self.fit(backend_label(backend.name, symbols.unknown), label_width), color)
        if backend.down:
            line.add(f" {symbols.error} DOWN", palette("miss", bold=True))
            return line.add(f"  {self.clean(backend.down)}", palette("miss")).end()
        power = "" if backend.power_w is None else f"  {watts(backend.power_w):>7}"
        tail = f"{power}  q {short(backend.queue):<3} {symbols.warn if full else ' '} "
        if line.room >= self.BAR + len(tail) + 8:
            filled, rest = bar(backend.busy_last_second, self.BAR, symbols)
            line.skip(1).add(filled, color).add(rest, palette("grid"))
        line.add(f" {whole_percent(backend.busy_last_second)} %", figure)
        chart = line.room - len(tail) - 1
        if chart > 0:
            shade = palette(backend_color(backend.kind), amount=0.7)
            line.skip(1).add(spark(backend.history, chart, symbols), shade)
        return line.add(tail, figure if full else palette("muted")).end()
