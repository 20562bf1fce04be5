"""The schema of a scenario file: what an application asks for."""

from __future__ import annotations

from typing import Annotated, ClassVar

from emulator.names import shown
from emulator.schema.arrival import Arrival, ClosedLoop, Poisson
from emulator.schema.distributions import Choice, Constant, Exponential, Lognormal, Uniform
from emulator.schema.stage import Edge, Stage
from emulator.schema.stream import Stream
from emulator.schema.tables import Entries, Format, Name, Table, Text, duplicates, fault

__all__ = ["Arrival", "ClosedLoop", "Edge", "Poisson", "Scenario", "Stage", "Stream"]

MAX_STREAMS = 10_000


class Scenario(Table):
    """A set of streams, in tie order.

    `profile` names the profile that the scenario was made for, where it is not the default one.
    """

    home: ClassVar[str] = "belongs at the top of the file, above the first [[streams]]"

    format: Format = 1
    name: Name = "unnamed"
    title: Text | None = None
    description: Text | None = None
    source: Text | None = None
    note: Text | None = None
    profile: Name | None = None
    streams: Annotated[tuple[Stream, ...], Entries(1, MAX_STREAMS)]

    def to_dict(self) -> dict[str, object]:
        """As for every table, with the format in front."""
        return {"format": self.format, **super().to_dict()}

    def check(self) -> None:
        """Names differ."""
        if repeated := duplicates(stream.name for stream in self.streams):
            raise fault(f"two streams have the name {shown(repeated[0])}", "streams")


SCENARIO_TABLES: tuple[type[Table], ...] = (
    Scenario,
    Stream,
    Stage,
    Edge,
    Poisson,
    ClosedLoop,
    Lognormal,
    Uniform,
    Exponential,
    Constant,
    Choice,
)
"""All tables of a scenario file, those first that a misplaced key most likely belongs to."""
