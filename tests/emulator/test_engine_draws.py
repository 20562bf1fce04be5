"""Streams do not disturb each other's luck, nor do policies: the same jobs, tokens, durations."""

from dataclasses import replace
from typing import Final

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator.commands import AddStreams
from emulator.journal import FINISHED, PREFILL, Event
from emulator.simulation import simulate
from tests.emulator.journal_maps import agree, of_streams, releases, triggers
from tests.emulator.strategies import (
    MS,
    Case,
    Dict,
    cases,
    examples,
    keeping_axes,
    load_streams,
    policies,
)


def _disjoint(profile: Dict) -> Dict:
    """The profile with a backend and a model that no stream of it uses."""
    backends, models = profile["backends"], profile["models"]
    assert isinstance(backends, list)
    assert isinstance(models, dict)
    more = {**models, "own": {"own": {"slices_ms": [1, 2], "noise": "exponential"}}}
    return {**profile, "backends": [*backends, "own"], "models": more}


OWN: Final[Dict] = {"name": "own", "model": "own", "period_ms": 4, "jitter_ms": 1, "late": "drop"}


@settings(max_examples=examples(30))
@given(cases(commanded=False, policy=keeping_axes), st.integers(0, 60 * MS))
def test_a_stream_of_its_own_disturbs_nobody(case: Case, t_ns: int) -> None:
    """A stream on a backend and model that nobody else uses changes no event of the others.

    Nothing may be dropped here, because an instant more is an instant at which drops are found.
    """
    kept: list[Dict] = [{**stream, "late": "keep"} for stream in case.streams]
    alone = replace(case, profile=_disjoint(case.profile)).with_streams(kept)
    others = range(len(kept))
    expected = of_streams(alone.journal(), others)
    assert of_streams(alone.with_streams([*kept, OWN]).journal(), others) == expected
    added = replace(alone, commands=((t_ns, AddStreams(load_streams(OWN))),))
    assert of_streams(added.journal(), others) == expected


@settings(max_examples=examples(30))
@given(cases(commanded=False))
def test_another_stream_changes_no_draw(case: Case) -> None:
    """Where streams compete, releases, token counts and triggers of each stay what they were."""
    streams = case.streams
    rival = {**OWN, "name": "rival", "model": "v0"}
    more = case.with_streams([*streams, rival]).journal()
    open_loop = [i for i, stream in enumerate(streams) if not is_closed_loop(stream)]
    for index in open_loop:
        stream = range(index, index + 1)
        few = case.journal()
        assert releases(of_streams(more, stream)) == releases(of_streams(few, stream))
        assert agree(triggers(of_streams(more, stream)), triggers(of_streams(few, stream)))


def is_closed_loop(stream: Dict) -> bool:
    """Whether the releases of a stream depend on the policy."""
    arrival = stream.get("arrival")
    return isinstance(arrival, dict) and arrival["process"] == "closed-loop"


@settings(max_examples=examples(30))
@given(cases(commanded=False, noisy=False), st.integers(1, 10**6))
def test_names_and_seeds_matter_to_draws_only(case: Case, seed: int) -> None:
    """Where nothing is drawn, other stream and stage names and another seed change nothing."""
    streams = [_undrawn(stream) for stream in case.streams]
    renamed = [_renamed(stream) for stream in streams]
    events = case.with_streams(streams).journal()
    again = replace(case, scenario={"streams": renamed}, seed=seed).journal()
    added = 2 * len(streams)
    assert again[added:] == events[added:]


def _undrawn(stream: Dict) -> Dict:
    """The stream with constants where something is drawn."""
    fixed = {key: value for key, value in stream.items() if key not in ("jitter_ms", "probability")}
    constants: Dict = {"prompt_tokens": 5, "output_tokens": 4, "phase_ms": 3, "arrival": None}
    fixed |= {key: value for key, value in constants.items() if key in fixed}
    if "arrival" in stream:
        del fixed["arrival"]
        fixed["arrivals_ms"] = [0, 11]
    stages = stream.get("stages")
    if isinstance(stages, list):
        fixed["stages"] = [_undrawn(each) for each in stages]
    return fixed


def _renamed(named: object) -> object:
    """A stream, stage or edge with other names in it."""
    if isinstance(named, str):
        return f"other {named}"
    assert isinstance(named, dict)
    new = {key: f"other {named[key]}" for key in ("name", "stage") if key in named}
    return (
        named
        | new
        | {key: [*map(_renamed, named[key])] for key in ("stages", "after") if key in named}
    )


@settings(max_examples=examples(30))
@given(cases(commanded=False, noisy=True), policies)
def test_policies_meet_the_same_luck(case: Case, other: str) -> None:
    """Under one seed two policies meet the same jobs, triggers and, per backend, durations."""
    open_loop = [stream for stream in case.streams if not is_closed_loop(stream)]
    assume(open_loop)
    # Moving a cache costs time of its own.
    one = replace(case.with_streams(open_loop), profile={**case.profile, "memory": {}})
    some, others = one.journal(), replace(one, policy=other).journal()
    assert releases(some) == releases(others)
    assert agree(triggers(some), triggers(others))
    assert agree(_durations(some), _durations(others))


def _durations(events: list[Event]) -> dict[tuple[object, ...], int]:
    """Durations by job, stage, backend and what the slice did."""
    durations: dict[tuple[object, ...], int] = {}
    prefilled: dict[tuple[object, ...], object] = {}
    for event in events:
        if event[0] == FINISHED:
            t_ns, number, start_ns, outputs = event[1], event[7], event[8], event[9]
            assert isinstance(t_ns, int)
            assert isinstance(start_ns, int)
            before = prefilled.get(event[2:5], 0) if event[6] == PREFILL else outputs
            prefilled[event[2:5]] = number
            durations[*event[2:7], number, before] = t_ns - start_ns
    return durations


def test_a_noise_seed_gives_the_same_jobs_other_durations() -> None:
    """Releases and lengths stay, times do not; the seed itself is the default."""

    def figures(noise_seed: int | None) -> tuple[list[tuple[str, int]], list[int | None]]:
        run = simulate("two-core-cpu", "live-small", duration_s=8, seed=3, noise_seed=noise_seed)
        lengths = [(each.stream, each.release_ns) for each in run.jobs]
        return lengths, [each.response_ns for each in run.jobs]

    jobs, responses = figures(None)
    assert figures(3) == (jobs, responses)
    assert figures(4)[0] == jobs
    assert figures(4)[1] != responses
