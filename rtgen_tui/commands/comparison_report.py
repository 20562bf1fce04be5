"""A comparison as text within 80 columns: figures in rows, policies in columns."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emulator.study.comparison import (
    MEAN_RATE,
    RATE,
    Comparison,
    PolicyFigures,
    Stability,
    mean_spread_points,
)
from emulator.study.paired import Estimate
from rtgen_tui import render
from rtgen_tui.commands.words import plain

if TYPE_CHECKING:
    from rtgen_tui.commands.regretting import Regret

WIDTH: Final = 80
"""More policies than fit go below the first ones."""
HEAD: Final = 9
"""The longest name that heads a column; a longer policy gets a letter."""
GAP: Final = 2
PAPER: Final = (
    'The paper (arXiv 2507.14715) reports "a 41.7% difference in deadline violation rates on '
    'average". How that is defined, and for which policies and scenarios, is not known to us: the '
    "spread is an analogue, not the same figure."
)

COUNTS: Final[Mapping[str, str]] = {
    "late": "late",
    "dropped": "dropped",
    "avoidable": "avoidable misses",
}
TIMES: Final[Mapping[str, str]] = {
    "ttft_p50_ms": "TTFT p50, ms",
    "ttft_p95_ms": "TTFT p95, ms",
    "tpot_p50_ms": "TPOT p50, ms",
}
EVENNESS: Final[Mapping[str, str]] = {
    "longest_miss_streak": "misses in a row",
    "worst_freeze_periods": "freeze, periods",
    "worst_frame_gap_p99_periods": "gap p99, periods",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A figure: its name and one cell per policy."""

    label: str
    cells: tuple[render.Cell, ...]


def print_comparison(comparison: Comparison, regret: "Regret | None" = None) -> None:
    """Prints what was run, the table, the spread, and what the differences hang on."""
    heads = _heads(comparison)
    _print_plan(comparison, heads)
    rows = list(_rows(comparison, heads))
    if regret is not None:
        rows += _regret_rows(comparison, regret)
    for chosen in _blocks(heads, rows):
        render.line()
        render.table(
            (render.Column(""), *render.right(*(heads[each] for each in chosen))),
            [(row.label, *(row.cells[each] for each in chosen)) for row in rows],
        )
    render.line()
    for each in _remarks(comparison, heads):
        render.paragraph(each)
    if regret is not None:
        apart = f" without {' and '.join(effects)}" if (effects := comparison.plan.effects) else ""
        render.paragraph(f"worst window{apart}, {regret.window}; {regret.bounds}")
    for stability in comparison.stability:
        _print_stability(stability, _head_of(comparison, heads, stability.policy))
    for effect in comparison.plan.effects:
        _print_effect(effect, comparison, heads)


def _print_effect(effect: str, comparison: Comparison, heads: Sequence[str]) -> None:
    several = len(comparison.plan.seeds) > 1
    rows = [
        (
            _head_of(comparison, heads, each.policy),
            _rate(each.off),
            _rate(each.on),
            _difference_cell(each.difference),
            *((_interval_cell(each.difference),) if several else ()),
        )
        for each in comparison.effects
        if each.effect == effect
    ]
    titles = ("without", "with", "points", *(("95 % interval",) if several else ()))
    render.heading(f"{effect}: violation rate of the same jobs without and with it")
    render.table((render.Column("policy"), *render.right(*titles)), rows)


def print_spreads(comparisons: Sequence[Comparison]) -> None:
    """Prints the spread of each comparison, their mean, and what they are not."""
    render.heading("spread: highest less lowest violation rate of the policies")
    columns = (render.Column("scenario", wraps=True), render.Column("profile"))
    render.table(
        (*columns, *render.right("points"), render.Column("lowest"), render.Column("highest")),
        map(_spread_row, comparisons),
    )
    mean = mean_spread_points(comparisons)
    if mean is not None:
        render.line(f"mean {mean:.2f} points")
    render.line()
    render.paragraph(PAPER)


