"""Where the next slice of a stage may run, and what it is expected to cost there."""

from typing import Final

from emulator.engine.jobs import StageRun
from emulator.engine.plan import Backends, Options, StagePlan
from emulator.journal import INFERENCE, PREFILL

REFERENCE_PROMPT: Final = 512
"""Tokens of the prefill by which backends are compared, whatever a job's prompt."""
REFERENCE_DECODES: Final = 128


def sticky_options(stage: StageRun, chunk: int) -> Options:
    """Under the four axes: what has begun stays where it is, if that backend lists the phase."""
    plan = stage.plan
    held = stage.backend
    if not plan.is_llm:
        if stage.position:
            return Options((held,), (plan.timing.inference[held].rest_ns[stage.position],))
        return plan.inference
    if stage.outputs:
        return _decode_options(stage, (held,) if held in plan.decode_on else plan.decode_on)
    return _prefill_options(stage, (held,) if stage.position else plan.prefill_on, chunk)


def free_options(stage: StageRun, chunk: int) -> Options:
    """Under a general policy: as above, but a KV cache may move."""
    plan = stage.plan
    if not plan.is_llm:
        return sticky_options(stage, chunk)
    if stage.outputs:
        return _decode_options(stage, plan.decode_on)
    return _prefill_options(stage, plan.prefill_on, chunk)


def _prefill_options(stage: StageRun, backends: Backends, chunk: int) -> Options:
    plan = stage.plan
    begin, end, first = (
        plan.cached + stage.position,
        plan.cached + stage.prompt,
        stage.position == 0,
    )
    prefill = plan.timing.prefill
    return Options(
        backends,
        tuple(prefill[each].rest_ns(begin, end, first=first, chunk=chunk) for each in backends),
    )


def _decode_options(stage: StageRun, backends: Backends) -> Options:
    decode = stage.plan.timing.decode
    context = stage.context
    return Options(backends, tuple(decode[each].token(context).expected_ns for each in backends))


def slice_cost_ns(stage: StageRun, backend: int, chunk: int) -> int:
    """Expected time of the next slice alone on this backend."""
    plan = stage.plan
    if not plan.is_llm:
        return plan.timing.inference[backend].slices[stage.position].expected_ns
    if stage.outputs:
        return plan.timing.decode[backend].token(stage.context).expected_ns
    begin = plan.cached + stage.position
    end = chunk_end(stage, chunk)
    return plan.timing.prefill[backend].chunk(begin, end, first=stage.position == 0).expected_ns


def chunk_end(stage: StageRun, chunk: int) -> int:
    """Context at the end of the next prefill slice."""
    end = stage.plan.cached + stage.prompt
    return min(end, stage.plan.cached + stage.position + chunk) if chunk else end


def reference_cost_ns(plan: StagePlan, phase: int, backend: int, chunk: int) -> int:
    """What a backend is worth for this phase of a model, whatever the job.

    Fixed placements compare backends by it, with prefill in chunks of the policy's granularity.
    """
    if phase == INFERENCE:
        return plan.timing.inference[backend].rest_ns[0]
    if phase == PREFILL:
        prefill = plan.timing.prefill[backend]
        return prefill.rest_ns(0, REFERENCE_PROMPT, first=True, chunk=chunk)
    return plan.timing.decode[backend].token(REFERENCE_PROMPT).expected_ns


def affinity_of(plan: StagePlan, phase: int, chunk: int) -> int:
    """The backend on which the model is fastest alone.

    An LLM: where a prefill of 512 tokens and 128 decodes are, among the backends that list both; if
    none does, each phase by itself. Ties go in profile order.
    """
    if phase == INFERENCE:
        return plan.best_backend

    def prefill_ns(backend: int) -> int:
        return reference_cost_ns(plan, PREFILL, backend, chunk)

    def decodes_ns(backend: int) -> int:
        return _reference_decodes_ns(plan, backend)

    both = [each for each in plan.prefill_on if each in plan.decode_on]
    if both:
        return min(both, key=lambda each: prefill_ns(each) + decodes_ns(each))
    if phase == PREFILL:
        return min(plan.prefill_on, key=prefill_ns)
    return min(plan.decode_on, key=decodes_ns)


def _reference_decodes_ns(plan: StagePlan, backend: int) -> int:
    decode = plan.timing.decode[backend]
    contexts = range(REFERENCE_PROMPT + 1, REFERENCE_PROMPT + REFERENCE_DECODES + 1)
    return sum(decode.token(context).expected_ns for context in contexts)
