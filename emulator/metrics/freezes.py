"""How long a stream has stood still: the longest gap between the finishes of good jobs."""

from emulator.metrics.checkpoint import State, whole, wholes


class Freezes:
    """The longest freeze of one stream. A job is good if it was met.

    Misses before the first good job count from the first release, misses after the last one up to
    now; before and after are in the order of job numbers, as in ``summary``.
    """

    __slots__ = (
        "_first_met",
        "_first_missed",
        "_first_release_ns",
        "_last_met",
        "_last_missed",
        "_longest_ns",
    )

    def __init__(self) -> None:
        self._first_release_ns: int | None = None
        self._first_met: tuple[int, int] | None = None
        """The least (finish, job): jobs that finish at one instant go by their numbers."""
        self._last_met: tuple[int, int] | None = None
        self._longest_ns: int | None = None
        """Of the gaps from one good job to the next."""
        self._first_missed: int | None = None
        """The least number of a job that missed."""
        self._last_missed: int | None = None

    def released(self, t_ns: int) -> None:
        """A job was released; instants do not decrease."""
        if self._first_release_ns is None:
            self._first_release_ns = t_ns

    def met(self, job: int, t_ns: int) -> None:
        """A job has finished in time; instants do not decrease."""
        met, last = (t_ns, job), self._last_met
        if last is None or self._first_met is None:
            self._first_met = self._last_met = met
            return
        if self._longest_ns is None or t_ns - last[0] > self._longest_ns:
            self._longest_ns = t_ns - last[0]
        if met > last:
            self._last_met = met
        elif met < self._first_met:
            self._first_met = met

    def missed(self, job: int) -> None:
        """A job has missed its deadline."""
        if self._first_missed is None or self._last_missed is None:
            self._first_missed = self._last_missed = job
        else:
            self._first_missed = min(self._first_missed, job)
            self._last_missed = max(self._last_missed, job)

    def longest_ns(self, now_ns: int) -> int | None:
        """The longest freeze as of now; None before any gap has two ends."""
        begun_ns, first, last = self._first_release_ns, self._first_met, self._last_met
        if self._first_missed is None or self._last_missed is None or begun_ns is None:
            return self._longest_ns
        if first is None or last is None:
            return now_ns - begun_ns
        gaps = [] if self._longest_ns is None else [self._longest_ns]
        if self._first_missed < first[1]:
            gaps.append(first[0] - begun_ns)
        if self._last_missed > last[1]:
            gaps.append(now_ns - last[0])
        return max(gaps, default=None)

    def state(self) -> State:
        """Everything, in the order of the fields above."""
        return (
            self._first_release_ns,
            self._first_met,
            self._last_met,
            self._longest_ns,
            self._first_missed,
            self._last_missed,
        )

    @classmethod
    def restored(cls, state: State) -> "Freezes":
        """The same from its state."""
        begun_ns, first_met, last_met, longest_ns, first_missed, last_missed = state
        freezes = cls()
        freezes._first_release_ns = _whole(begun_ns)
        freezes._first_met, freezes._last_met = _pair(first_met), _pair(last_met)
        freezes._longest_ns = _whole(longest_ns)
        freezes._first_missed, freezes._last_missed = _whole(first_missed), _whole(last_missed)
        return freezes


def _whole(value: object) -> int | None:
    return None if value is None else whole(value)


def _pair(row: State | None) -> tuple[int, int] | None:
    if row is None:
        return None
    finish_ns, job = wholes(row)
    return finish_ns, job