def _spread_row(comparison: Comparison) -> tuple[str, ...]:
    names = (comparison.plan.scenario.name, comparison.plan.profile.name)
    spread = comparison.spread
    if spread is None:
        return (*names, render.NOTHING, "", "")
    heads = _heads(comparison)
    ends = (_head_of(comparison, heads, policy) for policy in (spread.lowest, spread.highest))
    return (*names, f"{spread.points:.2f}", *(ends if spread.points else ("", "")))


def _heads(comparison: Comparison) -> list[str]:
    """What heads the columns: the policies' names, letters for long ones."""
    names = [each.policy for each in comparison.policies]
    return [name if len(name) <= HEAD else _letters(place) for place, name in enumerate(names)]


def _letters(place: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    rest, last = divmod(place, 26)
    return (_letters(rest - 1) if rest else "") + chr(ord("A") + last)


def _head_of(comparison: Comparison, heads: Sequence[str], policy: str) -> str:
    return heads[comparison.plan.policies.index(policy)]


def _print_plan(comparison: Comparison, heads: Sequence[str]) -> None:
    plan = comparison.plan
    count = len(plan.seeds)
    seeds = f"means of {count} seeds" if count > 1 else f"seed {plan.seeds[0]}"
    noise = "noise on" if plan.noise else "no noise"
    named = (("scenario", plan.scenario), ("profile", plan.profile))
    for label, each in named:
        title = f": {each.title}" if each.title and each.title != each.name else ""
        render.labeled(label, f"{each.name}{title}", width=len("scenario"))
    render.labeled("runs", f"{seeds}, duration {plain(plan.duration_s)} s, {noise}", width=8)
    for head, name in zip(heads, plan.policies, strict=True):
        if head != name:
            render.labeled(f"policy {head}", name, width=8)


def _rows(comparison: Comparison, heads: Sequence[str]) -> Iterator[Row]:
    """All figures in the order in which they are shown."""
    policies = comparison.policies
    several = len(comparison.plan.seeds) > 1

    def row(label: str, values: Iterable[float | None], cell: Callable[[float | None], str]) -> Row:
        return Row(label, tuple(map(cell, values)))

    yield row("violation rate", (each.means[RATE] for each in policies), _rate)
    if comparison.left_out:
        yield row("  paired streams", (each.paired_violation_rate for each in policies), _rate)
    yield from _difference_rows(policies, RATE, heads[0], several=several)
    yield row("mean over streams", (each.means[MEAN_RATE] for each in policies), _rate)
    yield from _difference_rows(policies, MEAN_RATE, heads[0], several=several)
    for name, label in COUNTS.items():
        yield row(label, (each.means[name] for each in policies), _mean if several else _whole)
    for name, label in TIMES.items():
        yield row(label, (each.means[name] for each in policies), render.ms)
    yield row("tokens/s", (each.means["tokens_per_s"] for each in policies), _mean)
    attained = (each.means["llm_target_attainment"] for each in policies)
    yield row("LLM targets met", attained, render.percent)
    for name, label in EVENNESS.items():
        yield row(label, (each.means[name] for each in policies), _mean)
    yield row("jitter, ms", (each.means["jitter_ms"] for each in policies), render.ms)
    for name in policies[0].utilization:
        yield row(f"{name} busy", (each.utilization[name] for each in policies), render.percent)
    if any(each.energy_j is not None for each in policies):
        yield row("energy, J", (each.energy_j for each in policies), _mean)
    if any(each.mj_per_token is not None for each in policies):
        yield row("mJ per token", (each.mj_per_token for each in policies), _mean)


def _regret_rows(comparison: Comparison, regret: "Regret") -> Iterator[Row]:
    names = [each.policy for each in comparison.policies]
    missed = regret.answer.missed
    yield Row("missed, worst window", tuple(f"{missed[name]:,}" for name in names))
    yield Row("  could have saved", tuple(map(regret.could_have_saved, names)))


def _difference_rows(
    policies: Sequence[PolicyFigures], metric: str, first: str, *, several: bool
) -> Iterator[Row]:
    differences = [each.differences.get(metric) for each in policies]
    yield Row(f"  vs {first}, points", tuple(map(_difference_cell, differences)))
    if several:
        yield Row("  95 % interval", tuple(map(_interval_cell, differences)))


def _difference_cell(difference: Estimate | None) -> render.Cell:
    if difference is None:
        return f"{render.NOTHING}  "
    if not difference.is_clear:
        return f"{points(difference.mean)}  "
    style = render.GOOD if difference.mean < 0 else render.BAD
    return render.styled(f"{points(difference.mean)} *", style)


def _interval_cell(difference: Estimate | None) -> str:
    if difference is None or difference.half_width is None:
        return f"{render.NOTHING}  "
    return f"± {100 * difference.half_width:.2f}  "


def points(fraction: float) -> str:
    """A difference of two rates in percentage points, with its sign."""
    text = f"{100 * fraction:+.2f}"
    return text if float(text) else "0.00"


def _rate(value: float | None) -> str:
    return render.percent(value, 2)


def _mean(value: float | None) -> str:
    return render.NOTHING if value is None else f"{value:,.1f}"


def _whole(value: float | None) -> str:
    return render.NOTHING if value is None else f"{value:,.0f}"


def _blocks(heads: Sequence[str], rows: Sequence[Row]) -> Iterator[list[int]]:
    """The columns of each table, so that it fits."""
    room = WIDTH - max(len(row.label) for row in rows)
    chosen: list[int] = []
    left = room
    for place, head in enumerate(heads):
        needed = GAP + max(len(head), *(len(row.cells[place]) for row in rows))
        if chosen and needed > left:
            yield chosen
            chosen, left = [], room
        chosen.append(place)
        left -= needed
    yield chosen


def _remarks(comparison: Comparison, heads: Sequence[str]) -> Iterator[str]:
    """What a reader of the table has to know."""
    if len(comparison.plan.seeds) == 1:
        yield "one seed: no interval, so any difference may be luck (--seeds 5)"
    elif any(
        _is_clear(each, metric) for each in comparison.policies for metric in (RATE, MEAN_RATE)
    ):
        yield "* clear: the 95 % interval of the paired difference leaves out 0"
    else:
        yield "no difference is clear: each 95 % interval holds 0"
    if comparison.left_out:
        yield (
            f"not paired: {', '.join(comparison.left_out)} (closed loop: when the next job comes "
            "depends on the policy); differences and spread are of the other streams"
        )
    if comparison.spread is not None:
        lowest, highest = (
            _head_of(comparison, heads, policy)
            for policy in (comparison.spread.lowest, comparison.spread.highest)
        )
        between = f", from {lowest} to {highest}" if lowest != highest else ""
        yield f"spread {comparison.spread.points:.2f} points{between}"
    tried = list(dict.fromkeys(each.change for each in comparison.stability))
    if tried and not any(each.verdict == "flips" for each in comparison.stability):
        yield f"no difference flips with {' or '.join(_with(each) for each in tried)}"


def _is_clear(figures: PolicyFigures, metric: str) -> bool:
    difference = figures.differences.get(metric)
    return difference is not None and difference.is_clear


def _with(change: str) -> str:
    return "the tie order" if change == "tie order" else "a phase shift"


def _print_stability(stability: Stability, head: str) -> None:
    words = {"flips": "flips", "fades": "is no longer clear"}.get(stability.verdict)
    if words is None:
        return
    became = f"{_with_interval(stability.before)} becomes {_with_interval(stability.after)}"
    render.paragraph(f"{head} {words} with {_with(stability.change)}: {became}")


def _with_interval(difference: Estimate) -> str:
    width = difference.half_width
    around = "" if width is None else f" ± {100 * width:.2f}"
    return f"{points(difference.mean)}{around} points"
