"""The figures of claims are those of the summary, but exact."""

from fractions import Fraction

import pytest

from emulator.claims import ClaimError, measure
from emulator.claims.grammar import parse_figure
from emulator.claims.metrics import METRICS, SUMMARY_NAMES
from emulator.claims.values import plain_value, statistic
from emulator.session.replayed import FinishedRun
from tests.emulator.claims.runs import busy

STATS = ("p50", "p95", "p99", "max")
IN_SUMMARY = {
    f"{name}_{stat}_ms": f"{name}.{stat}"
    for name, stats in (
        ("response", STATS),
        ("frame_gap", STATS[:3]),
        ("ttft", STATS[:2]),
        ("tpot", STATS[:2]),
    )
    for stat in stats
}


def plain(figure: str, run: FinishedRun) -> object:
    """The value as the summary has it."""
    return plain_value(parse_figure(figure).metric.kind, measure(figure, run))


@pytest.mark.parametrize("policy", ["fcfs", "edf", "llf", "hybrid"])
def test_every_figure_of_the_summary_is_a_metric(policy: str) -> None:
    """Each key of the JSON summary, over all jobs and by stream, has the same value as a claim."""
    run = busy(policy)
    summary = run.result.summary.to_dict()
    streams, shares = summary.pop("streams"), summary.pop("utilization")
    summary.pop("end_s")
    assert isinstance(streams, dict)
    assert isinstance(shares, dict)

    for key, value in summary.items():
        figure = IN_SUMMARY.get(key, SUMMARY_NAMES.get(key, key))
        assert plain(figure, run) == pytest.approx(value), key
    for name, figures in streams.items():
        for key, value in figures.items():
            if value is not None:
                figure = IN_SUMMARY.get(key, SUMMARY_NAMES.get(key, key))
                assert plain(f"stream:{name}.{figure}", run) == pytest.approx(value), (name, key)
    for name, value in shares.items():
        assert plain(f"backend:{name}.utilization", run) == pytest.approx(value)


def test_every_metric_is_measured() -> None:
    """None is only in the table."""
    run = busy()
    figures = [
        f"{'backend:npu.' if metric.of == {'backend'} else ''}{name}{'.p50' if metric.many else ''}"
        for name, metric in METRICS.items()
    ]

    assert all(measure(figure, run) is not None for figure in figures)


def test_values_are_exact() -> None:
    """Shares are fractions and times whole ns: no rounding decides a verdict."""
    run = busy()
    overall = run.result.summary.overall

    assert measure("violation_rate", run) == Fraction(overall.missed, overall.known)
    assert measure("cam.response.p50", run) == round(
        (run.result.summary.streams["cam"].response_p50_ms or 0) * 1e6
    )
    assert isinstance(measure("npu.utilization", run), Fraction)


@pytest.mark.parametrize(
    ("stat", "expected"),
    [("p1", 1), ("p50", 5), ("p90", 9), ("p90.1", 10), ("max", 10), ("min", 1), ("mean", 5.5)],
)
def test_statistics_are_of_the_nearest_rank(stat: str, expected: float) -> None:
    """A percentile is a value that occurred."""
    assert statistic(list(range(10, 0, -1)), stat) == expected


def test_nothing_has_no_statistic() -> None:
    """Not 0."""
    assert statistic([], "p50") is None


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("cpu.jobs", ["stream and a backend", "'stream:cpu'", "'backend:cpu'"]),
        ("cam.utilization", ["utilization is a figure of a backend", "npu.utilization"]),
        ("utilization", ["utilization is a figure of a backend", "npu.utilization"]),
        ("npu.late", ["late is no figure of a backend"]),
        ("cam.worst_freeze", ["of the whole run", "leave out 'cam'"]),
        ("cam.ttft.p50", ["'cam' has no language model"]),
        ("camm.late", ["unknown stream or backend 'camm'", "'cam'"]),
        ("stream:npu.late", ["unknown stream 'npu'"]),
        ("backend:npuu.utilization", ["unknown backend 'npuu'", "'npu'"]),
    ],
)
def test_figures_that_a_run_does_not_have(figure: str, words: list[str]) -> None:
    """One sentence that says what would be right."""
    with pytest.raises(ClaimError) as caught:
        measure(figure, busy())

    for word in words:
        assert word in str(caught.value)


def test_names_with_dots_and_dashes() -> None:
    """A subject is everything before the metric."""
    run = busy()

    assert measure("v1.5.jobs", run) == 80
    assert measure("chat-box.ttft.p95", run) is not None
    assert measure("stream:cpu.jobs", run) == 67
    assert measure("backend:cpu.utilization", run) is not None
