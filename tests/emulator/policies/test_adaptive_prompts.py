"""When adaptive expects a prompt to be read (ns; backends 0 and 1)."""

import pytest

from emulator.journal import INFERENCE, PREFILL
from emulator.policies.adaptive import Ingredients
from emulator.policies.adaptive.outlook import Known, Outlook
from emulator.policies.base import BackendState, ReadySlice

MS = 1_000_000


def waits(handle: int, phase: int, *rest_ns: int) -> ReadySlice:
    """What costs so much on backend 0, 1, ..."""
    return ReadySlice(
        handle=handle,
        stream="s",
        stage="t",
        job=handle,
        phase=phase,
        release_ns=0,
        ready_ns=0,
        deadline_ns=None,
        backends=tuple(range(len(rest_ns))),
        slice_ns=rest_ns,
        rest_ns=rest_ns,
        reference_ns=rest_ns,
        tie=(1, 0, handle, 0),
        spread=(0,) * len(rest_ns),
    )


def chip(*frames: tuple[int, tuple[int, ...]]) -> Outlook:
    """Two idle backends at 0 and frames: latest start, and the cost on each backend."""
    backends = [BackendState(each, str(each), "npu", 0, idle=True) for each in (0, 1)]
    outlook = Outlook(0, backends, Known(Ingredients()))
    for handle, (latest_ns, rest_ns) in enumerate(frames, 10):
        outlook.add(waits(handle, INFERENCE, *rest_ns), latest_ns)
    return outlook


PROMPT = waits(0, PREFILL, 100, 300)


def test_alone_it_is_read_when_its_cost_is_over() -> None:
    """On either backend."""
    assert [chip().read_by(PROMPT, position) for position in (0, 1)] == [100, 300]


@pytest.mark.parametrize(("latest_ns", "end_ns"), [(50, 130), (99, 130), (100, 100)])
def test_frames_that_must_start_before_its_end_come_first(latest_ns: int, end_ns: int) -> None:
    """A frame of 30 that runs there only; begun at 100 it is behind the prompt and in time."""
    assert chip((latest_ns, (30,))).read_by(PROMPT, 0) == end_ns


def test_what_can_go_elsewhere_does_not_count() -> None:
    """A frame of 30, due at 80, takes 40 on the other backend; with 90 there it must stay."""
    assert chip((50, (30, 40))).read_by(PROMPT, 0) == 100
    assert chip((50, (30, 90))).read_by(PROMPT, 0) == 130


def test_what_is_missed_anyway_does_not_count() -> None:
    """Of two frames of 30 that are due at 40 one runs, the other is lost with and without."""
    assert chip((10, (30,)), (10, (30,))).read_by(PROMPT, 0) == 130


def test_another_prompt_that_is_read_there_comes_first() -> None:
    """Until 50, or until it is read elsewhere."""
    outlook, other = chip(), waits(1, PREFILL, 70, 70)
    outlook.reads(other, 0, 50)
    assert outlook.read_by(PROMPT, 0) == 150
    assert outlook.read_by(other, 0) == 70
    outlook.reads(other, 1, 60)
    assert [outlook.read_by(PROMPT, position) for position in (0, 1)] == [100, 360]


def test_of_a_long_prompt_the_first_of_it_tells_the_rest() -> None:
    """Looked at are 185 ms, of which a frame takes 37: a quarter of what is left for the prompt.

    1,000 ms and the frame end at 1,037; the 852 ms beyond 185 take a quarter more.
    """
    long = waits(0, PREFILL, 1_000 * MS)
    assert chip((50 * MS, (37 * MS,))).read_by(long, 0) == 1_250 * MS
