"""What the profile's tables say a slice takes, and the estimates made of them.

All results are whole nanoseconds: rounded half-even once, at least 1.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tests.reference.loading import Llm, Ns, Profile, Vision

STATIC_PREFILL_TOKENS = 512
STATIC_DECODE_TOKENS = 128


def round_ns(duration: Ns) -> int:
    """Half-even to whole nanoseconds, at least 1."""
    return max(1, round(duration))


def backend_names(profile: Profile) -> list[str]:
    """All backends in tie order."""
    return [backend.name for backend in profile.backends]


def dispatch_ns(profile: Profile, backend: str) -> Ns:
    """The fixed cost of any slice on that backend."""
    return next(b.dispatch_ns for b in profile.backends if b.name == backend)


def vision_entry(profile: Profile, model: str, backend: str) -> Vision:
    """The table of a model that is no LLM."""
    entry = profile.models[model][backend]
    if not isinstance(entry, Vision):
        raise TypeError(f"{model} is a language model")
    return entry


def llm_entry(profile: Profile, model: str, backend: str) -> Llm:
    """The table of a language model."""
    entry = profile.models[model][backend]
    if not isinstance(entry, Llm):
        raise TypeError(f"{model} is no language model")
    return entry


def allowed(profile: Profile, model: str, on: Sequence[str] | None, phase: str) -> list[str]:
    """Backends in tie order that list the model's phase and that the stage's `on` permits.

    `phase` is "vision", "prefill" or "decode".
    """
    names = []
    for backend in backend_names(profile):
        entry = profile.models[model].get(backend)
        if entry is None or (on is not None and backend not in on):
            continue
        if isinstance(entry, Llm) and (entry.prefill if phase == "prefill" else entry.decode):
            names.append(backend)
        if isinstance(entry, Vision):
            names.append(backend)
    return names


def slices_per_inference(profile: Profile, model: str, backend: str) -> int:
    """How many slices one inference has on that backend."""
    return len(vision_entry(profile, model, backend).slices_ns)


def vision_slice(profile: Profile, model: str, backend: str, position: int) -> int:
    """Slice `position` (0-based) of one inference."""
    table = vision_entry(profile, model, backend).slices_ns[position]
    return round_ns(table + dispatch_ns(profile, backend))


def vision_rest(profile: Profile, model: str, backend: str, position: int) -> int:
    """The slices of one inference from `position` on, each rounded by itself."""
    count = slices_per_inference(profile, model, backend)
    return sum(vision_slice(profile, model, backend, at) for at in range(position, count))


def prefill_from_empty(points: Sequence[tuple[int, Ns]], tokens: int) -> Ns:
    """T(tokens): linear through the points, the last slope continued."""
    segments = list(pairwise(points))
    left, right = next((s for s in segments if tokens <= s[1][0]), segments[-1])
    slope = (right[1] - left[1]) / (right[0] - left[0])
    return left[1] + slope * (tokens - left[0])


def decode_at(points: Sequence[tuple[int, Ns]], context: int) -> Ns:
    """Time per token: linear between the points, constant outside."""
    if context <= points[0][0]:
        return points[0][1]
    for left, right in pairwise(points):
        if context <= right[0]:
            share = Fraction(context - left[0], right[0] - left[0])
            return left[1] + (right[1] - left[1]) * share
    return points[-1][1]


def prefill_estimate(
    profile: Profile, model: str, backend: str, span: tuple[int, int, int], chunk: int | None
) -> int:
    """What is left of a prefill, in chunks of at most `chunk` tokens (None: whole).

    `span` is (cached tokens, prompt tokens done, prompt tokens to reach). The sum is exact and
    rounded once, so with `chunk=None` it is also the duration of that one slice.
    """
    cached, done, end = span
    entry = llm_entry(profile, model, backend)
    if entry.prefill is None:
        raise ValueError(f"{backend} lists no prefill of {model}")
    chunks = 1 if chunk is None else -(-(end - done) // chunk)
    later_chunks = chunks - 1 if done == 0 else chunks
    table = prefill_from_empty(entry.prefill, cached + end)
    table -= prefill_from_empty(entry.prefill, cached + done)
    if done == 0:
        table += entry.base_ns
    overheads = dispatch_ns(profile, backend) * chunks + entry.chunk_overhead_ns * later_chunks
    return round_ns(table + overheads)


def decode_slice(
    profile: Profile, model: str, backend: str, context: int, requests: int = 1
) -> int:
    """One token of each of these requests, decoded at that context length of the first."""
    entry = llm_entry(profile, model, backend)
    if entry.decode is None:
        raise ValueError(f"{backend} lists no decode of {model}")
    table = decode_at(entry.decode, context) * (1 + (requests - 1) * entry.batch_overhead)
    return round_ns(table + dispatch_ns(profile, backend))


def static_prefill(profile: Profile, model: str, backend: str, chunk: int | None) -> int:
    """The yardstick of affinity: prefill of 512 tokens from an empty context."""
    span = (0, 0, STATIC_PREFILL_TOKENS)
    return prefill_estimate(profile, model, backend, span, chunk)


def static_decodes(profile: Profile, model: str, backend: str) -> int:
    """The yardstick of affinity: 128 decodes after 512 tokens."""
    contexts = range(STATIC_PREFILL_TOKENS + 1, STATIC_PREFILL_TOKENS + STATIC_DECODE_TOKENS + 1)
    return sum(decode_slice(profile, model, backend, context) for context in contexts)
