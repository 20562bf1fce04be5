"""Journal to figures: what the screen shows of a run. See docs/metrics.md for every definition."""

from emulator.metrics.events import JournalError
from emulator.metrics.live import Metrics

__all__ = ["JournalError", "Metrics"]
