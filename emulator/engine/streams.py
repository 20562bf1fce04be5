"""One stream while it runs: its plan, its arrivals, and the release that comes next."""

from emulator.engine.plan import plan_stream
from emulator.profile import Profile
from emulator.stream import Stream
from emulator.timing import Timing
from emulator.workload import Arrivals, Release


class StreamRun:
    """A stream that may be stopped and started again."""

    __slots__ = ("_seed", "_stream", "active", "arrivals", "pending", "plan")

    def __init__(
        self, stream: Stream, index: int, profile: Profile, timing: Timing, seed: int, start_ns: int
    ) -> None:
        self._stream = stream
        self._seed = seed
        self.arrivals = Arrivals(stream, seed, start_ns=start_ns, first_job=0)
        self.plan = plan_stream(stream, index, self.arrivals.unit, profile, timing, seed)
        self.pending: Release | None = None
        """The next release; None when there is none, or none yet."""
        self.active = True

    def take_next(self) -> int | None:
        """Makes the next release pending and returns its instant."""
        self.pending = self.arrivals.next()
        return None if self.pending is None else self.pending.at // self.plan.unit

    def stop(self) -> None:
        """No more releases; the one that was pending never happens and its job number is used later."""
        if self.pending is not None:
            self.arrivals.next_job = self.pending.job
            self.pending = None
        self.active = False

    def restart(self, t_ns: int) -> None:
        """Releases from this instant on; job numbers go on."""
        self.active = True
        self.arrivals = Arrivals(
            self._stream, self._seed, start_ns=t_ns, first_job=self.arrivals.next_job
        )
