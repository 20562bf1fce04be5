"""Jobs that would be given up and run with cheaper models instead."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from emulator import simulate
from emulator.errors import ScenarioError
from emulator.journal import DEGRADED
from emulator.result import JobResult, RunResult
from tests.emulator.audit import audited
from tests.emulator.strategies import MS, Case, Dict, axes, cases, examples

PROFILE: Dict = {
    "backends": ["npu"],
    "models": {
        "big": {"npu": 6},
        "small": {"npu": 2},
        "llm": {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 2}},
        "llm-small": {"npu": {"prefill_ms": {"per_token": "0.5"}, "decode_ms": 1}},
    },
}


def run(
    *streams: Dict, policy: str = "fcfs/first-idle/degrade", profile: Dict = PROFILE
) -> RunResult:
    """Of a tenth of a second without noise."""
    return simulate(profile, {"streams": list(streams)}, policy, duration_s="0.1", noise=False)


def cam(name: str, *arrivals: int, deadline_ms: int, **more: object) -> Dict:
    """A stream of the big model, which may run the small one."""
    return {
        "name": name,
        "model": "big",
        "degraded_model": "small",
        "arrivals_ms": list(arrivals),
        "deadline_ms": deadline_ms,
        **more,
    }


def told(job: JobResult) -> tuple[object, ...]:
    """(stream, model, start, end, outcome, degraded) in ms."""
    stage = job.stages[0]
    start, end = (None if each is None else each / MS for each in (job.start_ns, job.finish_ns))
    return job.stream, stage.model, start, end, job.outcome, job.degraded


def test_a_job_that_would_be_dropped_runs_the_small_model() -> None:
    """At 6, when a ends, b and c need 6 ms and have 3: both get the small model, which takes 2.

    b ends at 8; then c would end at 10 even so, past 9, and is dropped after all.
    """
    done = run(cam("a", 0, deadline_ms=9), cam("b", 0, deadline_ms=9), cam("c", 0, deadline_ms=9))
    assert [told(job) for job in done.jobs] == [
        ("a", "big", 0.0, 6.0, "met", False),
        ("b", "small", 6.0, 8.0, "met", True),
        ("c", "small", None, None, "dropped", True),
    ]
    assert done.summary.overall.degraded == 2
    assert done.summary.streams["b"].degraded == 1


def test_early_drop_drops_where_degrade_does_not() -> None:
    """The same jobs under early-drop: b is dropped, and nothing is degraded."""
    streams = cam("a", 0, deadline_ms=9), cam("b", 0, deadline_ms=9)
    done = run(*streams, policy="fcfs/first-idle/early-drop")
    assert [job.outcome for job in done.jobs] == ["met", "dropped"]
    assert done.summary.overall.degraded == 0


def test_stages_that_have_begun_keep_their_model() -> None:
    """The first stage ran its big model to 6; the hog held the npu to 12; the second is degraded.

    At 12 the rest of the job takes 6 with the big model, past 15, and 2 with the small one.
    """
    pair: Dict = {
        "name": "pair",
        "arrivals_ms": [0],
        "deadline_ms": 15,
        "stages": [
            {"name": "one", "model": "big", "degraded_model": "small"},
            {"name": "two", "model": "big", "degraded_model": "small", "after": ["one"]},
        ],
    }
    hog: Dict = {"name": "hog", "model": "big", "arrivals_ms": [1], "deadline_ms": 11}
    done = run(pair, hog, policy="edf/first-idle/degrade")
    assert done.journal is not None
    assert [each[1:] for each in done.journal if each[0] == DEGRADED] == [(12 * MS, 0, 0, 1)]
    job = done.jobs[0]
    assert [stage.model for stage in job.stages] == ["big", "small"]
    assert (job.outcome, job.finish_ns, job.degraded) == ("met", 14 * MS, True)


def test_a_job_is_looked_at_once_an_instant() -> None:
    """At 5 the first stage is between its slices and the job 1 ms short: degraded, and kept.

    Its time comes twice then: as its slice ends, and as it was set at the release.
    """
    profile: Dict = {
        "backends": ["npu", "gpu"],
        "models": {
            "two": {"npu": {"slices_ms": [5, 3]}, "gpu": 6},
            "one": {"gpu": 6},
            "s": {"gpu": 2},
        },
    }
    pair: Dict = {
        "name": "pair",
        "arrivals_ms": [0],
        "deadline_ms": 13,
        "stages": [
            {"name": "a", "model": "two"},
            {"name": "b", "model": "one", "after": ["a"], "degraded_model": "s"},
        ],
    }
    done = run(pair, profile=profile)
    assert done.journal is not None
    assert [event[1] for event in done.journal if event[0] == DEGRADED] == [5 * MS]
    assert (done.jobs[0].outcome, done.jobs[0].finish_ns) == ("met", 10 * MS)


def test_an_answer_is_given_by_the_smaller_language_model() -> None:
    """At 6, 4 tokens of prompt and 2 decodes take 8 ms, past 12; the small model takes 4, to 10."""
    chat: Dict = {
        "name": "chat",
        "model": "llm",
        "degraded_model": "llm-small",
        "arrivals_ms": [0],
        "deadline_ms": 12,
        "prompt_tokens": 4,
        "output_tokens": 3,
    }
    done = run(cam("a", 0, deadline_ms=9), chat)
    assert told(done.jobs[1]) == ("chat", "llm-small", 6.0, 10.0, "met", True)


def test_a_swap_keeps_what_was_degraded() -> None:
    """Degraded at 6, b goes on with the small model after a swap at 7."""
    streams = {"streams": [cam("a", 0, deadline_ms=9), cam("b", 0, deadline_ms=9)]}
    done = simulate(
        PROFILE,
        streams,
        "fcfs/first-idle/degrade",
        duration_s="0.1",
        noise=False,
        commands=[(7 * MS, "swap", "edf")],
    )
    assert told(done.jobs[1]) == ("b", "small", 6.0, 8.0, "met", True)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("huge", "unknown model 'huge'"),
        ("llm", "'llm' is an LLM, so it cannot take the place of 'big'"),
        ("elsewhere", "the profile lists not all of 'elsewhere' that it needs on npu"),
    ],
)
def test_a_model_that_cannot_take_its_place_is_refused(model: str, words: str) -> None:
    """One that does not exist, of the other kind, or that runs only where the stage may not."""
    profile: Dict = {
        "backends": ["npu", "gpu"],
        "models": {
            "big": {"npu": 6},
            "elsewhere": {"gpu": 1},
            "llm": {"npu": {"prefill_ms": {"per_token": 1}, "decode_ms": 2}},
        },
    }
    stream = {**cam("a", 0, deadline_ms=9), "degraded_model": model, "on": ["npu"]}
    with pytest.raises(ScenarioError, match=words):
        run(stream, profile=profile)


degrading_axes = axes.map(
    lambda name: "/".join([*name.split("/")[:2], "degrade", name.split("/")[3]])
)


def with_small_models(case: Case) -> Case:
    """The case with a faster model beside each of its profile, for every stage."""
    models = case.profile["models"]
    assert isinstance(models, dict)
    small: Dict = {}
    for name, entries in models.items():
        small[f"small-{name}"] = {
            backend: _faster(entry) for backend, entry in entries.items() if backend != "about"
        }
    streams = [_with_small(stream) for stream in case.streams]
    profile = {**case.profile, "models": {**models, **small}}
    return replace(case, profile=profile, scenario={"streams": streams})


def _faster(entry: object) -> Dict:
    assert isinstance(entry, dict)
    faster: Dict = {}
    if "prefill_ms" in entry:
        faster["prefill_ms"] = {"per_token": "0.125"}
    if "decode_ms" in entry:
        faster["decode_ms"] = "0.5"
    return faster or {"latency_ms": "0.5"}


def _with_small(stream: Dict) -> Dict:
    if "stages" not in stream:
        return {**stream, "degraded_model": f"small-{stream['model']}"}
    stages = stream["stages"]
    assert isinstance(stages, list)
    small = [{**each, "degraded_model": f"small-{each['model']}"} for each in stages]
    return {**stream, "stages": small}


@settings(max_examples=examples(40), deadline=None)
@given(cases(policy=degrading_axes, commanded=False))
def test_a_degraded_journal_breaks_no_rule(case: Case) -> None:
    """All invariants hold, with every stage free to run a faster model."""
    made = with_small_models(case)
    audited(made, made.journal())


@settings(max_examples=examples(20), deadline=None)
@given(cases(policy=degrading_axes, commanded=False))
def test_without_cheaper_models_it_is_early_drop(case: Case) -> None:
    """The journal is that of early-drop if no stage has a cheaper model."""
    dropping = replace(case, policy=case.policy.replace("degrade", "early-drop"))
    events = case.journal()
    assert events == dropping.journal()
    assert not any(event[0] == DEGRADED for event in events)
