"""Who is compared: both sessions by name, where they part, and what should make one careful."""

from collections.abc import Iterator
from typing import Final

from textual.reactive import var
from textual.strip import Strip

from emulator.snapshot import Snapshot
from rtgen_tui.beside import Pair
from rtgen_tui.session import Tape
from rtgen_tui.whole_files import WholeFiles
from rtgen_tui.widgets.frame import Row
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.numbers import clock
from rtgen_tui.widgets.text import Line, wrap

_FILE: Final = 34
_MOST_WARNINGS: Final = 3


class PairSides(LineWidget):
    """Two rows for the sessions, then the first divergence, then warnings."""

    pair: var[Pair | None] = var(None, init=False)
    whole: var[WholeFiles | str] = var("", init=False)
    """Empty while the files are being compared; a sentence when they cannot be."""
    tapes: var[tuple[Tape | None, Tape | None]] = var((None, None), init=False)

    def relevant(self, snapshot: Snapshot) -> object:
        return self.pair

    def build(self, width: int, height: int) -> list[Strip]:
        return [self._strip(row, width) for row in self.rows(width)[:height]]

    def _strip(self, row: Row, width: int) -> Strip:
        return Line(width, self.base_style, self.symbols.ellipsis).skip(1).add_all(row).end()

    def rows(self, width: int) -> list[Row]:
        """All rows for a width; the widget may have room for fewer."""
        text, muted = self.palette("text"), self.palette("muted")
        joint = (" ", text)
        found = [self._side(side) for side in (0, 1)]
        for sentence in self._divergence():
            found += wrap([[(sentence, text)]], max(1, width - 2), joint)
        warnings = list(self._warnings())
        for warning in warnings[:_MOST_WARNINGS]:
            found.append([(f"{self.symbols.warn} {warning}", self.palette("late", bold=True))])
        if len(warnings) > _MOST_WARNINGS:
            more = f"  and {len(warnings) - _MOST_WARNINGS} more: rtgen-tui compare prints them"
            found.append([(more, muted)])
        return found

    def _side(self, side: int) -> Row:
        palette, tape = self.palette, self.tapes[side]
        row: Row = [("AB"[side], palette("accent", bold=True)), ("  ", palette())]
        if tape is None:
            return [*row, ("is being opened", palette("muted"))]
        name = self.clean(tape.path.replace("\\", "/").rpartition("/")[2])
        row.append((f"{self.fit(name, _FILE).rstrip()}  ", palette("text")))
        if self.pair is None:
            return row
        snapshot = self.pair[side]
        row.append((f"{self.clean(snapshot.policy)}  ", palette("accent", bold=True)))
        end = clock(tape.t_end_ns, hours=False)
        at = clock(snapshot.t_ns, hours=False)
        ended = ", its end" if snapshot.t_ns == tape.t_end_ns else ""
        row.append((f"{at} of {end}{ended}", palette("text")))
        run = f"  {self.clean(snapshot.scenario)} on {self.clean(snapshot.profile)}"
        return [*row, (f"{run}, seed {snapshot.seed}", palette("muted"))]

    def _divergence(self) -> Iterator[str]:
        whole = self.whole
        if isinstance(whole, str):
            yield self.clean(whole) or f"comparing the whole files {self.symbols.ellipsis}"
            return
        parted = whole.divergence
        if parted is None:
            until = clock(whole.equal_until_ns, hours=False)
            yield f"no divergence: all {whole.equal_events:,} events are equal, up to {until}"
            return
        at = clock(parted.t_ns, hours=False)
        yield self.clean(
            f"first divergence: {at}, event {parted.event:,}: A {parted.a}, B {parted.b}"
        )

    def _warnings(self) -> Iterator[str]:
        """Of the whole files, or until they are known of what is on screen."""
        if isinstance(self.whole, WholeFiles):
            yield from map(self.clean, self.whole.warnings)
        elif self.pair is not None:
            for what in ("scenario", "profile", "seed"):
                a, b = (getattr(each, what) for each in self.pair)
                if a != b:
                    yield self.clean(f"the {what}s differ: {a} and {b}")

    def watch_whole(self) -> None:
        self.rebuild()

    def watch_tapes(self) -> None:
        self.rebuild()
