"""A decoder with its KV cache in place."""

import numpy as np
import pytest

from emulator.ort.kv_cache import POOL_BYTES
from emulator.ort.language import ContextError, LanguageRunnable, decoder_layout, is_decoder
from emulator.ort.runnable import Terminate, Terminated
from emulator.ort.sessions import ModelError, open_session
from emulator.ort.tensors import Tensor
from tests.emulator.ort.ort_examples import CPU, TINY_DECODER, needs_onnx, tiny_decoder

pytestmark = needs_onnx


def tiny(**options: int) -> LanguageRunnable:
    """The tiny decoder on the CPU."""
    session = open_session(tiny_decoder(), CPU, name="llm")
    return LanguageRunnable(session, TINY_DECODER.context, **options)


def told(runnable: LanguageRunnable, request: int, chunks: list[int], tokens: int) -> list[int]:
    """The first output tokens after a prompt that is read in these chunks."""
    end, out = 0, 0
    for chunk in chunks:
        out = runnable.prefill(request, end, end + chunk)
        end += chunk
    return [out, *(runnable.decode(request, end + step) for step in range(tokens))]


def test_chunks_of_a_prompt_make_no_difference() -> None:
    """The tokens are those of the prompt read whole, and of one read token by token."""
    runnable = tiny()
    whole = told(runnable, 1, [40], 12)
    runnable.forget(1)
    chunked = told(runnable, 1, [16, 16, 8], 12)
    runnable.forget(1)
    single = told(runnable, 1, [1] * 40, 12)

    assert whole == chunked == single
    assert len(set(whole)) > 3


def test_requests_do_not_disturb_each_other() -> None:
    """Interleaved token by token, each says what it says alone."""
    alone = {request: told(tiny(), request, [20], 6) for request in (1, 2)}
    runnable = tiny()
    ids = {request: [runnable.prefill(request, 0, 20)] for request in (1, 2)}
    for step in range(6):
        for request, written in ids.items():
            written.append(runnable.decode(request, 20 + step))

    assert ids == alone
    assert alone[1] != alone[2]


def test_a_cache_that_is_used_again_starts_empty() -> None:
    """What the request before left behind it is not read."""
    runnable = tiny(max_requests=1)
    expected = told(tiny(), 2, [8], 4)
    told(runnable, 1, [100], 20)
    runnable.forget(1)

    assert told(runnable, 2, [8], 4) == expected


def test_a_request_beyond_the_last_cache_takes_the_one_used_longest_ago() -> None:
    """It says what it says alone, as does who worked last; who lost his cache goes on all the same.

    Both have read 20 tokens, and 2 is displaced by 3 because 1 has written since.
    """
    runnable = tiny(max_requests=2)
    first = [runnable.prefill(1, 0, 20)]
    runnable.prefill(2, 0, 20)
    first += [runnable.decode(1, 20 + step) for step in range(3)]
    third = told(runnable, 3, [20], 3)
    first += [runnable.decode(1, 23 + step) for step in range(3)]
    alone = tiny()

    assert third == told(alone, 3, [20], 3)
    assert first == told(alone, 1, [20], 6)
    assert 0 <= runnable.decode(2, 20) < TINY_DECODER.vocabulary


def test_a_request_that_ends_makes_room() -> None:
    """Its cache is taken before anybody's who still writes."""
    runnable = tiny(max_requests=2)
    ids = [runnable.prefill(1, 0, 20)]
    runnable.prefill(2, 0, 20)
    runnable.forget(2)
    runnable.forget(99)
    runnable.prefill(3, 0, 20)
    ids += [runnable.decode(1, 20 + step) for step in range(3)]

    assert ids == told(tiny(), 1, [20], 3)


def test_caches_are_counted_in_memory() -> None:
    """As many as two gibibytes hold where nobody says; far more than 16 of a small model."""
    runnable = tiny()
    each = TINY_DECODER.context * TINY_DECODER.kv_bytes_per_token

    assert runnable.max_requests * each <= POOL_BYTES < (runnable.max_requests + 1) * each
    assert runnable.max_requests > 16


def test_a_context_that_is_too_long_is_an_error() -> None:
    """Before anything is run."""
    runnable = tiny()
    context = TINY_DECODER.context
    with pytest.raises(ContextError, match="a context of 160 tokens"):
        runnable.prefill(1, 0, context + 1)
    with pytest.raises(ContextError):
        runnable.decode(1, context)
    runnable.decode(1, context - 1)


def test_a_cached_prefix_need_not_be_read() -> None:
    """A request may begin behind it."""
    assert 0 <= tiny().prefill(1, 32, 40) < TINY_DECODER.vocabulary


def test_a_call_that_is_to_end_raises_terminated() -> None:
    """Requested before, it does not run to its end; the session goes on to work."""
    runnable = tiny()
    expected = told(tiny(), 1, [20], 3)
    stop = Terminate()
    stop.request()
    with pytest.raises(Terminated):
        runnable.prefill(1, 0, 20, stop)

    assert told(runnable, 1, [20], 3) == expected
    assert runnable.prefill(2, 0, 8, Terminate()) == tiny().prefill(2, 0, 8)


def test_warming_up_leaves_no_request_behind() -> None:
    """All caches are free afterwards."""
    runnable = tiny(max_requests=1)
    runnable.warm_up()
    runnable.prefill(1, 0, 8)


def test_the_layout_says_what_a_token_takes() -> None:
    """Keys and values of all layers, as the card of the model has it."""
    assert tiny().layout.kv_bytes_per_token == TINY_DECODER.kv_bytes_per_token


CACHE = Tensor("past_key_values.0.key", "float16", (1, 2, "past", 64))
IDS, MASK = Tensor("input_ids", "int64", (1, "s")), Tensor("attention_mask", "int64", (1, "t"))
LOGITS = Tensor("logits", "float32", (1, "s", 1000))


def test_a_decoder_of_somebody_else_is_read() -> None:
    """With positions, half precision and the logits of every token."""
    positions = Tensor("position_ids", "int64", (1, "s"))
    layout = decoder_layout("chat", (IDS, MASK, positions, CACHE), (LOGITS,))

    assert is_decoder((IDS, CACHE))
    assert (layout.vocabulary, layout.has_positions) == (1000, True)
    assert layout.kv_bytes_per_token == 2 * 64 * np.dtype(np.float16).itemsize


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        ((IDS, CACHE), (LOGITS,), "a decoder has the inputs"),
        ((IDS, MASK, CACHE, Tensor("pixels", "float32", (1,))), (LOGITS,), "a decoder has"),
        ((IDS, MASK, CACHE), (), "a decoder has"),
        (
            (IDS, MASK, Tensor("past_key_values.0.key", "float32", (1, "h", "p", 64))),
            (LOGITS,),
            r"as \[1, heads, past, size\]",
        ),
        (
            (IDS, MASK, Tensor("past_key_values.0.key", "float32", (1, 0, "p", 64))),
            (LOGITS,),
            r"as \[1, heads, past, size\]",
        ),
        ((IDS, MASK, CACHE), (Tensor("logits", "float32", (1, 1, "v")),), "size of the vocab"),
    ],
)
def test_a_decoder_that_does_not_fit_is_one_sentence(
    inputs: tuple[Tensor, ...], outputs: tuple[Tensor, ...], expected: str
) -> None:
    """It says what is expected of one."""
    with pytest.raises(ModelError, match=expected):
        decoder_layout("chat", inputs, outputs)
