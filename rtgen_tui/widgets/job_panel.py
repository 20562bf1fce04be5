"""One job explained: its instants, its stages across backends, and whom it waited for."""

from typing import Final

from emulator.snapshot import Snapshot
from emulator.timeline.blocking import IDLE, Blocker
from emulator.timeline.job import NEVER, JobRecord, StageView
from rtgen_tui.journal_view import JobStory
from rtgen_tui.widgets.backends import backend_color, backend_label
from rtgen_tui.widgets.frame import Box, FramedWidget, Row
from rtgen_tui.widgets.numbers import clock, duration
from rtgen_tui.widgets.palette import stream_color
from rtgen_tui.widgets.text import Piece, cells, width_of, wrap

_MS: Final = 1e6
_NARROW: Final = 70
_WIDE: Final = 100
"""Width from which reasons stand below each other."""
_CHAIN_FROM: Final = 46
"""Width from which stages are drawn on a common time axis."""
_OUTCOMES: Final = {
    "met": ("ok", "ok", "met"),
    "late": ("miss", "miss", "LATE"),
    "dropped": ("miss", "miss", "DROPPED"),
    "skipped": ("idle", "muted", "skipped"),
    "running": ("play", "accent", "in flight"),
}


class JobPanel(FramedWidget, can_focus=True):
    """What the journal says of one job."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.story: JobStory | None = None
        self.nothing = ""
        """Why there is no job."""

    def relevant(self, snapshot: Snapshot) -> object:
        names = [each.name for each in snapshot.streams]
        return snapshot.run, names, [each.name for each in snapshot.backends]

    @property
    def explanation(self) -> str:
        """The job in sentences, for the clipboard; empty without one."""
        story = self.story
        if story is None:
            return ""
        rows = [self._headline(story), *self._facts(story), *self._blocked(story, 0, 99)]
        return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)

    def box(self, width: int, height: int) -> Box:
        story, palette = self.story, self.palette
        if story is None:
            title: Row = [("Job", palette("text", bold=True))]
            return Box([[(self.nothing, palette("muted"))]] if self.nothing else [], title=title)
        joint = ("   ", palette("text"))
        facts, chain = wrap(self._facts(story), width, joint), self._chain(story.record, width)
        if len(facts) + len(chain) + 2 > height:
            facts = wrap(self._facts(story, brief=True), width, joint)
        room = height - len(facts) - len(chain)
        if room < 1 and len(chain) > 1:
            chain = chain[: max(1, height - len(facts) - 1)]
            room = height - len(facts) - len(chain)
        rows = [*facts, *chain, *self._blocked(story, width, max(0, room))]
        return Box(rows[:height], title=self._headline(story), value=self._deadline(story))

    # --- in words ------------------------------------------------------------------------------

    def _headline(self, story: JobStory) -> Row:
        record, palette = story.record, self.palette
        glyph, color, word = _OUTCOMES.get(record.outcome, ("info", "muted", record.outcome))
        sign = f"{getattr(self.symbols, glyph)} {word}"
        return [
            ("Job  ", palette("text", bold=True)),
            (self.clean(record.name), palette.stream(record.stream, bold=True)),
            (f" #{record.job}  ", palette("text", bold=True)),
            (sign, palette(color, bold=True)),
        ]

    def _deadline(self, story: JobStory) -> Row:
        record, palette = story.record, self.palette
        took_ns = record.end_ns - record.release_ns
        if record.deadline_ns is None:
            return [(f"{duration(took_ns / _MS)}, no deadline", palette("muted"))]
        took, allowed = _told_apart(took_ns, record.deadline_ns - record.release_ns)
        is_late = record.end_ns > record.deadline_ns
        return [(f"{took} of {allowed}", palette("miss" if is_late else "text"))]

    def _facts(self, story: JobStory, *, brief: bool = False) -> list[Row]:
        record, palette = story.record, self.palette

        def fact(word: str, value: str, color: str = "text") -> Row:
            return [(f"{word} ", palette("muted")), (value, palette(color))]

        ended = {"dropped": "dropped", "running": "now"}.get(record.outcome, "ended")
        start_ns = record.start_ns
        facts = [
            fact("released", clock(record.release_ns, 4, hours=False)),
            fact("started", "never" if start_ns is None else clock(start_ns, 4, hours=False)),
            fact(ended, clock(record.end_ns, 4, hours=False)),
        ]
        if record.deadline_ns is not None:
            facts.append(fact("deadline", clock(record.deadline_ns, 4, hours=False)))
        wait_color = "late" if story.waited_ns > story.ran_ns else "text"
        facts += [
            fact("wait", duration(story.waited_ns / _MS), wait_color),
            fact("run", duration(story.ran_ns / _MS)),
            fact("policy", self._policies(story)),
        ]
        if story.why:
            facts.append(fact("given up:", story.why, "miss"))
        if story.kind:
            facts.append([(story.kind, palette("late"))])
        if story.waited_ns and story.placed and not brief:
            facts.append([(story.placed, palette("muted"))])
        return facts

    def _policies(self, story: JobStory) -> str:
        first, last = self.clean(story.policy), self.clean(story.until_policy)
        return first if first == last else f"{first}, then {last}"

    # --- the chain of stages -------------------------------------------------------------------

    def _chain(self, record: JobRecord, width: int) -> list[Row]:
        """A row per stage: where it waited and ran, from the release to the end."""
        names = min(max((cells(each.name) for each in record.stages), default=0), 18)
        backends = self._backend_width
        room = width - names - backends - 13
        rows = []
        for each in record.stages:
            row: Row = [
                (f"{self.fit(self.clean(each.name), names)} ", self.palette("text")),
                *self._backends(each, backends),
            ]
            if width >= _CHAIN_FROM and room > 8:  # noqa: PLR2004  # less says nothing
                row += self._bar(record, each, room)
            rows.append([*row, *self._lengths(each)])
        return rows

    @property
    def _backend_width(self) -> int:
        """Cells of the longest name of a backend."""
        backends = self.snapshot.backends if self.snapshot is not None else ()
        return min(max((cells(each.name) for each in backends), default=3), 12)

    def _backends(self, stage: StageView, width: int) -> Row:
        """The backend it ran on last."""
        ran = [backend for backend, _, _ in stage.runs]
        if not ran:
            word = "skip" if stage.skipped else "-"
            return [(self.fit(word, width + 1), self.palette("muted"))]
        text, style = self._backend(ran[-1])
        return [(self.fit(text, width) + " ", style)]

    def _backend(self, backend: int) -> Piece:
        backends = self.snapshot.backends if self.snapshot is not None else ()
        if not 0 <= backend < len(backends):
            return "?", self.palette("muted")
        view = backends[backend]
        return backend_label(view.name), self.palette(backend_color(view.kind))

    def _bar(self, record: JobRecord, stage: StageView, room: int) -> Row:
        """The stage on the job's own time axis."""
        begin_ns = record.release_ns
        end_ns = max(record.end_ns, record.deadline_ns or 0, begin_ns + 1)

        def column(t_ns: int) -> int:
            return min(room - 1, (t_ns - begin_ns) * room // (end_ns - begin_ns))

        symbols, palette = self.symbols, self.palette
        color = stream_color(record.stream)
        grid: list[Piece] = [(" ", palette("text"))] * room
        for from_ns, to_ns in stage.waits:
            for at in range(column(from_ns), column(to_ns) + 1):
                grid[at] = (symbols.meter[2], palette("late"))
        for _, from_ns, to_ns in stage.runs:
            until_ns = record.end_ns if to_ns == NEVER else to_ns
            last = max(column(from_ns), column(until_ns - 1))
            for at in range(column(from_ns), last + 1):
                grid[at] = (symbols.widths[-1], palette(color))
        if record.deadline_ns is not None:
            style = palette("miss" if record.end_ns > record.deadline_ns else "muted", bold=True)
            grid[column(record.deadline_ns)] = (symbols.frame[5], style)
        return grid

    def _lengths(self, stage: StageView) -> Row:
        if stage.skipped:
            return [(" not triggered", self.palette("muted"))]
        ran_ns = sum(max(0, to_ns - from_ns) for _, from_ns, to_ns in stage.runs)
        text = f" {duration(ran_ns / _MS):>9}" if stage.runs else ""
        return [(text, self.palette("text"))]

    # --- blocked by ----------------------------------------------------------------------------

    def _blocked(self, story: JobStory, width: int, room: int) -> list[Row]:
        palette = self.palette
        blockers = story.blockers
        if not blockers:
            said = "blocked by nothing: it never waited"
            return [[(said, palette("muted"))]] if room and not story.waited_ns else []
        shown = blockers if len(blockers) <= room else blockers[: max(0, room - 1)]
        lead, blank = "blocked by ", " " * 11
        if width and width < _NARROW:
            lead, blank = "by ", "   "
        rows = []
        for number, each in enumerate(shown):
            piece: Piece = (lead if number == 0 else blank, palette("muted"))
            rows.append([piece, *self._blocker(each)])
        rest = blockers[len(shown) :]
        if rest and room:
            held = duration(sum(each.held_ns for each in rest) / _MS)
            rows.append([(f"{blank}and {len(rest)} more, {held}", palette("muted"))])
        return rows

    def _blocker(self, each: Blocker) -> Row:
        palette = self.palette
        text, style = self._backend(each.backend)
        where: Piece = (self.fit(text, self._backend_width) + " ", style)
        held = f"{duration(each.held_ns / _MS):>9}  "
        if each.stream == IDLE:
            row: Row = [where, (held, palette("text")), ("nobody  ", palette("muted"))]
        else:
            many = f" {self.symbols.times}{each.slices}" if each.slices > 1 else ""
            name = self.clean(each.label) or f"#{each.stream}"
            row = [
                where,
                (held, palette("text")),
                (name, palette.stream(each.stream)),
                (f" #{each.job}{many}  ", palette("text")),
            ]
        wide = 40 + self._backend_width if self.size.width >= _WIDE else 0
        pad = " " * max(0, wide - width_of(row))
        return [*row, (pad + self.clean(each.reason), palette("muted"))]


def _told_apart(one_ns: int, other_ns: int) -> tuple[str, str]:
    """Two durations with as many decimals as it takes to see which is longer."""
    one, other = duration(one_ns / _MS), duration(other_ns / _MS)
    for decimals in range(2, 7):
        if one != other or one_ns == other_ns:
            break
        one, other = (f"{each / _MS:.{decimals}f} ms" for each in (one_ns, other_ns))
    return one, other
