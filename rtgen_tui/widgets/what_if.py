"""The counterfactual in the policy list: what each policy would have made of the last minute."""

from typing import TYPE_CHECKING, Final

from emulator.snapshot import Snapshot
from rtgen_tui.session import Outcome, WhatIf
from rtgen_tui.widgets.frame import Row
from rtgen_tui.widgets.numbers import NOTHING, duration, miss_percent, short

if TYPE_CHECKING:
    from rtgen_tui.widgets.policies import PolicyList

AS_IT_WAS: Final = ""
_MISS, _TTFT, _TOKENS = 7, 8, 6
_ROOM: Final = 34
"""Inner width from which all three figures are shown."""
_OLD_S: Final = 30
"""Virtual seconds after which the figures are of another situation."""


def question(what_if: WhatIf, snapshot: Snapshot) -> str:
    """The title: the span, and how far its figures are known or how old they are."""
    title = f"If {span_s(what_if)} s"
    if what_if.error:
        return f"{title}: failed"
    if not what_if.done:
        return f"{title} {what_if.share:.0%}" if what_if.share < 1 else f"{title} ..."
    return f"{title}, -{age_s(what_if, snapshot)} s"


def span_s(what_if: WhatIf) -> int:
    """Seconds that were asked about."""
    return round((what_if.end_ns - what_if.begin_ns) / 1e9)


def age_s(what_if: WhatIf, snapshot: Snapshot) -> int:
    """Virtual seconds since the end of the span."""
    return max(0, (snapshot.t_ns - what_if.end_ns) // 1_000_000_000)


def heads(width: int) -> str:
    """What the columns are."""
    return "miss   TTFT tok/s" if width >= _ROOM else "miss"


def figures(box: "PolicyList", policy: str, width: int) -> Row:
    """The columns of one policy; the least misses of all stand out, old figures fade."""
    palette, what_if, snapshot = box.palette, box.what_if, box.snapshot
    if what_if is None or snapshot is None:
        return []
    outcome = what_if.of(policy)
    best = min((_rate(each) for each in what_if.outcomes if each.policy), default=1.0)
    stale = age_s(what_if, snapshot) > _OLD_S
    color = "faint" if stale or outcome is None else "text"
    is_best = outcome is not None and not outcome.error and _rate(outcome) == best
    miss_color = "ok" if is_best and policy and not stale else color
    row: Row = [(box.fit(_miss(outcome), _MISS, right=True), palette(miss_color, bold=is_best))]
    if width >= _ROOM:
        waited, read = (ttft(outcome), tokens(outcome)) if outcome else (NOTHING, NOTHING)
        row.append((box.fit(waited, _TTFT, right=True), palette(color)))
        row.append((box.fit(read, _TOKENS, right=True), palette(color)))
    return row


def ttft(outcome: Outcome) -> str:
    """The p95 of the time to the first token."""
    return NOTHING if outcome.ttft_p95_ms is None else duration(outcome.ttft_p95_ms)


def tokens(outcome: Outcome) -> str:
    """Tokens per second."""
    return short(outcome.tokens_per_s, 1)


def as_it_was(box: "PolicyList", width: int) -> Row:
    """The run as it really was, below the policies."""
    columns = figures(box, AS_IT_WAS, width)
    used = sum(len(text) for text, _ in columns)
    return [(box.fit("    as it was", width - used), box.palette("muted")), *columns]


def _rate(outcome: Outcome) -> float:
    return outcome.missed / outcome.known if outcome.known and not outcome.error else 1.0


def _miss(outcome: Outcome | None) -> str:
    if outcome is None:
        return NOTHING
    if outcome.error:
        return "failed"
    share = miss_percent(outcome.missed, outcome.known)
    return share if share == NOTHING else f"{share} %"
