"""What a login prints before the first frame is passed over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.protocol import ProtocolError, encode
from rtgen_tui.greeting import MAX_NOISE_BYTES, Greeting

HELLO = encode({"t": "hello", "version": "1", "protocol": 1, "pid": 7})
SNAPSHOT = encode({"t": "snapshot", "s": [1, 2, 3]})


@given(noise=st.binary(max_size=300), cuts=st.lists(st.integers(1, 40), max_size=20))
def test_frames_come_out_whole_however_they_arrive(noise: bytes, cuts: list[int]) -> None:
    """Whatever stood before them, and wherever the pipe cut them."""
    stream, greeting, came = noise + HELLO + SNAPSHOT, Greeting(), b""
    while stream:
        size = cuts.pop() if cuts else len(stream)
        came += greeting.frames(stream[:size])
        stream = stream[size:]

    assert came == HELLO + SNAPSHOT


@pytest.mark.parametrize("noise", [b"\xa1t\xa5hello", b"say \xa1t\xa5hello to all\n"])
def test_the_words_of_a_frame_in_the_noise_are_noise(noise: bytes) -> None:
    """A frame has a length and a map in front of them."""
    assert Greeting().frames(noise + HELLO) == HELLO


def test_the_last_line_says_what_is_wrong() -> None:
    """A shell that does not know the command, say."""
    greeting = Greeting()

    assert greeting.frames(b"Welcome\nrtgen-tui: not found\n\n") == b""
    assert greeting.noise == "rtgen-tui: not found"


def test_endless_noise_is_no_core() -> None:
    """Memory is not its to take."""
    greeting = Greeting()
    with pytest.raises(ProtocolError, match="it says 'yyyy"):
        greeting.frames(b"y" * (MAX_NOISE_BYTES + 1))
