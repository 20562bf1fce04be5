"""Capacity: answers that are known by arithmetic, what holds and what breaks, and bad questions."""

import json
from collections.abc import Mapping
from fractions import Fraction

import pytest

from emulator.claims.values import value_of
from emulator.errors import PolicyError, UserError
from emulator.study.capacity import Answer, Capacity, ask, capacity
from emulator.study.capacity_tally import TALLIED, tallied
from emulator.study.capacity_trial import finished
from emulator.sweep import Case, worker_processes

# One backend, 10 ms for a frame, 5 ms + 1 ms per token for an answer.
PROFILE = {
    "backends": ["npu"],
    "models": {
        "frame": {"npu": 10},
        "noisy": {"npu": {"latency_ms": 10, "noise": "exponential"}},
        "llm": {"npu": {"prefill_ms": {"base": 4, "per_token": 1}, "decode_ms": 1}},
    },
}
CAMERAS = {"streams": [{"name": "cam", "model": "frame", "rate_hz": 10}]}
TWO = {
    "streams": [
        {"name": "cam", "model": "frame", "rate_hz": 10, "deadline_ms": 40},
        {"name": "mic", "model": "frame", "rate_hz": 10, "deadline_ms": 100},
    ]
}
CHAT = {
    "streams": [
        {"name": "cam", "model": "frame", "rate_hz": 1},
        {
            "name": "chat",
            "model": "llm",
            "rate_hz": 1,
            "phase_ms": 500,
            "prompt_tokens": 5,
            "output_tokens": 11,
            "deadline_ms": "none",
            "ttft_ms": 20,
        },
    ]
}
DROPPING = "fcfs/first-idle/drop-late"
NOISY = {"streams": [{"name": "cam", "model": "noisy", "rate_hz": 10, "deadline_ms": 50}]}


def answers(
    scenario: Mapping[str, object],
    vary: str,
    limit: str = "missed <= 0",
    *policies: str,
    bounds: tuple[int | None, int | None] = (None, None),
    step: Fraction | None = None,
    seeds: int = 1,
) -> list[Answer]:
    """The answers for one-second runs, under edf where nothing else is said."""
    low, high = (None if each is None else Fraction(each) for each in bounds)
    question = ask(
        PROFILE,
        scenario,
        vary,
        limit,
        policies=policies or ("edf",),
        seeds=range(seeds),
        duration_s=Fraction(1),
        bounds=(low, high),
        step=step,
    )
    return list(capacity(question).answers)


def edge(answer: Answer) -> tuple[float | None, float | None]:
    """The largest value that holds, and the next."""
    return (
        None if answer.at is None else float(answer.at.value),
        None if answer.next is None else float(answer.next.value),
    )


def test_exactly_ten_copies_fit() -> None:
    """Ten frames of 10 ms fit into a period of 100 ms, and an eleventh does not."""
    (answer,) = answers(CAMERAS, "cam.count")

    assert edge(answer) == (10, 11)
    assert answer.next is not None
    assert answer.next.limiting == "cam"
    assert (answer.holds_again, answer.broken_below) == ((), ())


def test_order_decides_how_many_fit() -> None:
    """Copies of mic before cam: under edf cam still goes first, under fcfs behind three at most."""
    scenario = {"streams": TWO["streams"][::-1]}
    edf, fcfs = answers(scenario, "mic.count", "missed <= 0", "edf", "fcfs")

    assert edge(edf) == (9, 10)
    assert edge(fcfs) == (3, 4)
    assert fcfs.next is not None
    assert fcfs.next.limiting == "cam"


def test_the_largest_rate_has_three_digits() -> None:
    """A frame of 10 ms whose deadline is the next one: 100 a second, not 101."""
    (answer,) = answers(CAMERAS, "cam.rate")

    assert edge(answer) == (100, 101)


def test_a_step_sets_the_values() -> None:
    """Only multiples of the step are tried."""
    (answer,) = answers(CAMERAS, "cam.rate", step=Fraction(7))

    assert edge(answer) == (98, 105)
    assert all(point.value % 7 == 0 for point in answer.points)


def test_load_scales_all_rates() -> None:
    """Two streams of 10 frames a second each: five times as many fill the backend."""
    streams = [{"name": name, "model": "frame", "rate_hz": 10} for name in ("a", "b")]
    (answer,) = answers({"streams": streams}, "load", step=Fraction(1, 10))

    assert edge(answer) == (5, 5.1)


