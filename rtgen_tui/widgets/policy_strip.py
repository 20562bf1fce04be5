"""The policies and their misses in one row, where the list has no room."""

from textual.strip import Strip

from emulator.snapshot import PolicyView, Snapshot
from rtgen_tui.widgets.lines import LineWidget
from rtgen_tui.widgets.numbers import NOTHING, miss_percent, short
from rtgen_tui.widgets.policies import misses_per_minute
from rtgen_tui.widgets.text import Line, Piece, cut, width_of

_NAME = 20
"""Cells of the longest name that is written out."""


class PolicyStrip(LineWidget):
    """``policy  fcfs 6.5 %  static -  edf 0.41 %  ▶hybrid 0 %   miss/min 18``."""

    def relevant(self, snapshot: Snapshot) -> object:
        policies = [(each.name, each.active, each.missed, each.known) for each in snapshot.policies]
        return policies, snapshot.miss_history, snapshot.bucket_s

    def build(self, width: int, height: int) -> list[Strip]:
        snapshot, palette = self.snapshot, self.palette
        if snapshot is None or not snapshot.policies:
            return []
        line = Line(width, self.base_style, self.symbols.ellipsis).skip(1)
        line.add("policy", palette("muted"))
        trend: list[Piece] = [
            ("  miss/min ", palette("muted")),
            (short(misses_per_minute(snapshot)), palette("text", bold=True)),
            (" 60s", palette("muted")),
        ]
        # The figure goes before a policy does, and its window before the figure.
        room = line.room - 1 - self._width(snapshot.policies)
        trend = next((each for each in (trend, trend[:2]) if width_of(each) <= room), [])
        shown = self._that_fit(snapshot.policies, line.room - 1)
        for policy in shown:
            line.add_all(self._score(policy))
        if len(shown) < len(snapshot.policies):
            line.add(f"  +{len(snapshot.policies) - len(shown)}", palette("muted"))
        if trend:
            line.skip(line.room - width_of(trend) - 1).add_all(trend)
        return [line.end()]

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
        miss = miss_percent(policy.missed, policy.known)
        name = cut(self.clean(policy.name), _NAME, self.symbols.ellipsis)
        score = palette("text", bold=active) if miss != NOTHING else palette("faint")
        return [
            (f" {self.symbols.here}" if active else "  ", palette("accent", bold=True)),
            (name, palette("accent", bold=True) if active else palette("muted")),
            (f" {miss}" if miss == NOTHING else f" {miss} %", score),
        ]
