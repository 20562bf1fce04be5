"""Windows, samples and packed numbers that come back from a keyframe."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.metrics.checkpoint import packed, unpacked
from emulator.metrics.windows import NS_PER_S, WINDOW_NS, Samples, Total
from tests.emulator.journals import MS


def _through_a_file(state: object) -> tuple[object, ...]:
    tree: tuple[object, ...] = msgpack.unpackb(msgpack.packb(state), use_list=False)
    return tree


@given(
    st.lists(st.tuples(st.integers(0, 4 * NS_PER_S), st.integers(1, NS_PER_S)), max_size=60),
    st.integers(0, 60),
    st.booleans(),
)
def test_a_total_goes_on_from_its_state(
    spans: list[tuple[int, int]], cut: int, history: bool
) -> None:
    """Windows and histories are the same, also when marks between the buckets are gone."""
    total, at_ns = Total(history=history), 0
    for number, (pause, length) in enumerate((*spans, (0, 1))):
        if number == min(cut, len(spans)):
            restored = Total.restored(_through_a_file(total.state()), history=history)
        for each in (total, restored) if number >= min(cut, len(spans)) else (total,):
            each.add_span(at_ns + pause, at_ns + pause + length)
        at_ns += pause + length
    for now_ns in (at_ns, at_ns + 77 * MS, at_ns + WINDOW_NS):
        for span_ns in (NS_PER_S, WINDOW_NS):
            assert restored.within(now_ns, span_ns) == total.within(now_ns, span_ns)
        if history:
            assert restored.history(now_ns, 1) == total.history(now_ns, 1)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**12) | st.floats(0, 1e12))))
def test_samples_go_on_from_their_state(given_values: list[tuple[int, float]]) -> None:
    """The values of the window, and the gaps between them, are the same to the last bit."""
    samples, at_ns = Samples(), 0
    for pause, value in given_values:
        at_ns += pause
        samples.add(at_ns, value)
    restored = Samples.restored(_through_a_file(samples.state(at_ns - WINDOW_NS)))
    assert restored.gaps(at_ns, WINDOW_NS) == samples.gaps(at_ns, WINDOW_NS)
    assert restored.within(at_ns, WINDOW_NS) == samples.within(at_ns, WINDOW_NS)


@given(st.lists(st.integers(-(2**62), 2**62)) | st.lists(st.floats(-1e300, 1e300)))
def test_packed_numbers_come_back(values: list[float]) -> None:
    """Whole ones as whole ones."""
    back = unpacked(packed(values))
    assert back == values
    assert list(map(type, back)) == list(map(type, values))


@pytest.mark.parametrize(
    "given_bytes", [b"", b"\x00" * 8, b"\x00" * 9 + b"1", b"\x00" * 8 + b"\x09" + b"1" * 9]
)
def test_cut_off_numbers_are_refused(given_bytes: bytes) -> None:
    """And so is a width that no number has."""
    with pytest.raises((ValueError, IndexError)):
        unpacked(given_bytes)
