"""What a grid of policies says: totals, cells lost, and the language models' latencies."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias, TypedDict

from emulator.metrics.windows import nearest_rank

COUNTS_FROM = 0.01
"""A cell counts where the best other policy misses at least this share of what is not hopeless."""
NEAR = 0.005
"""Policies so close to the lowest rate are compared by TTFT and TPS."""
WORSE = 0.01
"""A cell is lost where we are so much worse than the best other policy."""
WITHIN = 1.1


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of the grid."""

    profile: str
    scenario: str
    load: str


class Row(TypedDict):
    """One run."""

    known: int
    missed: int
    hopeless: int
    ttft_ms: list[float]
    tpot_ms: list[float]


@dataclass(frozen=True, slots=True)
class Score:
    """One policy in one cell, over all seeds."""

    known: int
    missed: int
    """That were not hopeless."""
    ttft_p95_ms: float | None
    tps: float | None
    """1 / median time per output token."""

    @property
    def rate(self) -> float:
        """Share of the jobs that were missed although they were not hopeless."""
        return self.missed / self.known if self.known else 0.0


def score_of(rows: Sequence[Row]) -> Score:
    """The runs of one policy in one cell as one score."""
    ttft = sorted(each for row in rows for each in row["ttft_ms"])
    tpot = sorted(each for row in rows for each in row["tpot_ms"])
    median = nearest_rank(tpot, 50)
    return Score(
        known=sum(row["known"] for row in rows),
        missed=sum(row["missed"] - row["hopeless"] for row in rows),
        ttft_p95_ms=nearest_rank(ttft, 95),
        tps=1000 / median if median else None,
    )


Scores: TypeAlias = Mapping[Cell, Mapping[str, Score]]
"""By cell and policy."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One policy, ours, beside all others over some cells."""

    cells: int
    cells_counted: int
    missed_by_policy: dict[str, int]
    """In the cells that count, the least first."""
    best_other: str
    """The other policy with the lowest total."""
    share_of_best_other: float | None
    best_other_of_each_cell: int
    cells_lost: dict[str, float]
    """By how much."""
    slower_answers: list[str]


def report(
    table: Mapping[Cell, Mapping[str, list[Row]]], ours: str, held_out: Sequence[str]
) -> tuple[dict[str, object], str]:
    """All figures for JSON, and the same as markdown."""
    scores = {
        cell: {name: score_of(rows) for name, rows in found.items()}
        for cell, found in table.items()
    }
    groups = {
        "all scenarios": scores,
        "held out": {cell: found for cell, found in scores.items() if cell.scenario in held_out},
        "tuned on": {
            cell: found for cell, found in scores.items() if cell.scenario not in held_out
        },
    }
    comparisons = {title: compare(found, ours) for title, found in groups.items() if found}
    listed = [
        {**asdict(cell), "policy": name, **asdict(score), "rate": score.rate}
        for cell, found in scores.items()
        for name, score in found.items()
    ]
    texts = [_told(title, comparison) for title, comparison in comparisons.items()]
    figures = {"summary": {title: asdict(each) for title, each in comparisons.items()}}
    return {**figures, "cells": listed}, "\n".join([_cells_table(scores, ours), *texts])


def compare(scores: Scores, ours: str) -> Comparison:
    """Totals over the cells that count, the cells that we lose, and where answers are slower."""
    best = {cell: _best(found, ours)[1] for cell, found in scores.items()}
    counted = [cell for cell in scores if best[cell].rate >= COUNTS_FROM]
    names = sorted({name for found in scores.values() for name in found})
    totals = {name: sum(scores[cell][name].missed for cell in counted) for name in names}
    best_other = min((name for name in names if name != ours), key=totals.__getitem__)
    worse = {cell: found[ours].rate - best[cell].rate for cell, found in scores.items()}
    return Comparison(
        cells=len(scores),
        cells_counted=len(counted),
        missed_by_policy=dict(sorted(totals.items(), key=lambda each: each[1])),
        best_other=best_other,
        share_of_best_other=totals[ours] / totals[best_other] if totals[best_other] else None,
        best_other_of_each_cell=sum(best[cell].missed for cell in counted),
        cells_lost={_words(cell): points for cell, points in worse.items() if points > WORSE},
        slower_answers=[
            f"{_words(cell)}: {what}"
            for cell, found in scores.items()
            for what in _slower(found, ours)
        ],
    )


def _best(found: Mapping[str, Score], ours: str) -> tuple[str, Score]:
    others = ((name, each) for name, each in found.items() if name != ours)
    return min(others, key=lambda named: (named[1].rate, named[0]), default=(ours, found[ours]))


def _slower(found: Mapping[str, Score], ours: str) -> list[str]:
    """TTFT p95 or TPS of ours more than 10 % behind the best policy that misses as little."""
    lowest = min(each.rate for each in found.values())
    near = [each for each in found.values() if each.rate <= lowest + NEAR]
    mine, slower = found[ours], []
    ttft = min((each.ttft_p95_ms for each in near if each.ttft_p95_ms), default=None)
    tps = max((each.tps for each in near if each.tps), default=None)
    if ttft and (mine.ttft_p95_ms or 0) > WITHIN * ttft:
        slower.append(f"TTFT p95 {mine.ttft_p95_ms:.0f} ms, best {ttft:.0f} ms")
    if tps and mine.tps and mine.tps * WITHIN < tps:
        slower.append(f"{mine.tps:.1f} tokens/s, best {tps:.1f}")
    return slower


def _words(cell: Cell) -> str:
    return f"{cell.scenario} on {cell.profile} at {cell.load}"


def _cells_table(scores: Scores, ours: str) -> str:
    titles = ("scenario", "profile", "load", ours, "best other", "", "points", "TTFT p95", "its")
    lines = [
        f"| {' | '.join(titles)} | TPS | its |",
        "|---|---|---:|---:|---:|---|---:|---:|---:|---:|---:|",
    ]
    for cell, found in scores.items():
        name, best = _best(found, ours)
        mine = found[ours]
        lines.append(
            f"| {cell.scenario} | {cell.profile} | {cell.load} | {mine.rate:.2%} | {best.rate:.2%} "
            f"| {name} | {100 * (mine.rate - best.rate):+.2f} | {_number(mine.ttft_p95_ms)} "
            f"| {_number(best.ttft_p95_ms)} | {_number(mine.tps)} | {_number(best.tps)} |"
        )
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _told(title: str, found: Comparison) -> str:
    share = found.share_of_best_other
    lines = [
        f"## {title}: {found.cells_counted} of {found.cells} cells count",
        "",
        *(f"- {name}: {missed}" for name, missed in found.missed_by_policy.items()),
        "",
        f"Share of the best other in total, {found.best_other}: {_number(share)}.",
        f"The best other of each cell together: {found.best_other_of_each_cell}.",
        "",
        f"Cells lost by more than 1 point: {len(found.cells_lost)}",
        *(f"- {cell}: {100 * worse:+.2f}" for cell, worse in found.cells_lost.items()),
        "",
        f"Slower answers: {len(found.slower_answers)}",
        *(f"- {each}" for each in found.slower_answers),
        "",
    ]
    return "\n".join(lines)
