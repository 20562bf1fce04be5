"""The top line: what runs, on what, how far it is, and what is wrong with the picture."""

from dataclasses import dataclass

from rich.style import Style
from textual.reactive import var
from textual.strip import Strip

from emulator.snapshot import Snapshot
from rtgen_tui.session import Tape
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.numbers import clock, rate, watts
from rtgen_tui.widgets.text import Line, Piece, cells


@dataclass(slots=True)
class _Item:
    """One figure of the line in forms from long to short; the last may be empty."""

    rank: int
    """Which item is shortened first: the lowest."""
    forms: tuple[str, ...]
    style: Style
    chosen: int = 0

    @property
    def text(self) -> str:
        return self.forms[self.chosen]

    @property
    def can_shrink(self) -> bool:
        return self.chosen + 1 < len(self.forms)


class HeaderBar(LineWidget):
    """One row: state and time, scenario, profile, policy, seed, speed, cost of the screen."""

    DEFAULT_CSS = "HeaderBar { height: 1; width: 1fr; }"

    frozen: var[bool] = var(False, init=False)
    """The screen stands still while the engine goes on."""
    fps: var[float] = var(0.0, init=False)
    """Pictures per second that were drawn."""
    ui_percent: var[float | None] = var(None, init=False)
    """CPU of this process in percent of one core."""
    connection: var[str] = var("", init=False)
    """What is wrong with the core, such as ``core died``; empty when nothing is."""
    recorded: var[str] = var("", init=False)
    """How much was recorded, such as ``1.4 MB``; empty when nothing is being recorded."""
    recording_fails: var[bool] = var(False, init=False)
    tape: var[Tape | None] = var(None, init=False)
    """The session that is replayed; None in a live run."""

    def build(self, width: int, height: int) -> list[Strip]:
        items = self._items()
        separator = f" {self.symbols.bar} "
        while _width(items, separator) > width - 2:
            shrinkable = [item for item in items if item.can_shrink]
            if not shrinkable:
                break
            min(shrinkable, key=lambda item: item.rank).chosen += 1
        palette = self.palette
        faint = palette("faint", on="bar")
        line = Line(width, palette("text", on="bar"), self.symbols.ellipsis)
        line.skip(1)
        # The name of the program and the state stand together.
        joint: Piece = ("", faint)
        for number, item in enumerate(each for each in items if each.text):
            line.add_all([joint] if number else []).add(item.text, item.style)
            joint = (" ", faint) if item.rank == _BRAND_RANK else (separator, faint)
        return [line.end()]

    def _items(self) -> list[_Item]:
        palette = self.palette
        snapshot = self.snapshot
        muted = palette("muted", on="bar")
        brand = _Item(_BRAND_RANK, ("rtgen", ""), palette("accent", on="bar", bold=True))
        wrong = palette("miss", on="bar", bold=True)
        connection = self.clean(self.connection)
        trouble = [_Item(95, (f"{self.symbols.error} {connection}",), wrong)] if connection else []
        if snapshot is None:
            waiting = f"{self.symbols.idle} waiting for the core"
            return [brand, *(trouble or [_Item(99, (waiting,), muted)])]
        return [
            brand,
            self._state(snapshot),
            *trouble,
            *self._real(snapshot),
            *self._frozen(),
            *self._recording(),
            *self._pace(snapshot),
            *self._facts(snapshot),
            _Item(10, (self._cost(), self._cost(fps=False), ""), muted),
        ]

    def _state(self, snapshot: Snapshot) -> _Item:
        symbols = self.symbols
        is_live = self.tape is None
        glyph, word, color = {
            "running": (symbols.live, "LIVE", "ok") if is_live else (symbols.play, "REPLAY", "ok"),
            "paused": (symbols.paused, "PAUSED" if is_live else "REPLAY paused", "late"),
            "ended": (symbols.ended, "ENDED" if is_live else "REPLAY at the end", "muted"),
        }.get(snapshot.state, (symbols.idle, self.clean(snapshot.state), "muted"))
        if snapshot.state == "running" and not is_live:
            word += f" {self._speed(snapshot.speed)}"
        # While time stands still, single steps must be seen: most are shorter than a millisecond.
        decimals = _STEP_DECIMALS if snapshot.state == "paused" else 1
        brief = clock(snapshot.t_ns, decimals, hours=False)
        long = f"{glyph} {word} {clock(snapshot.t_ns, decimals)}"
        style = self.palette(color, on="bar", bold=True)
        return _Item(90, (long, f"{glyph} {word} {brief}", f"{glyph} {brief}"), style)

    def _speed(self, speed: float) -> str:
        return f"{self.symbols.times}{rate(speed)}" if speed else "max"

    def _real(self, snapshot: Snapshot) -> list[_Item]:
        """The backends that really execute their slices, or did when this was recorded."""
        names = [self.clean(each.name) for each in snapshot.backends if each.provider]
        if not names:
            return []
        forms = (f"real: {', '.join(names)}", f"{len(names)} real", "real")
        return [_Item(65, forms, self.palette("ok", on="bar", bold=True))]

    def _recording(self) -> list[_Item]:
        if not self.recorded:
            return []
        fails = self.recording_fails
        glyph = self.symbols.error if fails else self.symbols.record
        word = "REC fails" if fails else "REC"
        style = self.palette("miss", on="bar", bold=True)
        return [_Item(75, (f"{glyph} {word} {self.recorded}", f"{glyph} {word}"), style)]

    def _frozen(self) -> list[_Item]:
        if not self.frozen:
            return []
        glyph = self.symbols.paused
        style = self.palette("late", on="bar", bold=True)
        return [_Item(80, (f"{glyph} screen frozen", f"{glyph} frozen"), style)]

    def _pace(self, snapshot: Snapshot) -> list[_Item]:
        pace, times = snapshot.pace, self.symbols.times
        speed, achieved = f"{times}{rate(snapshot.speed)}", f"{times}{rate(pace.achieved_speed)}"
        runs_on_speed = pace.achieved_speed >= _ON_SPEED * snapshot.speed
        if pace.keeps_pace or runs_on_speed or snapshot.state != "running" or self.tape:
            return []
        warn = self.symbols.warn
        forms = (
            f"{warn} host cannot keep pace: {achieved} of {speed}",
            f"{warn} slow: {achieved} of {speed}",
            f"{warn} slow",
        )
        return [_Item(70, forms, self.palette("late", on="bar", bold=True))]

    def _facts(self, snapshot: Snapshot) -> list[_Item]:
        palette, clean = self.palette, self.clean
        text = palette("text", on="bar")
        muted = palette("muted", on="bar")
        scenario, profile = clean(snapshot.scenario), clean(snapshot.profile)
        digit = "" if self.tape else _digit_of_active(snapshot)
        policy = f"{digit} {clean(snapshot.policy)}".lstrip()
        return [
            *self._file(),
            _Item(50, (f"scenario {scenario}", scenario, ""), text),
            _Item(30, (profile, ""), text),
            _Item(60, (policy, ""), palette("accent", on="bar", bold=True)),
            _Item(20, (f"seed {snapshot.seed}", ""), muted),
            *self._live_speed(snapshot, text),
            *self._power(snapshot, text),
        ]

    def _power(self, snapshot: Snapshot, style: Style) -> list[_Item]:
        """Of all backends together, if it is known of all."""
        known = [each.power_w for each in snapshot.backends if each.power_w is not None]
        if not known or len(known) < len(snapshot.backends):
            return []
        return [_Item(45, (f"{watts(sum(known))} in all", watts(sum(known)), ""), style)]

    def _live_speed(self, snapshot: Snapshot, style: Style) -> list[_Item]:
        """The state of a replay has it already."""
        if self.tape:
            return []
        return [_Item(40 if snapshot.speed != 1 else 15, (self._speed(snapshot.speed), ""), style)]

    def _file(self) -> list[_Item]:
        tape = self.tape
        if tape is None:
            return []
        name = self.clean(tape.path.replace("\\", "/").rpartition("/")[2])
        length = clock(tape.t_end_ns - tape.t_begin_ns, hours=False)
        return [_Item(35, (f"{name} ({length})", name, ""), self.palette("text", on="bar"))]

    def _cost(self, *, fps: bool = True) -> str:
        parts = [f"{self.fps:.0f} fps"] if fps and self.fps > 0 else []
        if self.ui_percent is not None:
            parts.append(f"ui {self.ui_percent:.0f} %")
        return ", ".join(parts)

    def watch_frozen(self) -> None:
        self.rebuild()

    def watch_fps(self) -> None:
        self.rebuild()

    def watch_ui_percent(self) -> None:
        self.rebuild()

    def watch_connection(self) -> None:
        self.rebuild()

    def watch_recorded(self) -> None:
        self.rebuild()

    def watch_recording_fails(self) -> None:
        self.rebuild()

    def watch_tape(self) -> None:
        self.rebuild()


_BRAND_RANK = 25
_STEP_DECIMALS = 6
_ON_SPEED = 0.98
"""From this share of the speed asked for on, a run that is behind is catching up."""


def _digit_of_active(snapshot: Snapshot) -> str:
    """The key that picks the active policy: its place in the list, 1 to 9."""
    for number, policy in enumerate(snapshot.policies[:9], 1):
        if policy.active:
            return str(number)
    return ""


def _width(items: list[_Item], separator: str) -> int:
    texts = [item.text for item in items if item.text]
    joints = max(0, len(texts) - 1) * len(separator)
    return sum(cells(text) for text in texts) + joints
