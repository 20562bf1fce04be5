"""The garbage collector runs at idle moments, and only there."""

import contextlib
import gc
import time
from collections.abc import Iterator

import pytest

from emulator.collector import IdleCollector, collector_off
from tests.emulator.paced_fakes import MS, S


@pytest.fixture
def collections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Generations that were collected; time starts at 0 and the real collector is left alone."""
    done: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: done.append(generation))
    monkeypatch.setattr(time, "monotonic_ns", lambda: 0)
    yield done
    gc.enable()


def test_the_collector_comes_back_on() -> None:
    """Off within the block and on after it, also after an exception; off stays off when nested."""
    with collector_off():
        with contextlib.suppress(KeyError), collector_off():
            raise KeyError
        assert not gc.isenabled()
    assert gc.isenabled()


def test_no_collection_before_an_event(collections: list[int]) -> None:
    """With an event in a millisecond nothing is collected; with a long gap everything is."""
    idle = IdleCollector()
    assert not gc.isenabled()
    idle.idle(5 * S, 1 * MS)
    assert collections == []
    idle.idle(5 * S, 25 * MS)
    assert collections == [2]


def test_a_short_gap_is_for_young_objects(collections: list[int]) -> None:
    """A gap of some milliseconds serves a young collection, once a second."""
    idle = IdleCollector()
    for at_ms in range(0, 2500, 100):
        idle.idle(at_ms * MS, 5 * MS)
    assert collections == [1, 1, 1]


def test_an_overloaded_host_collects_all_the_same(collections: list[int]) -> None:
    """Without any idle moment a young collection comes every eleven seconds or so."""
    idle = IdleCollector()
    for second in range(24):
        idle.idle(second * S, -1)
    assert collections == [1, 1]
