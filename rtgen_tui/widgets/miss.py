"""The selected stream in words: its figures, and why it missed last."""

from collections.abc import Iterator
from typing import Final

from textual.reactive import var

from emulator.snapshot import MissView, Snapshot, StreamView
from rtgen_tui.widgets.backends import backend_label, backend_style
from rtgen_tui.widgets.columns import Pen, freeze_ms, state_piece
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import clock, duration, duration_parts, per_token, short
from rtgen_tui.widgets.text import Piece, width_of, wrap

CAUSES: Final = {
    "avoidable": ("avoidable", "it could be met at its release, by another order or placement", ""),
    "backlog": (
        "doomed by backlog",
        "the queue at release left it no time",
        "what came before must be shorter, fewer or given up",
    ),
    "hopeless": (
        "hopeless",
        "too slow even alone on an idle chip",
        "it needs a faster backend, a smaller model or more time",
    ),
}
"""By ``MissView.cause``: what it is called, what that means, and what would help where a policy
cannot."""

REASONS: Final = {
    "late-rule": "by the stream's own rule for late jobs",
    "drop-late": "because a deadline had passed",
    "early-drop": "early, because it could not finish in time",
    "skip": "because its stream can do without it",
    "policy": "by the policy",
    "backend-down": "because the backend that it needs is down",
}
"""By ``MissView.reason``: why a job was given up."""

_WIDE: Final = 80
_BOTH_TIMES: Final = 56
"""Columns at which the foot has room for two times and its key."""
_GAP: Final = "gap p99"
_FREEZE: Final = "freeze"
_TARGETS: Final = "targets"
_ENERGY: Final = "energy"
_SPARED: Final = (_GAP, _FREEZE, _TARGETS, _ENERGY)
"""Labels of the facts that go, in this order, when not all fit."""


