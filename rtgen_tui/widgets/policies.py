"""The policies to pick from, what was observed under each, and how the run goes on the whole."""

import math
from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from emulator.policies.own_name import brief
from emulator.snapshot import PolicyView, Snapshot
from rtgen_tui.widgets.charts import spark
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import NOTHING, ceiling, clock, miss_percent, short, whole_seconds
from rtgen_tui.widgets.text import cells

if TYPE_CHECKING:
    from rtgen_tui.session import WhatIf

_DIGITS = 9
_MINUTE_S = 60
_FEW = 3
_LABEL = 13
_BRIEF_LABEL = 9
_NARROW = 30
"""Inner width from which the time is shown."""
_ROOMY = 36
_WIDE = 70
"""Inner width from which descriptions are shown."""


class PolicyList(FramedWidget):
    """One row per policy with the misses observed under it; below, the trends of the run."""

    class Picked(Message):
        """The user clicked a policy."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    what_if: "WhatIf | None" = None
    """What the policies would have made of the last minute; shown instead of what was observed."""
    _top = 0
    _shown = 0

    def relevant(self, snapshot: Snapshot) -> object:
        policies = [
            each._replace(active_s=whole_seconds(each.active_s)) for each in snapshot.policies
        ]
        jobs = (snapshot.missed, snapshot.known, snapshot.violation_rate_mean)
        trends = (snapshot.miss_history, snapshot.token_history, snapshot.tokens_per_s)
        age_s = 0 if self.what_if is None else snapshot.t_ns // 1_000_000_000
        return policies, jobs, trends, snapshot.bucket_s, self.what_if, age_s

    def box(self, width: int, height: int) -> Box:
        snapshot, palette = self.snapshot, self.palette
        title: Row = [("Policy", palette("text", bold=True))]
        if snapshot is None:
            return Box([], title=title)
        if self.what_if is not None:
            from rtgen_tui.widgets.what_if import question

            title = [(question(self.what_if, snapshot), palette("text", bold=True))]
        policies = snapshot.policies
        summary = self._summary(snapshot, width)
        # A few policies stay in view, then figures are added as far as there is room.
        summary = summary[: max(0, height - min(len(policies), _FEW))]
        room = min(len(policies), max(0, height - len(summary)))
        active = next((n for n, each in enumerate(policies) if each.active), 0)
        self._top = max(0, min(max(self._top, active - room + 1), active, len(policies) - room))
        self._shown = room
        name_width = max((cells(self.clean(brief(each.name))) for each in policies), default=0)
        rows = [
            self._policy(self._top + n, policy, name_width, width)
            for n, policy in enumerate(policies[self._top : self._top + room])
        ]
        return Box(
            [*rows, *summary],
            title=title,
            value=self._heads(width),
            foot=self._position(len(policies)),
        )

    def _position(self, total: int) -> Row:
        if self._shown >= total:
            return []
        place = f"{self._top + 1}-{self._top + self._shown} of {total}"
        return [(place, self.palette("muted"))]

    def _heads(self, width: int) -> Row:
        if self.what_if is not None:
            from rtgen_tui.widgets.what_if import heads

            return [(heads(width), self.palette("muted"))]
        text = "miss" if width < _NARROW else "active    miss"
        return [(text, self.palette("muted"))]

    def _policy(self, place: int, policy: PolicyView, name_width: int, width: int) -> Row:
        palette = self.palette
        active = policy.active
        figures = self._figures(policy, width)
        room = max(0, width - 4 - sum(cells(text) for text, _ in figures))
        name = self.fit(self.clean(brief(policy.name)), min(name_width, room))
        about = f"  {self.clean(policy.description)}" if width >= _WIDE else ""
        return [
            (f"{self.symbols.here} " if active else "  ", palette("accent", bold=True)),
            (
                f"{place + 1} " if place < _DIGITS else "  ",
                palette("accent" if active else "muted"),
            ),
            (name, palette("accent", bold=True) if active else palette("text")),
            (self.fit(about, max(0, room - cells(name))), palette("muted")),
            *figures,
        ]

    def _figures(self, policy: PolicyView, width: int) -> Row:
        """What was observed under a policy, or what would have been."""
        if self.what_if is not None:
            from rtgen_tui.widgets.what_if import figures

            return figures(self, policy.name, width)
        palette, active = self.palette, policy.active
        miss = miss_percent(policy.missed, policy.known)
        when = (
            clock(whole_seconds(policy.active_s) * 1_000_000_000, 0, hours=False)
            if _used(policy)
            else NOTHING
        )
        right = self.fit(f"{miss} %" if miss != NOTHING else NOTHING, 8, right=True)
        if width >= _NARROW:
            right = self.fit(f"now {when}" if active else when, 9, right=True) + " " + right
        quiet = palette("text") if active else palette("muted" if _used(policy) else "faint")
        return [(f" {right}", quiet)]

    def _summary(self, snapshot: Snapshot, width: int) -> list[Row]:
        """Trends of the last minute, then the violation rate; what matters least comes last."""
        misses = misses_per_minute(snapshot)
        per_minute = tuple(_MINUTE_S * each for each in snapshot.miss_history)
        tokens, now = snapshot.token_history, snapshot.tokens_per_s
        return [
            self._as_it_was(width),
            self._trend("miss/min", " 60s", per_minute, misses, "miss", width),
            self._trend("tok/s", " 1s", tokens, now, "npu", width),
            *self._violations(snapshot, width),
        ]

    def _as_it_was(self, width: int) -> Row:
        if self.what_if is None:
            return []
        from rtgen_tui.widgets.what_if import as_it_was

        return as_it_was(self, width)

    def _trend(
        self,
        label: str,
        window: str,
        values: tuple[float, ...],
        now: float,
        color: str,
        width: int,
    ) -> Row:
        """A label and its window, the newest figure, the curve, and what its top stands for."""
        palette = self.palette
        top = ceiling(max((each for each in values if not math.isnan(each)), default=0.0))
        scale = self.fit(f" max {short(top)}".replace(".0", ""), 8, right=True)
        label = self._label(label, label + window, width)
        chart = spark(values, width - cells(label) - 6 - cells(scale), self.symbols, top)
        return [
            (label, palette("muted")),
            (self.fit(short(now, 1), 5, right=True) + " ", palette("text", bold=True)),
            (chart, palette(color, amount=0.8)),
            (scale, palette("faint")),
        ]

    def _violations(self, snapshot: Snapshot, width: int) -> list[Row]:
        palette = self.palette
        jobs = miss_percent(snapshot.missed, snapshot.known)
        streams = miss_percent(snapshot.violation_rate_mean, 1 if snapshot.known else 0)
        bold, muted = palette("text", bold=True), palette("muted")
        label = self._label("missed", "since start", width)
        of_jobs: Row = [
            (label, muted),
            (self.fit(jobs, 5, right=True), bold),
            (" % of jobs missed" if width >= _ROOMY else " % of jobs", muted),
        ]
        mean: Row = [(self.fit(streams, 5, right=True), bold), (" % mean of streams", muted)]
        if width >= _WIDE:
            return [[*of_jobs, *mean]]
        return [of_jobs, [(" " * cells(label), muted), *mean]]

    def _label(self, brief: str, full: str, width: int) -> str:
        """With the window of the figure behind it, where there is room."""
        return self.fit(full, _LABEL) if width >= _ROOMY else self.fit(brief, _BRIEF_LABEL)

    def on_click(self, event: events.Click) -> None:
        line = self.body_row(event.y)
        policies = self.snapshot.policies if self.snapshot is not None else ()
        if 0 <= line < self._shown and self._top + line < len(policies):
            self.post_message(self.Picked(policies[self._top + line].name))


def misses_per_minute(snapshot: Snapshot) -> float:
    """Misses per minute, averaged over the last minute as far as the history reaches back."""
    seconds = snapshot.bucket_s
    recent = snapshot.miss_history[-max(1, int(_MINUTE_S / seconds)) :] if seconds > 0 else ()
    return _MINUTE_S * sum(recent) / len(recent) if recent else 0.0


def _used(policy: PolicyView) -> bool:
    return policy.active or policy.swaps > 0 or policy.active_s > 0
