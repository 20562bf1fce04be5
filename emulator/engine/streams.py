"""One stream while it runs: its plan, its arrivals, and the release that comes next."""

from emulator.engine.jobs import NEVER
from emulator.engine.planner import Planner
from emulator.schema.stream import Stream
from emulator.workload import Arrivals, Release


class StreamRun:
    """A stream that may be stopped and started again."""

    __slots__ = ("active", "arrivals", "pending", "plan")

    def __init__(
        self, stream: Stream, index: int, planner: Planner, *, seed: int, start_ns: int
    ) -> None:
        self.arrivals = Arrivals(stream, seed, start_ns)
        self.plan = planner.plan(stream, index, self.arrivals.unit)
        self.pending: Release | None = None
        """The next release; None when there is none, or none yet."""
        self.active = True

    def take_next(self) -> int:
        """Makes the next release pending and returns its instant, NEVER without one."""
        release = self.pending = self.arrivals.next()
        return NEVER if release is None else release.at // self.plan.unit

    def call_off(self) -> None:
        """The pending release never happens; its job number is free again."""
        if self.pending is not None:
            self.arrivals.give_back(self.pending)
            self.pending = None

    def stop(self) -> None:
        """No more releases."""
        self.call_off()
        self.active = False

    def restart(self, t_ns: int) -> None:
        """Releases from this instant on; job numbers go on."""
        self.active = True
        self.arrivals.restart(t_ns)