class MissDetail(FramedWidget):
    """Facts of one stream and its last miss, explained; three lines where there is room."""

    selected: var[int] = var(0, init=False)
    """Index of the stream in the snapshot."""

    def relevant(self, snapshot: Snapshot) -> object:
        names = [each.name for each in snapshot.streams]
        stream = self.stream
        return (
            None if stream is None else _drawn(stream),
            names,
            [(each.name, each.kind) for each in snapshot.backends],
        )

    @property
    def stream(self) -> StreamView | None:
        """The stream that is shown."""
        streams = self.snapshot.streams if self.snapshot is not None else ()
        return streams[self.selected] if 0 <= self.selected < len(streams) else None

    @property
    def explanation(self) -> str:
        """The last miss as one line of plain text, for the clipboard; empty without a miss."""
        stream = self.stream
        if stream is None or stream.last_miss is None:
            return ""
        phrases = [*self._miss(stream.last_miss), self._cause(stream.last_miss)]
        words = " · ".join("".join(text for text, _ in phrase) for phrase in phrases)
        return f"{self.clean(stream.name)} {words}"

    def box(self, width: int, height: int) -> Box:
        stream, palette = self.stream, self.palette
        if stream is None:
            return Box([[("no stream selected", palette("muted"))]], title=self._title(None))
        joint = (f" {self.symbols.dot} ", palette("faint"))
        miss = stream.last_miss
        if miss is None:
            facts = self._fact_rows(stream, width, joint, max(1, height - 1))
            rows = [*facts, [("no miss so far", palette("ok"))]]
            return Box(rows[:height], title=self._title(stream), value=self._counts(stream, width))
        why = wrap(self._miss(miss), width, joint)
        meaning = self._meaning(miss, width, joint, height - len(why) - 1)
        # With little room the reason counts more than the figures, which the table shows too.
        why = why[: max(1, height - len(meaning))]
        facts = self._fact_rows(stream, width, joint, height - len(why) - len(meaning))
        rows = [*facts, *why, *meaning]
        counts = self._counts(stream, width)
        foot = self._since(stream, miss, width)
        return Box(rows[:height], title=self._title(stream), value=counts, foot=foot)

    def _meaning(self, miss: MissView, width: int, joint: Piece, room: int) -> list[Row]:
        """What the cause means; what would help only where there is room."""
        cause = self._cause(miss)
        remedy: Row = [(CAUSES.get(miss.cause, ("", "", ""))[2], self.palette("muted"))]
        rows: list[Row] = []
        for phrases in ((cause, remedy), (cause,)):
            rows = wrap([phrase for phrase in phrases if width_of(phrase)], width, joint)
            if len(rows) <= room:
                return rows
        # A sentence that is cut says so at its end; one that is broken off would not.
        return rows if len(rows) <= room + 1 else [cause]

    def _title(self, stream: StreamView | None) -> Row:
        palette = self.palette
        if stream is None:
            return [("Selected", palette("text", bold=True))]
        pen = Pen(palette, self.symbols, "", {})
        return [
            ("Selected ", palette("text", bold=True)),
            (f"{stream.index + 1} ", palette("muted")),
            (self.clean(stream.name), palette.stream(stream.index, bold=True)),
            ("  ", palette()),
            state_piece(stream, pen),
        ]

    def _counts(self, stream: StreamView, width: int) -> Row:
        palette = self.palette
        if not stream.known:
            none = "no deadline" if stream.deadline_ms is None else "no deadline has passed yet"
            return [(none, palette("muted"))]
        count = f"missed {short(stream.missed)} of {short(stream.known)}"
        if stream.degraded:
            word = "degraded" if width >= _WIDE else "degr."
            count += f", {short(stream.degraded)} {word}"
        if width >= _WIDE:
            count += " since start"
        return [(count, palette("text" if stream.missed else "muted"))]

    def _since(self, stream: StreamView, miss: MissView, width: int) -> Row:
        """When trouble began: the log has scrolled on by the time somebody asks."""
        last = f"this one at {clock(miss.t_ns, 2, hours=False)}"
        if stream.first_miss_ns is None:
            return [(last, self.palette("muted"))]
        first = f"first miss at {clock(stream.first_miss_ns, 2, hours=False)}"
        words = f"{first}, {last}" if width >= _BOTH_TIMES else first
        return [(words, self.palette("muted"))]

    def _fact_rows(self, stream: StreamView, width: int, joint: Piece, room: int) -> list[Row]:
        """As many rows as there is room for; some facts make way for the others."""
        if room <= 0:
            return []
        facts = {fact[0]: self._fact(*fact) for fact in _facts(stream)}
        rows = wrap(list(facts.values()), width, joint)
        for label in _SPARED:
            if len(rows) > room and facts.pop(label, None) is not None:
                rows = wrap(list(facts.values()), width, joint)
        return rows[:room]

    def _fact(self, label: str, figure: str, unit: str) -> list[Piece]:
        palette = self.palette
        return [
            (f"{label} ", palette("muted")),
            (figure, palette("text")),
            (f" {unit}" if unit else "", palette("muted")),
        ]

    def _miss(self, miss: MissView) -> list[list[Piece]]:
        """``#412 late: 52.1 ms of 33.3 ms``, what it waited for, and how long it ran."""
        palette = self.palette
        bold = palette("text", bold=True)
        dropped = miss.outcome == "dropped"
        verdict = "dropped after" if dropped else self.clean(miss.outcome)
        first: list[Piece] = [
            (f"#{miss.job} ", bold),
            (verdict, palette("miss", bold=True)),
            (": " if not dropped else " ", palette("text")),
            (duration(miss.response_ms), bold),
            (f" of {duration(miss.deadline_ms)}", palette("text")),
        ]
        phrases = [first]
        if dropped and miss.reason:
            reason = REASONS.get(miss.reason, self.clean(miss.reason))
            phrases.append([(f"given up {reason}", palette("text"))])
        ran: list[Piece] = [(f"ran {duration(miss.ran_ms)}", palette("text"))]
        if miss.waited_ms <= 0 and not dropped:
            # Nobody was in its way: what counts is where it ran, and how long.
            start = ("started at once, ", palette("text"))
            return [*phrases, [start, *ran, *self._place(" on ", miss)]]
        return [*phrases, *self._waiting(miss), ran]

    def _place(self, preposition: str, miss: MissView) -> list[Piece]:
        """``on NPU``; nothing when the backend is not known."""
        palette, snapshot = self.palette, self.snapshot
        if snapshot is None or not miss.backend:
            return []
        label = backend_label(miss.backend, self.symbols.unknown)
        style = backend_style(palette, snapshot, miss.backend)
        return [(preposition, palette("text")), (label, style)]

    def _waiting(self, miss: MissView) -> list[list[Piece]]:
        palette, snapshot = self.palette, self.snapshot
        if snapshot is None:
            return []
        if miss.waited_ms <= 0:
            return [[("never waited", palette("text"))]]
        waited: list[Piece] = [(f"waited {duration(miss.waited_ms)}", palette("text"))]
        waited += self._place(" for ", miss)
        if not miss.behind:
            return [waited]
        index = {each.name: each.index for each in snapshot.streams}
        for number, (name, ms) in enumerate(miss.behind):
            style = palette.stream(index[name]) if name in index else palette("text")
            waited += [
                (" behind " if number == 0 else ", ", palette("text")),
                (self.clean(name), style),
                (f" {duration(ms)}", palette("text")),
            ]
        return [waited]

    def _cause(self, miss: MissView) -> list[Piece]:
        palette = self.palette
        name, meaning, _ = CAUSES.get(miss.cause, (self.clean(miss.cause), "", ""))
        color = "late" if miss.cause == "avoidable" else "text"
        return [
            (name, palette(color, bold=True)),
            (f": {meaning}" if meaning else "", palette("muted")),
        ]

    def watch_selected(self) -> None:
        self.rebuild()


