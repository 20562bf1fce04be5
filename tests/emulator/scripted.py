"""A general policy whose decisions a test writes, and how it gets into a run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest

from emulator.engine import machine
from emulator.policies import (
    Admission,
    BackendState,
    NamedPolicy,
    ReadySlice,
    Run,
    find_policy,
)

Decide: TypeAlias = Callable[[int, Sequence[ReadySlice], Sequence[BackendState]], Any]
NAME = "user"
"""How a run names the scripted policy."""


@dataclass(slots=True)
class Scripted:
    """A policy that decides by a function from an instant on, and sensibly before."""

    script: Decide
    begin_ns: int = 0
    name: str = NAME
    description: str = "a test's own"
    admission: Admission = Admission.KEEP
    chunk: int = 0

    def decide(
        self, now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
    ) -> Any:  # noqa: ANN401 - a user's policy may return anything
        """What the script returns."""
        decide = sensible if now_ns < self.begin_ns else self.script
        return decide(now_ns, ready, backends)


def sensible(
    _now_ns: int, ready: Sequence[ReadySlice], backends: Sequence[BackendState]
) -> list[Run]:
    """Every slice in order of its tie on the first idle backend."""
    idle = [backend.index for backend in backends if backend.idle]
    runs = []
    for each in sorted(ready, key=lambda each: each.tie):
        backend = next((index for index in each.backends if index in idle), None)
        if backend is not None:
            idle.remove(backend)
            runs.append(Run(each, backend))
    return runs


def install(monkeypatch: pytest.MonkeyPatch, policy: Scripted) -> None:
    """Makes the engine, and the audit, find the policy under its name."""
    named = NamedPolicy(NAME, "", "", policy)

    def find(name: str) -> NamedPolicy:
        return named if name == NAME else find_policy(name)

    monkeypatch.setattr(machine, "find_policy", find)
    monkeypatch.setattr("emulator.engine.command_queue.find_policy", find)
    monkeypatch.setattr("tests.emulator.audit.find_policy", find)
