"""The policies and their misses in one row, where the list has no room."""

from typing import TYPE_CHECKING

from textual import events
from textual.message import Message
from textual.strip import Strip

from emulator.policies.own_name import brief
from emulator.snapshot import PolicyView, Snapshot
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.numbers import NOTHING, miss_percent, short
from rtgen_tui.widgets.policies import misses_per_minute
from rtgen_tui.widgets.text import Line, Piece, cells, cut, width_of

_NAME = 20
"""Cells of the longest name that is written out."""

if TYPE_CHECKING:
    from collections.abc import Callable

    from rtgen_tui.session import Outcome, WhatIf


class PolicyStrip(LineWidget):
    """``policy  fcfs 6.5 %  static -  edf 0.41 %  ▶hybrid 0 %   miss/min 18``.

    With three rows the others hold what else the counterfactual says of each policy.
    """

    class Picked(Message):
        """The user clicked a policy."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    _places: tuple[tuple[int, int, str], ...] = ()
    """First column of each policy on the row, the one after its last, and its name."""

    what_if: "WhatIf | None" = None
    """What the policies would have made of the last minute; shown instead of what was observed."""

    def relevant(self, snapshot: Snapshot) -> object:
        policies = [(each.name, each.active, each.missed, each.known) for each in snapshot.policies]
        return policies, snapshot.miss_history, snapshot.bucket_s, self.what_if

    def build(self, width: int, height: int) -> list[Strip]:
        snapshot, palette = self.snapshot, self.palette
        if snapshot is None or not snapshot.policies:
            return []
        line = Line(width, self.base_style, self.symbols.ellipsis).skip(1)
        line.add(self._label(), palette("muted"))
        trend: list[Piece] = [
            ("  miss/min ", palette("muted")),
            (short(misses_per_minute(snapshot)), palette("text", bold=True)),
            (" 60s", palette("muted")),
        ]
        # The figure goes before a policy does, and its window before the figure.
        room = line.room - 1 - self._width(snapshot.policies)
        trend = next((each for each in (trend, trend[:2]) if width_of(each) <= room), [])
        shown = self._that_fit(snapshot.policies, line.room - 1)
        places = []
        for policy in shown:
            start = line.used
            places.append((start, line.add_all(self._score(policy)).used, policy.name))
        self._places = tuple(places)
        if len(shown) < len(snapshot.policies):
            line.add(f"  +{len(snapshot.policies) - len(shown)}", palette("muted"))
        if trend:
            line.skip(line.room - width_of(trend) - 1).add_all(trend)
        if self.what_if is None or height == 1:
            return [line.end()]
        return [line.end(), *self._figures(self.what_if, width)]

    def on_click(self, event: events.Click) -> None:
        """Ask for the policy below the mouse."""
        for start, end, name in self._places:
            if start <= event.x < end:
                self.post_message(self.Picked(name))

    def _label(self) -> str:
        if self.what_if is None:
            return "policy"
        from rtgen_tui.widgets.what_if import span_s

        return f"if {span_s(self.what_if)} s"

    def _figures(self, what_if: "WhatIf", width: int) -> list[Strip]:
        """What else the counterfactual says, below the misses."""
        from rtgen_tui.widgets.what_if import tokens, ttft

        return [
            self._below("TTFT p95", ttft, what_if, width),
            self._below("tok/s", tokens, what_if, width),
        ]

    def _below(
        self, label: str, figure: "Callable[[Outcome], str]", what_if: "WhatIf", width: int
    ) -> Strip:
        """A further figure of each policy, below its misses."""
        line = Line(width, self.base_style, self.symbols.ellipsis).skip(1)
        line.add(label, self.palette("muted"))
        for _, end, name in self._places:
            outcome = what_if.of(name)
            text = NOTHING if outcome is None else figure(outcome)
            style = self.palette("faint" if text == NOTHING else "text")
            line.skip(end - cells(text) - line.used).add(text, style)
        return line.end()

    def _that_fit(self, policies: tuple[PolicyView, ...], room: int) -> tuple[PolicyView, ...]:
        """Leaves out what was never scored, then the last ones, but not the active policy."""
        if self._width(policies) <= room:
            return policies
        while len(policies) > 1 and self._width(policies) + len("  +99") > room:
            quiet = [each for each in policies if not each.active]
            unscored = [each for each in quiet if not each.known]
            last = (unscored or quiet or policies)[-1]
            policies = tuple(each for each in policies if each is not last)
        return policies

    def _width(self, policies: tuple[PolicyView, ...]) -> int:
        return sum(width_of(self._score(each)) for each in policies)

    def _score(self, policy: PolicyView) -> list[Piece]:
        palette, active = self.palette, policy.active
        missed, known = policy.missed, policy.known
        if self.what_if is not None:
            outcome = self.what_if.of(policy.name)
            missed, known = (outcome.missed, outcome.known) if outcome is not None else (0, 0)
        miss = miss_percent(missed, known)
        name = cut(self.clean(brief(policy.name)), _NAME, self.symbols.ellipsis)
        score = palette("text", bold=active) if miss != NOTHING else palette("faint")
        return [
            (f" {self.symbols.here}" if active else "  ", palette("accent", bold=True)),
            (name, palette("accent", bold=True) if active else palette("muted")),
            (f" {miss}" if miss == NOTHING else f" {miss} %", score),
        ]