@pytest.mark.parametrize(
    ("vary", "limit", "expected"),
    [
        # 4 ms and 1 ms per prompt token; the first token comes with the prefill.
        ("chat.prompt_tokens", "target_attainment >= 100%", (3, 4)),
        # 4 + 5 + 10 x 1 ms an answer: 100 ms has room for 91 decodes.
        ("chat.output_tokens", "chat.response.max <= 100ms", (8, 9)),
    ],
)
def test_tokens_are_scaled(vary: str, limit: str, expected: tuple[int, int]) -> None:
    """Prompts and answers grow until the targets break."""
    (answer,) = answers(CHAT, vary, limit, step=Fraction(1))

    assert edge(answer) == expected


def test_a_lower_bound_is_a_limit() -> None:
    """All answers start within 20 ms while at most one frame of 10 ms is before them."""
    scenario = {"streams": [{**CHAT["streams"][0], "phase_ms": 500}, CHAT["streams"][1]]}
    (answer,) = answers(scenario, "cam.count", "target_attainment > 99%", "fcfs")

    assert edge(answer) == (1, 2)
    assert answer.next is not None
    assert answer.next.by_seed == (0,)
    assert answer.next.limiting == "chat"


def test_nothing_or_everything_is_carried() -> None:
    """Without an edge between the bounds, one side of it is missing."""
    (none,) = answers(CAMERAS, "cam.count", bounds=(11, 20))
    (all_of_it,) = answers(CAMERAS, "cam.count", bounds=(2, 9))

    assert edge(none) == (None, 11)
    assert edge(all_of_it) == (9, None)


def test_a_larger_value_that_holds_again_is_told() -> None:
    """A pulse after 100 ms is late if a frame came in the 10 ms before it, however many others do.

    The third of 31 a second comes after 96.8 ms, the third of 30 with the pulse, the third and
    fourth of 37 after 81.1 and 108.1 ms.
    """
    scenario = {
        "streams": [
            {"name": "pulse", "model": "frame", "arrivals_ms": [100], "deadline_ms": 10},
            {"name": "cam", "model": "frame", "rate_hz": 8, "deadline_ms": 50},
        ]
    }
    (answer,) = answers(scenario, "cam.rate", bounds=(8, 45), step=Fraction(1))

    assert edge(answer) == (30, 31)
    assert [float(value) for value in answer.holds_again] == [37, 45]
    assert answer.broken_below == ()
    assert answer.next is not None
    assert answer.next.limiting == "pulse"


def test_each_copy_must_hold() -> None:
    """A limit on the stream that is copied is on its worst copy."""
    (worst,) = answers(CAMERAS, "cam.count", "cam.violation_rate < 50%", DROPPING)
    (mean,) = answers(CAMERAS, "cam.count", "violation_rate < 50%", DROPPING)

    assert edge(worst) == (10, 11)
    # Ten periods serve nine copies each in time and one too late, the first of them ten: 91 frames
    # of 180 are in time, 91 of 190 are not half.
    assert edge(mean) == (18, 19)


def test_confidence_comes_from_seeds() -> None:
    """The bound is the mean and t(0.95, n - 1) times its standard error on top."""
    (answer,) = answers(NOISY, "cam.rate", "violation_rate < 20%", seeds=4)
    points = [each for each in answer.points if len(set(each.by_seed)) > 1]
    point = points[0]
    values = [float(each or 0) for each in point.by_seed]
    mean = sum(values) / 4
    error = (sum((each - mean) ** 2 for each in values) / 3 / 4) ** 0.5

    assert float(point.mean or 0) == pytest.approx(mean)
    assert float(point.bound or 0) == pytest.approx(mean + 2.353363 * error, rel=1e-5)
    assert all(point.holds == ((point.bound or 0) < Fraction(1, 5)) for point in answer.points)


@pytest.mark.parametrize("policy", ["fcfs", "edf", "llf", "hybrid"])
@pytest.mark.parametrize("scenario", ["video-call", "overload", "xr-ar-assistant"])
def test_counts_equal_the_full_summary(scenario: str, policy: str) -> None:
    """Whatever can be counted from the journal is exactly what claims say of the run."""
    from emulator.catalog import load_profile, load_scenario
    from emulator.claims.grammar import parse_figure

    application = load_scenario(scenario)
    profile = load_profile(application.profile or "ryzen-ai-9-hx-370")
    case = Case(profile, application, policy, seed=5, duration_s=Fraction(3, 2))
    tally, run = tallied(case), finished(case)

    assert tally is not None
    for name in TALLIED:
        assert tally.value(name) == value_of(parse_figure(name), run), name
        for stream in application.streams if name != "violation_rate_mean" else ():
            figure = parse_figure(f"stream:{stream.name}.{name}")
            assert tally.value(name, stream.name) == value_of(figure, run), figure.text


