"""Small cases that are worked by hand: models and streams in ms, and what started when."""

from collections.abc import Mapping
from typing import TypeAlias

from emulator.journal import DROPPED, STARTED
from tests.emulator.strategies import MS, Case, Dict

Start: TypeAlias = tuple[str, int, str, float]
"""Stream, job, backend, ms."""


def job(name: str, model: str, at_ms: object, deadline_ms: object = "none", **more: object) -> Dict:
    """A stream with one job for each instant."""
    instants = at_ms if isinstance(at_ms, list) else [at_ms]
    return {
        "name": name,
        "model": model,
        "arrivals_ms": instants,
        "deadline_ms": deadline_ms,
        **more,
    }


class Micro:
    """A chip and what it is asked to do."""

    def __init__(
        self,
        models: Mapping[str, object],
        *streams: Dict,
        backends: tuple[object, ...] = ("npu", "gpu"),
    ) -> None:
        self.profile: Dict = {"backends": list(backends), "models": dict(models)}
        self.streams = list(streams)
        self.names = [str(each["name"] if isinstance(each, dict) else each) for each in backends]

    def case(self, policy: str) -> Case:
        """The run."""
        return Case(self.profile, {"streams": self.streams}, policy, duration_ms=10_000)

    def starts(self, policy: str) -> list[Start]:
        """Slices in the order of their starts."""
        found: list[Start] = []
        for event in self.case(policy).journal():
            if event[0] == STARTED:
                _, t_ns, stream, number, _, backend, *_ = event
                assert isinstance(t_ns, int)
                assert isinstance(stream, int)
                assert isinstance(number, int)
                assert isinstance(backend, int)
                name = str(self.streams[stream]["name"])
                found.append((name, number, self.names[backend], t_ns / MS))
        return found

    def drops(self, policy: str) -> list[tuple[str, object, float]]:
        """(stream, reason, ms) of the jobs given up."""
        found: list[tuple[str, object, float]] = []
        for event in self.case(policy).journal():
            if event[0] == DROPPED:
                _, t_ns, stream, _, reason, _ = event
                assert isinstance(t_ns, int)
                assert isinstance(stream, int)
                found.append((str(self.streams[stream]["name"]), reason, t_ns / MS))
        return found

    def order(self, policy: str) -> str:
        """Streams in the order of their starts, with the ms: ``A0 B4``."""
        return " ".join(f"{name}{at_ms:g}" for name, _, _, at_ms in self.starts(policy))

    def map(self, policy: str) -> str:
        """Likewise with the backends: ``A npu 0, B gpu 4``."""
        return ", ".join(
            f"{name} {backend} {at_ms:g}" for name, _, backend, at_ms in self.starts(policy)
        )
