"""Scores of a run that need its jobs, or runs of each job alone: ANTT, STP, XRBench's."""

from dataclasses import asdict, dataclass

from emulator.profile import Profile
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.study.fairness import Fairness, fairness
from emulator.study.xrbench import XrBenchScore, xrbench_score
from rtgen_tui import render


@dataclass(frozen=True, slots=True)
class Scores:
    """Definitions and sources are in docs/metrics.md."""

    fairness: Fairness
    xrbench: XrBenchScore

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types in a fixed order."""
        return {
            **asdict(self.fairness),
            "xrbench": {
                "overall": self.xrbench.overall,
                "energy_given": self.xrbench.energy_given,
                "models": [asdict(each) for each in self.xrbench.models],
            },
        }


def scores_of(result: RunResult, profile: Profile, scenario: Scenario) -> Scores:
    """The scores of a run of this scenario on this profile."""
    return Scores(fairness(result, profile, scenario), xrbench_score(result))


def print_scores(scores: Scores) -> None:
    """Slowdown by stream, throughput, and XRBench's scores by model."""
    _print_fairness(scores.fairness)
    render.line()
    _print_xrbench(scores.xrbench)


def _print_fairness(figures: Fairness) -> None:
    rows = [(name, _figure(value)) for name, value in figures.slowdown.items()]
    titles = (render.Column("slowdown"), *render.right("of alone"))
    render.table(titles, [*rows, ("all (ANTT)", _figure(figures.antt))])
    render.line(
        f"{_figure(figures.stp_jobs_per_s)} jobs finished per second (STP); "
        f"{figures.unfinished:,} that did not finish are in neither"
    )


def _print_xrbench(score: XrBenchScore) -> None:
    if score.overall is None:
        render.line("XRBench: no stage is judged by a deadline at its end")
        return
    rows = [
        (
            each.stream if each.stage == each.stream else f"{each.stream}/{each.stage}",
            f"{each.logged:,}",
            f"{each.dropped:,}",
            _share(each.real_time),
            _share(each.energy) if each.energy_given else render.NOTHING,
            _share(each.qoe),
            _share(each.score),
        )
        for each in score.models
    ]
    titles = ("logged", "dropped", "real-time", "energy", "QoE", "score")
    render.table((render.Column("XRBench"), *render.right(*titles)), rows)
    known = "" if score.energy_given else " (energy is not known and counts as 1)"
    render.line(f"overall {score.overall:.2f} of 100{known}")


def _figure(value: float | None) -> str:
    return render.NOTHING if value is None else f"{value:,.2f}"


def _share(value: float | None) -> str:
    return render.NOTHING if value is None else f"{value:.3f}"