def test_processes_do_not_change_the_answer() -> None:
    """One process or two, and the answer is plain JSON."""

    def found(count: int) -> Capacity:
        question = ask(
            PROFILE, NOISY, "cam.rate", "violation_rate < 20%", policies=("edf", "fcfs"),
            seeds=range(2), duration_s=Fraction(1, 2), step=Fraction(10),
        )  # fmt: skip
        with worker_processes(count) as executor:
            return capacity(question, executor)

    alone = found(1)

    assert alone.answers == found(2).answers
    assert json.loads(json.dumps(alone.to_dict(), allow_nan=False)) == alone.to_dict()


def test_progress_ends_at_one() -> None:
    """What a bar is told lies between 0 and 1."""
    question = ask(
        PROFILE, CAMERAS, "cam.count", "missed <= 0", policies=("edf",), duration_s=Fraction(1)
    )
    shares: list[float] = []
    capacity(question, on_progress=shares.append)

    assert shares[-1] == 1.0
    assert all(0 < share <= 1 for share in shares)


def test_nothing_to_measure_is_no_answer() -> None:
    """A limit on jobs that never come cannot be judged."""
    scenario = {
        "streams": [
            {"name": "cam", "model": "frame", "rate_hz": 10},
            {"name": "rare", "model": "frame", "arrivals_ms": [5000], "deadline_ms": 20},
        ]
    }
    with pytest.raises(UserError, match=r"no run of 1 s has anything to measure"):
        answers(scenario, "cam.count", "rare.violation_rate < 1%", bounds=(1, 2))


@pytest.mark.parametrize(
    ("vary", "limit", "bounds", "says"),
    [
        ("cam.rte", "missed <= 0", (None, None), "did you mean 'rate'"),
        ("cm.rate", "missed <= 0", (None, None), "unknown stream 'cm', did you mean 'cam'"),
        ("rate", "missed <= 0", (None, None), "expected load, STREAM.rate"),
        ("cam.output_tokens", "missed <= 0", (None, None), "has no language model"),
        ("load", "missed == 0", (None, None), "no bound: write missed <= or >="),
        ("load", "mic.missed <= 0", (None, None), "unknown stream or backend 'mic'"),
        ("load", "missed", (None, None), "expected FIGURE OPERATOR VALUE"),
        ("load", "missed <= 0", (3, 2), "--from 3 is above --to 2"),
        ("load", "missed <= 0", (0, None), "--from: expected a number above 0"),
        ("cam.count", "missed <= 0", (None, 5000), "--to: expected a number above 0 and up to"),
    ],
)
def test_a_bad_question_gets_one_sentence(
    vary: str, limit: str, bounds: tuple[int | None, int | None], says: str
) -> None:
    """It says what would be right."""
    with pytest.raises(UserError) as caught:
        answers(CAMERAS, vary, limit, bounds=bounds)

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_streams_without_a_rate_say_so() -> None:
    """A closed loop and given instants have none, but can be copied and loaded."""
    loop: dict[str, object] = {
        "name": "loop",
        "model": "frame",
        "arrival": {"process": "closed-loop", "think_s": 1},
        "deadline_ms": 25,
    }
    given: dict[str, object] = {
        "name": "given",
        "model": "frame",
        "arrivals_ms": [0, 60],
        "deadlines_ms": [15, 75],
    }
    for stream in (loop, given):
        with pytest.raises(UserError, match=rf"vary {stream['name']}.count or load"):
            answers({"streams": [stream]}, f"{stream['name']}.rate")
    (copied,) = answers({"streams": [loop]}, "loop.count")
    (loaded,) = answers({"streams": [given]}, "load", step=Fraction(1))

    assert edge(copied) == (2, 3)
    # 60 ms between the releases shrink to 12 at five times the load, the deadlines keep 15 ms.
    assert edge(loaded) == (12, 13)


def test_unknown_policies_are_refused() -> None:
    """Before anything runs."""
    with pytest.raises(PolicyError, match="'nope' does not exist"):
        answers(CAMERAS, "load", "missed <= 0", "nope")
