"""Run the engine and the reference on one case, and make a failing case small."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from emulator import simulate
from emulator.draws import uniform
from tests.reference.cases import Case, Dict
from tests.reference.compare import first_difference
from tests.reference.loading import NS_PER_S, exact
from tests.reference.simulator import reference_simulate


def difference(case: Case) -> str | None:
    """The first difference between the engine and the reference, None if they agree."""

    def draws(stream: str, job: int, stage: str, quantity: str, token: int) -> float:
        return uniform(case.seed, stream, job, stage, quantity, token)

    result = simulate(
        case.profile,
        case.scenario,
        policy=case.policy,
        duration_s=case.duration_s,
        seed=case.seed,
        noise=False,
        commands=case.commands,
        drain=case.drain,
        effects=case.effects,
    )
    expected = reference_simulate(
        case.profile,
        case.scenario,
        case.policy,
        case.duration_s,
        case.seed,
        case.commands,
        drain=case.drain,
        draws=draws,
        contention="contention" in case.effects,
        batches="batching" in case.effects,
    )
    cut_ns = None if case.drain else math.floor(exact(case.duration_s) * NS_PER_S)
    return first_difference(expected, result.jobs, cut_ns)


def shrink(case: Case, differs: Callable[[Case], bool]) -> Case:
    """Leave out streams, commands, stages and optional keys for as long as `differs` holds."""
    while (smaller := next((c for c in _smaller(case) if differs(c)), None)) is not None:
        case = smaller
    return case


def report(case: Case, text: str) -> str:
    """The case as Python to paste, and what differs."""
    lines = [f"profile = {case.profile!r}", "scenario = {'streams': ["]
    lines += [f"    {stream!r}," for stream in case.scenario["streams"]]
    lines += ["]}", f"policy = {case.policy!r}, duration_s = {case.duration_s!r}"]
    lines += [f"commands = {case.commands!r}, drain = {case.drain!r}, seed = {case.seed!r}", text]
    return "\n".join(lines)


def _smaller(case: Case) -> Iterator[Case]:
    streams: list[Dict] = case.scenario["streams"]
    for index, stream in enumerate(streams):
        commands = [c for c in case.commands if c[1] == "swap" or c[2] != stream["name"]]
        others = streams[:index] + streams[index + 1 :]
        if others:
            yield replace(case, scenario={"streams": others}, commands=commands)
    for index, (_, kind, name) in enumerate(case.commands):
        # A stop goes only after its start: what a start does to a running stream is not written.
        if kind != "stop_stream" or all(later[2] != name for later in case.commands[index + 1 :]):
            yield replace(case, commands=case.commands[:index] + case.commands[index + 1 :])
    if not case.drain:
        yield replace(case, drain=True)
    for index, stream in enumerate(streams):
        for other in _simpler_stream(stream):
            yield replace(case, scenario={"streams": _with(streams, index, other)})
    if case.duration_s > 0.002:
        yield replace(case, duration_s=math.floor(case.duration_s * 500) / 1000)
    used = {s["model"] for stream in streams for s in stream.get("stages", [stream])}
    models = {name: entry for name, entry in case.profile["models"].items() if name in used}
    if len(models) < len(case.profile["models"]):
        yield replace(case, profile={**case.profile, "models": models})


def _simpler_stream(stream: Dict) -> Iterator[Dict]:
    for key in ("deadline_ms", "late", "start_s", "stop_s", "phase_ms"):
        if key in stream:
            yield _without(stream, key)
    if "stages" not in stream:
        yield from _simpler_stage(stream)
        return
    stages: list[Dict] = stream["stages"]
    needed = {_source(edge) for stage in stages for edge in stage.get("after", ())}
    for index, stage in enumerate(stages):
        if stage["name"] not in needed and len(stages) > 1:
            yield {**stream, "stages": stages[:index] + stages[index + 1 :]}
        for other in _simpler_stage(stage):
            yield {**stream, "stages": _with(stages, index, other)}


def _simpler_stage(stage: Dict) -> Iterator[Dict]:
    optional = ("probability", "on", "first_output_deadline_ms", "cached_prefix_tokens", "tpot_ms")
    for key in (*optional, "ttft_ms"):
        if key in stage:
            yield _without(stage, key)
    for key in ("prompt_tokens", "output_tokens"):
        if key in stage and stage[key] != 1:
            yield {**stage, key: 1}


def _source(edge: str | Dict) -> str:
    return edge if isinstance(edge, str) else str(edge["stage"])


def _with(items: list[Dict], index: int, item: Dict) -> list[Dict]:
    return [*items[:index], item, *items[index + 1 :]]


def _without(table: Dict, key: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name != key}
