"""A twin check on stdout: figures side by side, distributions, and which part is off."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.text import Text

from emulator.ort.host import Host, is_quiet
from emulator.ort.twin.cells import RATES, Cell
from emulator.ort.twin.check import Twin, middle_rate, order_holds
from emulator.ort.twin.observation import Observation
from emulator.ort.twin.request import TwinRun
from rtgen_tui import render
from rtgen_tui.commands.capacity_plot import BLOCKS

COLUMNS: Final = 48
NAMES: Final = {
    "response_p50_ms": "response p50 (ms)",
    "response_p95_ms": "response p95 (ms)",
    "violation_rate": "violations",
    "fps": "completed per s",
    "ttft_p50_ms": "TTFT p50 (ms)",
    "tpot_p50_ms": "TPOT p50 (ms)",
    "tps": "TPS (1/TPOT)",
    "utilization": "utilization",
}
_WORDS: Final = {"ok": "ok", "spread": "in spread", "off": "off", "": ""}
_STYLES: Final = {"ok": render.GOOD, "spread": "", "off": render.BAD, "": ""}


def print_twins(run: TwinRun, found: Sequence[Twin], here: Host, how: str) -> None:
    """Each policy in turn, then their order."""
    render.title(f"{run.scenario.name}, predicted and real", None)
    render.labeled("machine", f"{here.cpu}, {here.cores} cores; {here.software}", 2, 8)
    render.labeled("runs", f"{float(run.duration_s):g} s each, seed {run.seed}", 2, 8)
    render.labeled("profile", f"{run.profile.name}, {how}", 2, 8)
    for each in found:
        _print_policy(each)
    if len(found) > 1:
        _print_order(found)


def histogram(values: Sequence[float], low: float, high: float) -> str:
    """Shares of values in equal steps from low to high, in blocks; full height is the most."""
    counts = [0] * COLUMNS
    width = (high - low) / COLUMNS or 1.0
    for each in values:
        counts[max(0, min(COLUMNS - 1, int((each - low) / width)))] += 1
    most = max(counts, default=0)
    top = len(BLOCKS) - 1
    return "".join(BLOCKS[-(-top * count // most)] if count else " " for count in counts)


def _print_policy(twin: Twin) -> None:
    render.heading(twin.policy)
    loads = ", ".join(_load(each) for each in twin.real)
    render.paragraph(f"Other programs took of a core: {loads}.", 2)
    for down in {name for each in twin.real for name in each.down}:
        render.paragraph(f"{down} went down in a real run: it is no twin any more.", 2)
    render.table(
        (
            render.Column("stream or backend"),
            render.Column("figure"),
            *render.right("predicted", "real", "IQR", "error", "goal"),
            render.Column(""),
            *render.right("own times"),
        ),
        [
            _row(each, own)
            for each, own in zip(twin.cells, twin.hindsight, strict=True)
            if each.predicted is not None or each.real is not None
        ],
        indent=2,
    )
    _print_counts(twin)
    _print_distributions(twin)
    _print_services(twin)
    _print_parts(twin)


def _load(run: Observation) -> str:
    if run.foreign_cores is None:
        return "not known"
    mark = "" if is_quiet(run.foreign_cores) else " (disturbed)"
    return f"{100 * run.foreign_cores:.0f} %{mark}"


def _print_counts(twin: Twin) -> None:
    """How many cells are right, and how many would be if only the times had been known."""
    found, own = (_told(each) for each in (twin.cells, twin.hindsight))
    render.paragraph(f"Cells with a goal: {found}; with the own times of each run: {own}.", 2)


def _told(cells: Sequence[Cell]) -> str:
    counts: Counter[str] = Counter(each.verdict for each in cells)
    return ", ".join(f"{counts[each]} {words}" for each, words in _WORDS.items() if words)


def _row(cell: Cell, own: Cell) -> tuple[str | Text, ...]:
    is_rate = cell.figure in RATES
    show = render.percent if is_rate else render.ms
    goal = "" if cell.goal is None else f"{100 * cell.goal:.0f}"
    verdict = Text(_WORDS[cell.verdict], style=_STYLES[cell.verdict])
    name = NAMES.get(cell.figure, cell.figure)
    return (
        cell.of,
        name,
        show(cell.predicted),
        show(cell.real),
        show(cell.iqr),
        _error(cell),
        goal,
        verdict,
        _error(own),
    )


def _error(cell: Cell) -> str:
    if cell.error is None:
        return render.NOTHING
    return f"{100 * cell.error:+.1f} {'points' if cell.figure in RATES else '%'}"


def _print_distributions(twin: Twin) -> None:
    render.line()
    render.line("  ", render.styled("response times, predicted above real", render.ASIDE))
    streams = twin.predicted[0].figures
    for stream in streams:
        predicted = [ms for each in twin.predicted for ms in each.responses_ms(stream)]
        real = [ms for each in twin.real for ms in each.responses_ms(stream)]
        if not predicted or not real:
            continue
        ordered = sorted((*predicted, *real))
        low, high = ordered[0], ordered[len(ordered) * 99 // 100]
        width = max(map(len, streams))
        render.line(f"  {stream:{width}}  ", histogram(predicted, low, high))
        render.line(f"  {'':{width}}  ", histogram(real, low, high))
        ends = f"{render.ms(low)} ms".ljust(COLUMNS - 12) + f"{render.ms(high)} ms".rjust(12)
        render.line(f"  {'':{width}}  ", render.styled(ends, render.ASIDE))


def _print_services(twin: Twin) -> None:
    render.line()
    render.line(
        "  ", render.styled("slices: time over the profile's, and the gap before", render.ASIDE)
    )
    render.table(
        (
            render.Column("model"),
            render.Column("on"),
            *render.right("slices", "p50", "profile", "p95", "profile"),
            *render.right("beside", "gap p50", "p95", "profile"),
        ),
        [
            (
                each.model if each.phase == "inference" else f"{each.model} {each.phase}",
                each.backend,
                f"{each.slices:,}",
                f"{each.p50:.3f}",
                f"{each.p50_predicted:.3f}",
                f"{each.p95:.3f}",
                f"{each.p95_predicted:.3f}",
                render.NOTHING if each.contention is None else f"{each.contention:.3f}",
                f"{each.gap_p50_ms:.3f}",
                f"{each.gap_p95_ms:.3f}",
                f"{each.dispatch_ms:.3f}",
            )
            for each in twin.services
        ],
        indent=2,
    )


def _print_parts(twin: Twin) -> None:
    render.line()
    words = "mean response, real less predicted (ms), and what makes it up"
    render.line("  ", render.styled(words, render.ASIDE))
    render.table(
        (
            render.Column("stream"),
            *render.right("jobs", "all", "service", "contention", "dispatch", "waiting"),
            render.Column("furthest off"),
        ),
        [
            (
                each.stream,
                f"{each.jobs:,}",
                *(
                    f"{value:+.3f}"
                    for value in (
                        each.response_ms,
                        each.service_ms,
                        each.contention_ms,
                        each.dispatch_ms,
                        each.waiting_ms,
                    )
                ),
                each.largest,
            )
            for each in twin.parts
        ],
        indent=2,
    )


def _print_order(found: Sequence[Twin]) -> None:
    render.heading("order by violation rate")
    for each in found:
        rates = ", ".join(render.percent(run.violation_rate) for run in each.real)
        predicted = render.percent(middle_rate(each.predicted))
        render.line(f"  {each.policy}: predicted {predicted}, real {rates}")
    verdict = {True: "the same", False: "not the same", None: "not known"}[order_holds(found)]
    render.paragraph(f"The order of the policies is {verdict}, predicted and real.", 2)
