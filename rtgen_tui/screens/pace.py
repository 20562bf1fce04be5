"""How often a screen is drawn: as often as asked, unless drawing costs too much or nobody looks."""

from typing import Final

WINDOW_S: Final = 1.0
"""Costs are averaged over this much wall time, so that one slow frame changes nothing."""
TOO_DEAR: Final = 0.4
"""Share of a core above which the rate is halved."""
CHEAP: Final = 0.1
"""Share of a core below which a halved rate is doubled: so far below that it cannot swing."""
SLOWEST_HZ: Final = 1.0
BLURRED_HZ: Final = 2.0


class FrameGovernor:
    """Turns what frames cost into a frame rate; it is told the times and reads no clock."""

    def __init__(self, wanted_hz: float) -> None:
        self.wanted_hz = wanted_hz
        self.blurred = False
        self.busy = 0.0
        """Share of a core that this process used over the last whole window, 0 to 1 per core."""
        self._affordable_hz = wanted_hz
        self._cpu_s = 0.0
        self._wall_s = 0.0
        self._warm = False

    @property
    def hz(self) -> float:
        """Frames per second that should be drawn now."""
        return min(self._affordable_hz, BLURRED_HZ) if self.blurred else self._affordable_hz

    def observe(self, cpu_s: float, wall_s: float) -> None:
        """Account for the time since the last call: CPU seconds used and wall seconds passed."""
        self._cpu_s += cpu_s
        self._wall_s += wall_s
        if self._wall_s < WINDOW_S:
            return
        self.busy = self._cpu_s / self._wall_s
        self._cpu_s = self._wall_s = 0.0
        # The first window holds the imports and the first layout, which say nothing about a frame.
        if self._warm:
            self._adjust()
        self._warm = True

    def _adjust(self) -> None:
        if self.busy > TOO_DEAR:
            self._affordable_hz = max(self._affordable_hz / 2, min(SLOWEST_HZ, self.wanted_hz))
        elif self.busy < CHEAP and not self.blurred:
            self._affordable_hz = min(self._affordable_hz * 2, self.wanted_hz)