def _facts(stream: StreamView) -> Iterator[tuple[str, str, str]]:
    """Label, figure and unit of what is known of a stream."""
    if stream.deadline_ms is not None:
        yield "deadline", *duration_parts(stream.deadline_ms)
    yield "p50", *duration_parts(stream.p50_ms)
    yield "p95", *duration_parts(stream.p95_ms)
    gap_ms, rate_hz = stream.frame_gap_p99_ms, stream.target_hz
    if gap_ms is not None:
        figure, unit = duration_parts(gap_ms)
        periods = "" if rate_hz is None else f" ({short(gap_ms * rate_hz / 1000, 1)} periods)"
        yield _GAP, figure, unit + periods
    if stream.tokens_per_s is not None:
        yield "TTFT p50", *duration_parts(stream.ttft_p50_ms)
        yield "TPOT p50", *duration_parts(stream.tpot_p50_ms)
    if stream.mj_per_token is not None:
        yield _ENERGY, *per_token(stream.mj_per_token)
    if stream.llm_targets_known:
        met, known = stream.llm_targets_met, stream.llm_targets_known
        yield _TARGETS, f"{short(met)} of {short(known)}", ""
    yield "in flight", short(stream.in_flight), ""
    if stream.dropped:
        yield "dropped", short(stream.dropped), ""
    if stream.longest_streak > 1:
        yield "longest streak", short(stream.longest_streak), "misses"
    longest_ms = freeze_ms(stream)
    if longest_ms is not None:
        yield _FREEZE, *duration_parts(longest_ms)


def _drawn(stream: StreamView) -> StreamView:
    """The stream without what is not shown and often another one in each frame."""
    tokens_per_s = None if stream.tokens_per_s is None else 0.0
    energy = None if stream.mj_per_token is None else round(stream.mj_per_token, 1)
    return stream._replace(
        phase="",
        rate_hz=0.0,
        tokens_per_s=tokens_per_s,
        mj_per_token=energy,
        llm_tokens=0,
        longest_freeze_ms=freeze_ms(stream),
    )
