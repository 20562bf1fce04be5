"""Whether a profile can run a scenario at all."""

from __future__ import annotations

from collections.abc import Callable

from emulator.errors import ScenarioError
from emulator.names import unknown
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.distributions import Choice, Constant, TokenCount
from emulator.schema.model_cost import ModelCost
from emulator.schema.stage import Stage

_LLM_KEYS = ("prompt_tokens", "output_tokens", "cached_prefix_tokens", "ttft_ms", "tpot_ms")


_HAS: dict[str, Callable[[ModelCost], bool]] = {
    "prefill": lambda cost: cost.has_prefill,
    "decode": lambda cost: cost.has_decode,
}


class _MisfitError(Exception):
    """What is wrong with one key of a stage."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(what)
        self.key = key


def check_fit(profile: Profile, scenario: Scenario) -> None:
    """Checks every stage of a scenario against a profile.

    Raises:
        ScenarioError: the first stage whose model is unknown, cannot run on any backend allowed,
            or does not go with its token counts.
    """
    for i, stream in enumerate(scenario.streams):
        alone = len(stream.stages) == 1 and stream.stages[0].name == stream.name
        for j, stage in enumerate(stream.stages):
            try:
                _check_stage(profile, stage)
            except _MisfitError as misfit:
                where = f"stream {stream.name!r}" + ("" if alone else f", stage {stage.name!r}")
                place = f"streams[{i}]" + ("" if alone else f".stages[{j}]")
                own = scenario.profile
                hint = f" (it was made for {own!r})" if own not in (None, profile.name) else ""
                raise ScenarioError(
                    f"scenario {scenario.name!r} on profile {profile.name!r}{hint}: {where}: "
                    f"{misfit.key}: {misfit}",
                    source=scenario.name,
                    key=f"{place}.{misfit.key}",
                ) from None


def _check_stage(profile: Profile, stage: Stage) -> None:
    if stage.model not in profile.models:
        raise _MisfitError("model", unknown("model", stage.model, profile.models))
    for backend in stage.on or ():
        if backend not in profile.backend_names:
            raise _MisfitError("on", unknown("backend", backend, profile.backend_names))
    costs = profile.models[stage.model]
    allowed = [cost for backend, cost in costs.items() if stage.on is None or backend in stage.on]
    if not allowed:
        runs = ", ".join(costs) or "no backend"
        only = "" if stage.on is None else f", not on {', '.join(stage.on)}"
        raise _MisfitError(
            "model" if stage.on is None else "on", f"{stage.model!r} runs on {runs}{only}"
        )
    if costs.is_llm:
        _check_llm(stage, allowed)
    else:
        _check_vision(stage)
    if stage.degraded_model is not None:
        _check_degraded(profile, stage, stage.degraded_model)


def _check_degraded(profile: Profile, stage: Stage, model: str) -> None:
    if model not in profile.models:
        raise _MisfitError("degraded_model", unknown("model", model, profile.models))
    costs = profile.models[model]
    if costs.is_llm != profile.models[stage.model].is_llm:
        kind = "no LLM" if profile.models[stage.model].is_llm else "an LLM"
        what = f"{model!r} is {kind}, so it cannot take the place of {stage.model!r}"
        raise _MisfitError("degraded_model", what)
    allowed = [cost for backend, cost in costs.items() if stage.on is None or backend in stage.on]
    runs = [any(map(_HAS[phase], allowed)) for phase in (_needed(stage) if costs.is_llm else ())]
    if not allowed or not all(runs):
        where = "any backend" if stage.on is None else ", ".join(stage.on)
        what = f"the profile lists not all of {model!r} that it needs on {where}"
        raise _MisfitError("degraded_model", what)


def _check_llm(stage: Stage, allowed: list[ModelCost]) -> None:
    if stage.prompt_tokens is None or stage.output_tokens is None:
        missing = "prompt_tokens" if stage.prompt_tokens is None else "output_tokens"
        what = f"missing: {stage.model!r} is an LLM and needs prompt_tokens and output_tokens"
        raise _MisfitError(missing, what)
    if stage.slices_per_tokens is not None:
        what = f"{stage.model!r} is an LLM; only other models take their input piece by piece"
        raise _MisfitError("slices_per_tokens", what)
    for phase in _needed(stage):
        if not any(map(_HAS[phase], allowed)):
            where = "any backend" if stage.on is None else ", ".join(stage.on)
            what = f"the profile lists no {phase} of {stage.model!r} on {where}"
            raise _MisfitError("model" if stage.on is None else "on", what)


def _needed(stage: Stage) -> tuple[str, ...]:
    """The phases that an LLM stage goes through."""
    one_token = stage.output_tokens is None or most_tokens(stage.output_tokens) <= 1
    return ("prefill",) if one_token else ("prefill", "decode")


def _check_vision(stage: Stage) -> None:
    for key in _LLM_KEYS:
        if getattr(stage, key) != Stage.defaults[key]:
            raise _MisfitError(
                key, f"{stage.model!r} is no LLM in this profile, so it has no {key}"
            )


def most_tokens(count: TokenCount) -> int:
    """The largest count that can be drawn."""
    match count:
        case Constant():
            return count.value
        case Choice():
            return max(count.values)
    return count.max
