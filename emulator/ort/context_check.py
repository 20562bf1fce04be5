"""Whether the longest request of a scenario fits the context of the models that are open."""

from collections.abc import Iterable, Mapping

from emulator.errors import UserError
from emulator.scenario import Scenario
from emulator.schema.distributions import MAX_TOKENS, Choice, Constant, TokenCount
from emulator.schema.stage import Stage


def check_contexts(scenario: Scenario, contexts: Iterable[Mapping[str, int]]) -> None:
    """Compares what each stage needs at most with what each backend's model of that name has.

    Args:
        scenario: what is to run; counts without an upper limit are taken as short.
        contexts: by backend, the tokens of context of its language models.

    Raises:
        UserError: a request would not fit, which would end its backend in mid-run.
    """
    known = list(contexts)
    for stream in scenario.streams:
        for stage in stream.stages:
            needed = longest(stage)
            for context in (each.get(stage.model) for each in known):
                if context is not None and needed > context:
                    raise UserError(
                        f"stream {stream.name!r}: {stage.model} has a context of {context:,} "
                        f"tokens here, and stage {stage.name!r} needs up to {needed:,}: give its "
                        "counts a max, or --model one with more"
                    )


def longest(stage: Stage) -> int:
    """Tokens of context that a stage needs at most; what has no limit counts as nothing."""
    counts = (stage.prompt_tokens, stage.output_tokens)
    return stage.cached_prefix_tokens + sum(_most(each) for each in counts if each is not None)


def _most(count: TokenCount) -> int:
    if isinstance(count, Constant):
        return count.value
    if isinstance(count, Choice):
        return max(count.values)
    return count.max if count.max < MAX_TOKENS else 0
