"""What can be claimed: the figures of a run's summary, by name, with their units."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["count", "share", "time", "rate", "periods"]
Home: TypeAlias = Literal["run", "stream", "backend"]

STATISTICS: Final = "p1 to p99.9, min, max or mean"


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure."""

    name: str
    kind: Kind
    meaning: str
    of: frozenset[Home] = frozenset(("run", "stream"))
    """What it is a figure of; ``run``: without a subject."""
    many: bool = False
    """Whether it has a value per job, so that a statistic must be named."""


_RUN: Final = frozenset[Home](("run",))
_BACKEND: Final = frozenset[Home](("backend",))

METRICS: Final[Mapping[str, Metric]] = {
    each.name: each
    for each in (
        Metric(
            "violation_rate", "share", "late, dropped and overdue jobs of those with a deadline"
        ),
        Metric("violation_rate_mean", "share", "mean of the streams' violation rates", _RUN),
        Metric("jobs", "count", "released"),
        Metric("completed", "count", "finished, in time or late"),
        Metric("met", "count", "finished in time"),
        Metric("late", "count", "finished too late"),
        Metric("dropped", "count", "given up"),
        Metric("skipped", "count", "none of their stages was triggered"),
        Metric("running", "count", "had not ended when the run did"),
        Metric("overdue", "count", "of those, past a deadline"),
        Metric("degraded", "count", "given cheaper models, whatever became of them"),
        Metric("known", "count", "jobs with a deadline whose fate is known"),
        Metric("missed", "count", "late, dropped or overdue"),
        Metric("hopeless", "count", "misses that could not be met alone on an idle chip"),
        Metric("backlog", "count", "misses that were too late already when released"),
        Metric("avoidable", "count", "misses that another decision would have met"),
        Metric("longest_streak", "count", "most misses in a row"),
        Metric("response", "time", "from release to the end of a job", many=True),
        Metric("frame_gap", "time", "between the ends of consecutive jobs", many=True),
        Metric("jitter", "time", "mean difference of consecutive response times"),
        Metric("longest_freeze", "time", "longest gap between good jobs"),
        Metric("ttft", "time", "time to first token, of language models", many=True),
        Metric("tpot", "time", "time per further token of an answer", many=True),
        Metric("output_tokens", "count", "produced by language models"),
        Metric("tokens_per_s", "rate", "output tokens per second of the run"),
        Metric("answers", "count", "answers with a TTFT or TPOT target whose fate is known"),
        Metric("target_attainment", "share", "answers that met all their targets"),
        Metric("ttft_attainment", "share", "answers that met their TTFT target"),
        Metric("tpot_attainment", "share", "answers that met their TPOT target"),
        Metric("worst_frame_gap_p99", "periods", "of the worst periodic stream", _RUN),
        Metric("worst_freeze", "periods", "of the worst periodic stream", _RUN),
        Metric("utilization", "share", "busy time of a backend over the run", _BACKEND),
    )
}

SUMMARY_NAMES: Final[Mapping[str, str]] = {
    "released": "jobs",
    "violation_rate_mean_over_streams": "violation_rate_mean",
    "longest_miss_streak": "longest_streak",
    "jitter_ms": "jitter",
    "longest_freeze_ms": "longest_freeze",
    "llm_targets_known": "answers",
    "llm_target_attainment": "target_attainment",
    "ttft_target_attainment": "ttft_attainment",
    "tpot_target_attainment": "tpot_attainment",
    "worst_frame_gap_p99_periods": "worst_frame_gap_p99",
    "worst_freeze_periods": "worst_freeze",
}
"""Names in the JSON of a summary that differ."""

UNITS: Final[Mapping[Kind, Mapping[str, Fraction]]] = {
    "count": {"": Fraction(1)},
    "share": {"": Fraction(1), "%": Fraction(1, 100)},
    "time": {
        "ns": Fraction(1),
        "us": Fraction(1000),
        "µs": Fraction(1000),
        "ms": Fraction(10**6),
        "s": Fraction(10**9),
        "min": Fraction(60 * 10**9),
    },
    "rate": {"": Fraction(1), "/s": Fraction(1)},
    "periods": {"": Fraction(1), "periods": Fraction(1)},
}
"""What a unit is in the metric's own: 1, ns, or 1/s."""

EXAMPLES: Final[Mapping[Kind, str]] = {
    "count": "a whole number such as 3",
    "share": "a share such as 1% or 0.01",
    "time": "a time with its unit such as 500ms, 33.3ms or 2s",
    "rate": "a number per second such as 10 or 10/s",
    "periods": "a number of periods such as 1.5",
}

UNIT_NAMES: Final[Mapping[Kind, str]] = {
    "count": "",
    "share": "",
    "time": "ms",
    "rate": "/s",
    "periods": "periods",
}
"""Of values for machines; a share is from 0 to 1."""
