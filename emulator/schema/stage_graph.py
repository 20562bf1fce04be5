"""The order in which the stages of a job can run, and the mistakes that leave none."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.names import unknown
from emulator.schema.stage import Stage
from emulator.schema.tables import duplicates, fault


def check_graph(stages: Sequence[Stage]) -> None:
    """Raises a fault unless names differ and `after` names stages without a circle."""
    names = [stage.name for stage in stages]
    if repeated := duplicates(names):
        raise fault(f"two stages have the name {repeated[0]!r}", "stages")
    for stage in stages:
        for edge in stage.after:
            if edge.stage not in names:
                problem = unknown("stage", edge.stage, names)
                raise fault(f"stage {stage.name!r} comes after an {problem}", "stages")
    if circle := _circle(stages):
        path = " -> ".join(map(repr, circle[:10]))
        raise fault(f"stages wait for each other in a circle: {path}", "stages")


def topological_order(stages: Sequence[Stage]) -> tuple[int, ...]:
    """Positions in `stages` such that predecessors come first, otherwise as written."""
    position = {stage.name: i for i, stage in enumerate(stages)}
    waiting = {i: {position[e.stage] for e in stage.after} for i, stage in enumerate(stages)}
    order: list[int] = []
    while waiting:
        first = next(i for i, before in waiting.items() if not before & waiting.keys())
        del waiting[first]
        order.append(first)
    return tuple(order)


def _circle(stages: Sequence[Stage]) -> list[str]:
    """The names of stages that wait for each other, empty if none do."""
    waiting = {stage.name: {edge.stage for edge in stage.after} for stage in stages}
    while free := [name for name, before in waiting.items() if not before & waiting.keys()]:
        for name in free:
            del waiting[name]
    if not waiting:
        return []
    path = [min(waiting)]
    while (before := min(waiting[path[-1]] & waiting.keys())) not in path:
        path.append(before)
    return [before, *reversed(path[path.index(before) :])]
