"""Behind a long queue a policy looks at as few slices as behind a short one."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from emulator.catalog import load_profile, load_scenario
from emulator.engine import Engine
from emulator.policies import GroupedPolicy, policies
from emulator.policies.queues import ReadyQueues
from tests.emulator.strategies import MS, Dict

GROUPED = [each.name for each in policies() if isinstance(each.rule, GroupedPolicy)]
"""All but points of the four axes, which look at heads, and ``sel``, which is shown all."""
PROFILE: Dict = {"backends": ["npu"], "models": {"m": {"npu": 2}}}
JOBS = 40
BISECT = 4
"""A bisection of 1,000 takes so many more steps than one of 100."""


class Counted(Sequence[Any]):
    """A queue that counts the entries that are read."""

    read = 0

    def __init__(self, entries: Sequence[Any]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401
        Counted.read += 1
        return self._entries[index]

    def __iter__(self) -> Iterator[Any]:
        for each in self._entries:
            Counted.read += 1
            yield each


def entries_read(name: str, backlog: int) -> int:
    """Entries of queues that a policy read during so many frames, with a backlog all the time."""
    stream: Dict = {
        "name": "frames",
        "model": "m",
        "deadline_ms": 20_000,
        "arrivals_ms": [0] * backlog + [2 * job for job in range(JOBS)],
    }
    engine = Engine(load_profile(PROFILE), load_scenario({"streams": [stream]}), name)
    shown = vars(ReadyQueues)["all"].fget
    Counted.read = 0
    with pytest.MonkeyPatch.context() as patch:
        counted = property(lambda queues: [Counted(each) for each in shown(queues)])
        patch.setattr(ReadyQueues, "all", counted)
        engine.advance(2 * JOBS * MS - 1)
    assert engine.open_jobs == backlog + 1
    return Counted.read


@pytest.mark.parametrize("name", GROUPED)
def test_a_decision_takes_no_longer_behind_a_long_queue(name: str) -> None:
    """Behind 1,000 waiting frames as many entries of queues are read as behind 100."""
    short = entries_read(name, 100)
    assert 0 < short <= entries_read(name, 1_000) <= short + JOBS * BISECT
