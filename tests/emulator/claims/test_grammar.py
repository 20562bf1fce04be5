"""Claims as people write them, and what is said of those that are wrong."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.claims import ClaimError, parse
from emulator.claims.metrics import METRICS, SUMMARY_NAMES

RIGHT = {
    "captions.violation_rate < 1%": ("captions", "violation_rate", "", "<", Fraction(1, 100)),
    "npc-dialogue.ttft.p95 < 500ms": ("npc-dialogue", "ttft", "p95", "<", 500 * 10**6),
    "npu.utilization < 90%": ("npu", "utilization", "", "<", Fraction(9, 10)),
    "violation_rate<2%": ("", "violation_rate", "", "<", Fraction(2, 100)),
    "blur.response.p99 <= 33.3ms": ("blur", "response", "p99", "<=", 33_300_000),
    "blur.response.p99.9 <= 1/3 s": ("blur", "response", "p99.9", "<=", Fraction(10**9, 3)),
    "questions.tokens_per_s > 10": ("questions", "tokens_per_s", "", ">", 10),
    "questions.tokens_per_s > 10/s": ("questions", "tokens_per_s", "", ">", 10),
    "upscale.longest_streak < 3": ("upscale", "longest_streak", "", "<", 3),
    "a.b.c-d.jobs == 7": ("a.b.c-d", "jobs", "", "==", 7),
    "response.max != 5us": ("", "response", "max", "!=", 5000),
    "x < y.late >= 0": ("x < y", "late", "", ">=", 0),
    "stream:npu.late < 1": ("stream:npu", "late", "", "<", 1),
    "dropped == 0": ("", "dropped", "", "==", 0),
    "p95.ttft.mean < 2s": ("p95", "ttft", "mean", "<", 2 * 10**9),
    "jobs.late < 1": ("jobs", "late", "", "<", 1),
    "violation_rate < 0.01": ("", "violation_rate", "", "<", Fraction(1, 100)),
    "worst_freeze < 1.5 periods": ("", "worst_freeze", "", "<", Fraction(3, 2)),
}
WRONG = {
    "": ["expected FIGURE OPERATOR VALUE"],
    "captions": ["expected FIGURE OPERATOR VALUE", "captions.violation_rate < 1%"],
    "< 3": ["expected FIGURE"],
    "jobs <": ["expected FIGURE"],
    "jobs = 3": ["write == for equal"],
    "captions.violaton_rate < 1%": ["unknown metric 'violaton_rate'", "'violation_rate'"],
    "captions.ttft < 1s": ["a value for each job", "ttft.p95"],
    "captions.ttft.p9x < 1s": ["unknown statistic 'p9x'", "p1 to p99.9"],
    "captions.late.p95 < 1": ["late is one figure and has no p95"],
    "captions.late.most < 1": ["late is one figure and has no 'most'"],
    "ttft.p0 < 1s": ["p0 is no percentile"],
    "ttft.p95 < 500": ["a time with its unit such as 500ms", "'500'"],
    "ttft.p95 < 50%": ["a time with its unit", "'50%'"],
    "violation_rate < 2": ["from 0 to 1", "2%"],
    "violation_rate < 2ms": ["a share such as 1%"],
    "jobs < many": ["a whole number such as 3", "'many'"],
    "jobs < 1e999999999": ["a whole number such as 3"],
    "jobs < 1/0": ["a whole number such as 3"],
    "x" * 501: ["longer than 500 characters"],
}


@pytest.mark.parametrize(("text", "expected"), RIGHT.items())
def test_right(text: str, expected: tuple[object, ...]) -> None:
    """Subject, metric, statistic, operator and exact bound in ns, 1 or 1/s."""
    claim = parse(text)
    figure = claim.figure

    assert (figure.subject, figure.metric.name, figure.stat, claim.op, claim.bound) == expected


@pytest.mark.parametrize(("text", "words"), WRONG.items())
def test_wrong(text: str, words: list[str]) -> None:
    """One sentence that says what would be right."""
    with pytest.raises(ClaimError) as caught:
        parse(text)

    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 300
    for word in words:
        assert word in sentence


@given(st.text(max_size=40))
def test_any_text_is_a_claim_or_an_error(text: str) -> None:
    """Nothing else is ever raised."""
    for each in (text, f"{text}.ttft.p95 < 3s", f"jobs < {text}", f"response.p{text} < 1s"):
        try:
            parse(each)
        except ClaimError as error:
            assert str(error)  # noqa: PT017 - both outcomes are fine


@given(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), st.integers(-9, 9), st.integers(-9, 9))
def test_equal_to_the_bound_counts_as_the_operator_says(op: str, value: int, bound: int) -> None:
    """A claim compares as Python compares."""
    expected = eval(f"{value} {op} {bound}")  # noqa: S307 - numbers of our own

    assert parse(f"jobs {op} {bound}").holds(value) is expected


@pytest.mark.parametrize("name", SUMMARY_NAMES)
def test_names_of_the_summary_are_understood(name: str) -> None:
    """The keys of the JSON summary mean the same metric."""
    metric = METRICS[SUMMARY_NAMES[name]]
    unit = {"time": "ms"}.get(metric.kind, "")

    assert parse(f"{name} < 1{unit}").figure.metric is metric


def test_percentiles_of_the_summary_are_understood() -> None:
    """So is a statistic that stands in the name."""
    figure = parse("blur.response_p95_ms < 3ms").figure

    assert (figure.subject, figure.metric.name, figure.stat) == ("blur", "response", "p95")
