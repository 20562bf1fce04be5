"""One stream while it runs: its plan, its arrivals, and the release that comes next."""

from typing import Final

from emulator.engine.jobs import NEVER
from emulator.engine.planner import Planner
from emulator.schema.stream import Stream
from emulator.workload import Arrivals, Release

OF_RELEASES: Final = (
    *("rate_hz", "period_ms", "arrival", "arrivals_ms"),
    *("phase_ms", "jitter_ms", "start_s", "stop_s"),
)
"""The keys of a stream that say when its jobs are released."""


class StreamRun:
    """A stream that may be stopped, started again and changed."""

    __slots__ = ("_added_ns", "active", "arrivals", "pending", "plan", "spec")

    def __init__(
        self, stream: Stream, index: int, planner: Planner, *, seed: int, start_ns: int
    ) -> None:
        self.spec = stream
        self._added_ns = start_ns
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

    def keeps_releases(self, spec: Stream) -> bool:
        """Whether another description of it leaves the instants of its releases alone."""
        return all(getattr(spec, key) == getattr(self.spec, key) for key in OF_RELEASES)

    def change(self, spec: Stream, planner: Planner, *, seed: int, t_ns: int) -> None:
        """Jobs that are released from now on follow another description; job numbers go on.

        Where its releases come at other instants now, none may be pending.
        """
        if not self.keeps_releases(spec):
            arrivals = Arrivals(spec, seed, self._added_ns)
            arrivals.go_on(self.arrivals.past(), t_ns)
            self.arrivals = arrivals
        self.spec = spec
        self.plan = planner.plan(spec, self.plan.index, self.arrivals.unit)

    def restart(self, t_ns: int) -> None:
        """Releases from this instant on; job numbers go on."""
        self.active = True
        self.arrivals.restart(t_ns)
