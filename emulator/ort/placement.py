"""Where the nodes of a model really run, as the graph assignment says; a fallback is no secret.

`session.get_providers()` lists what was asked for, also where every node went to the CPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from emulator.errors import UserError
from emulator.ort.raw import Assigned

RECORD: Final = "session.record_ep_graph_assignment_info"
"""The session option without which ONNX Runtime does not keep it."""


class PlacementError(UserError):
    """A model that does not run where it was asked to."""


@dataclass(frozen=True, slots=True)
class Placement:
    """How many nodes of a model run on which provider, the most first."""

    nodes: Mapping[str, int]

    @property
    def total(self) -> int:
        """All nodes of the optimized graph."""
        return sum(self.nodes.values())

    def share(self, provider: str) -> float:
        """The part of the nodes that runs on a provider, from 0 to 1."""
        count = sum(
            nodes for name, nodes in self.nodes.items() if name.casefold() == provider.casefold()
        )
        return count / self.total if self.total else 0.0

    @property
    def main(self) -> str:
        """The provider that runs most nodes."""
        return next(iter(self.nodes), "")

    def __str__(self) -> str:
        return ", ".join(f"{count:,} nodes on {name}" for name, count in self.nodes.items())


def placement_of(assigned: Iterable[Assigned]) -> Placement:
    """Counts nodes by provider."""
    nodes: dict[str, int] = {}
    for part in assigned:
        nodes[part.ep_name] = nodes.get(part.ep_name, 0) + len(part.get_nodes())
    return Placement(dict(sorted(nodes.items(), key=lambda item: (-item[1], item[0]))))


def fallback(placement: Placement, provider: str, model: str) -> str | None:
    """One sentence about the nodes that do not run on the provider asked for; None if all do."""
    if placement.share(provider) == 1.0:
        return None
    if not placement.total:
        return f"ONNX Runtime does not say where the nodes of {model} run"
    away = {
        name: count
        for name, count in placement.nodes.items()
        if name.casefold() != provider.casefold()
    }
    where = ", ".join(f"{count:,} on {name}" for name, count in away.items())
    return f"{model} does not run on {provider}: of {placement.total:,} nodes {where}"
