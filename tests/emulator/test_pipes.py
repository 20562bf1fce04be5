"""The threads at the pipes: order is kept, memory is bounded, and the end is told."""

import contextlib
import os
import queue
import threading
from collections.abc import Iterator

import pytest

from emulator.protocol import Decoder, Message, encode
from emulator.serving.pipes import FrameWriter, MessageReader

PATIENCE_S = 30.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """A pipe; what a test has closed stays closed."""
    both = os.pipe()
    yield both
    for fd in both:
        with contextlib.suppress(OSError):
            os.close(fd)


def test_a_flood_of_commands_waits_in_the_pipe(pipe: tuple[int, int]) -> None:
    """Three thousand commands arrive in order, and at most a thousand are taken in beforehand."""
    read_fd, write_fd = pipe
    arrived, ended = threading.Semaphore(0), threading.Event()
    reader = MessageReader(read_fd, on_message=arrived.release, on_end=lambda _: ended.set())
    flood = b"".join(encode({"t": "marker", "n": number}) for number in range(3000))
    os.write(write_fd, flood)
    os.close(write_fd)
    reader.start()
    for _ in range(1000):
        assert arrived.acquire(timeout=PATIENCE_S)
    assert not ended.is_set()
    numbers = [reader.get_nowait()["n"] for _ in range(1000)]
    while len(numbers) < 3000:
        assert arrived.acquire(timeout=PATIENCE_S)
        numbers.append(reader.get_nowait()["n"])
    assert numbers == list(range(3000))
    assert ended.wait(PATIENCE_S)
    with pytest.raises(queue.Empty):
        reader.get_nowait()


def test_frames_leave_in_order_and_whole(pipe: tuple[int, int]) -> None:
    """Frames larger than a pipe's buffer arrive whole, and the writer is ready again afterwards."""
    read_fd, write_fd = pipe
    writer = FrameWriter(write_fd, on_closed=lambda: None)
    ready = [writer.ready]
    for number in range(3):
        writer.send({"t": "error", "message": "x" * 300_000, "n": number})
    ready.append(writer.ready)
    writer.start()
    decoder, frames = Decoder(), list[Message]()
    while len(frames) < 3:
        frames += decoder.feed(os.read(read_fd, 65_536))
    assert [frame["n"] for frame in frames] == [0, 1, 2]
    writer.close(PATIENCE_S)
    assert [*ready, writer.ready] == [True, False, True]


def test_a_client_that_never_reads_counts_as_gone(pipe: tuple[int, int]) -> None:
    """A thousand frames that nobody reads end it instead of filling the memory."""
    gone = threading.Event()
    writer = FrameWriter(pipe[1], on_closed=gone.set)
    for _ in range(999):
        writer.send({"t": "error", "message": ""})
    assert not gone.is_set()
    writer.send({"t": "error", "message": ""})
    assert gone.is_set()


def test_a_broken_pipe_is_told(pipe: tuple[int, int]) -> None:
    """When the reading end is closed, the first frame tells."""
    gone = threading.Event()
    writer = FrameWriter(pipe[1], on_closed=gone.set)
    os.close(pipe[0])
    writer.start()
    writer.send({"t": "hello"})
    assert gone.wait(PATIENCE_S)
