"""Who the indices of a journal stand for."""

from collections.abc import Mapping
from typing import TypeAlias

from emulator.metrics.events import MISFITS
from emulator.metrics.facts import StreamFacts, StreamReader
from emulator.profile import Profile
from emulator.scenario import Scenario

Named: TypeAlias = tuple[str, Mapping[str, object] | None]
"""A stream's name, and its dict if it is not of the scenario."""


class Cast:
    """The streams of a run, in stream order.

    Args:
        profile: of the run.
        scenario: of the run.
    """

    def __init__(self, profile: Profile, scenario: Scenario) -> None:
        self._reader = StreamReader(profile, scenario)
        self._streams: dict[int, Named] = {}
        self._facts: dict[int, StreamFacts | None] = {}

    def know(self, streams: Mapping[int, Named]) -> None:
        """Streams by their index; what is known already stays."""
        for index, named in streams.items():
            if index not in self._streams:
                self._streams[index] = named
                self._facts.pop(index, None)

    def facts(self, stream: int) -> StreamFacts | None:
        """What is known of a stream; None: nothing."""
        if stream not in self._facts:
            self._facts[stream] = self._read(stream)
        return self._facts[stream]

    def label(self, stream: int, stage: int) -> str:
        """How a slice is called; empty where that is not known."""
        facts = self.facts(stream)
        if facts is None or not 0 <= stage < len(facts.stages):
            return ""
        return facts.label(stage)

    def _read(self, stream: int) -> StreamFacts | None:
        named = self._streams.get(stream)
        if named is None:
            return None
        try:
            return self._reader.facts(*named)
        except MISFITS:
            return None
