"""Which policy was active when, and what was observed under it."""

from collections.abc import Sequence

from emulator.metrics.checkpoint import State, text, whole, wholes
from emulator.metrics.windows import NS_PER_S
from emulator.snapshot import PolicyView


class _Observed:
    __slots__ = ("active_ns", "description", "known", "missed", "name", "swaps")

    def __init__(self, name: str, description: str) -> None:
        self.name = name
        self.description = description
        self.swaps = 0
        self.active_ns = 0
        self.missed = 0
        self.known = 0


class PolicyRecord:
    """The policies of the pick list, and whatever else was active.

    A fate counts for the policy that was active when it became known. The policy that a run begins
    with was not swapped in.
    """

    def __init__(self, offered: Sequence[tuple[str, str]], active: str) -> None:
        self._observed = {name: _Observed(name, description) for name, description in offered}
        self._active = self._entry(active)
        self._since_ns = 0

    @property
    def active(self) -> str:
        """Name of the active policy."""
        return self._active.name

    def swap(self, name: str, t_ns: int) -> None:
        """Another policy takes over."""
        self._active.active_ns += t_ns - self._since_ns
        self._active = self._entry(name)
        self._active.swaps += 1
        self._since_ns = t_ns

    def fate(self, *, missed: bool) -> None:
        """A fate became known."""
        self._active.known += 1
        if missed:
            self._active.missed += 1

    def views(self, now_ns: int) -> tuple[PolicyView, ...]:
        """In the order of the pick list, then of first use."""
        return tuple(
            PolicyView(
                name=each.name,
                description=each.description,
                active=each is self._active,
                swaps=each.swaps,
                active_s=(each.active_ns + self._running_ns(each, now_ns)) / NS_PER_S,
                missed=each.missed,
                known=each.known,
            )
            for each in self._observed.values()
        )

    def state(self) -> State:
        """The active policy, since when, and the figures of all."""
        rows = tuple(
            (each.name, each.swaps, each.active_ns, each.missed, each.known)
            for each in self._observed.values()
        )
        return self.active, self._since_ns, rows

    @classmethod
    def restored(cls, offered: Sequence[tuple[str, str]], state: State) -> "PolicyRecord":
        """The same from its state; the pick list gives the descriptions."""
        active, since_ns, rows = state
        record = cls((), text(active))
        record._since_ns = whole(since_ns)
        descriptions = dict(offered)
        record._observed = {}
        for name, *figures in rows:
            each = _Observed(text(name), descriptions.get(name, ""))
            each.swaps, each.active_ns, each.missed, each.known = wholes(figures)
            record._observed[name] = each
        record._active = record._observed[active]
        return record

    def _running_ns(self, each: _Observed, now_ns: int) -> int:
        return now_ns - self._since_ns if each is self._active else 0

    def _entry(self, name: str) -> _Observed:
        return self._observed.setdefault(name, _Observed(name, ""))
