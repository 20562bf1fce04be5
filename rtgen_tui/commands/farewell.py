"""What stays in the terminal after the dashboard is gone: at most ten lines."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Final

from emulator.snapshot import Snapshot, StreamView
from rtgen_tui import render
from rtgen_tui.widgets.numbers import clock
from rtgen_tui.widgets.text import cells, clean, cut, fit

LINES: Final = 10
NAME_CELLS: Final = 24
_BESIDE_STREAMS: Final = 4
_POLICIES: Final = 3
_FILES: Final = 4


def farewell(snapshot: Snapshot) -> list[str]:
    """Who ran what for how long, misses over all and by stream, token rate: the last snapshot."""
    scenario, profile = (_name(each) for each in (snapshot.scenario, snapshot.profile))
    ran = f"{scenario} on {profile}, seed {snapshot.seed}"
    missed = f"missed {_counts(snapshot.missed, snapshot.known)} jobs with a deadline"
    lines = [
        f"{ran}, {clock(snapshot.t_ns)} of virtual time",
        f"policy {_name(snapshot.policy)}{_others(snapshot)}",
        f"{missed}, mean over streams {render.percent(snapshot.violation_rate_mean)}",
    ]
    streams = sorted(snapshot.streams, key=_share, reverse=True)
    room = LINES - _BESIDE_STREAMS
    shown = streams if len(streams) <= room else streams[: room - 1]
    width = min(NAME_CELLS, max((cells(clean(each.name)) for each in shown), default=0))
    lines += [_stream_line(each, width, snapshot.window_s) for each in shown]
    if len(shown) < len(streams):
        lines.append(f"  and {len(streams) - len(shown)} more streams")
    return [*lines, *_tokens_line(snapshot)]


def recorded(paths: Sequence[str]) -> list[str]:
    """Where the run went, the newest files if there are many, and how to see it again."""
    if not paths:
        return []
    shown = [f"recorded {clean(each)}" for each in paths[-_FILES:]]
    left_out = len(paths) - len(shown)
    more = [f"recorded {left_out} more files before them"] if left_out else []
    return [*more, *shown, f"see it again: rtgen-tui replay {shlex.quote(clean(paths[-1]))}"]


def _others(snapshot: Snapshot) -> str:
    """What was observed under each policy that was active, if there were several."""
    used = [each for each in snapshot.policies if each.active_s > 0]
    if len(used) < 2:  # noqa: PLR2004 - nothing to compare
        return ""
    used.sort(key=lambda each: each.active_s, reverse=True)
    seen = [
        f"{_percent(each.missed, each.known)} in {each.active_s:.0f} s of {_name(each.name)}"
        for each in used[:_POLICIES]
    ]
    rest = ", ..." if len(used) > _POLICIES else ""
    return f"; missed {', '.join(seen)}{rest}"


def _stream_line(stream: StreamView, width: int, window_s: float) -> str:
    name = f"  {fit(clean(stream.name), width)}  "
    if not stream.known:
        ttft = stream.ttft_p50_ms
        fate = "no deadline" if stream.deadline_ms is None else "no job was due yet"
        return f"{name}{fate}" + ("" if ttft is None else f", TTFT {render.ms(ttft)} ms")
    limit = "" if stream.deadline_ms is None else f", deadline {render.ms(stream.deadline_ms)} ms"
    missed = _counts(stream.missed, stream.known)
    p95 = stream.p95_ms
    recent = "" if p95 is None else f", p95 {render.ms(p95)} ms over the last {window_s:.0f} s"
    return f"{name}missed {missed}{recent}{limit}"


def _counts(missed: int, known: int) -> str:
    return f"{missed:,} of {known:,} ({_percent(missed, known)})"


def _percent(missed: int, known: int) -> str:
    return render.percent(missed / known if known else None)


def _share(stream: StreamView) -> float:
    """Worst first, and streams without a deadline last."""
    return stream.missed / stream.known if stream.known else -1.0


def _tokens_line(snapshot: Snapshot) -> Iterator[str]:
    if any(each.tokens_per_s is not None for each in snapshot.streams):
        history = snapshot.token_history
        mean = sum(history) / len(history) if history else snapshot.tokens_per_s
        span_s = len(history) * snapshot.bucket_s
        yield f"{mean:.1f} tok/s over the last {span_s:.0f} s"


def _name(text: str) -> str:
    return cut(clean(text), NAME_CELLS * 2)
