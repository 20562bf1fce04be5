"""What the backends draw and what tokens cost while a run goes on, from slices and a profile.

Energy is power times time, as in ``emulator.energy``. It is summed in whole mW ns (pJ), so that it
does not matter when somebody looks.
"""

from fractions import Fraction
from typing import Final

from emulator.metrics.checkpoint import State, flag, natural, whole
from emulator.metrics.jobs import OpenJob
from emulator.metrics.windows import SECOND_NS, WINDOW_NS, Total
from emulator.power import microwatts, powers_uw
from emulator.profile import Profile

_UW_PER_MW: Final = 1_000
_MW_PER_W: Final = 1_000
_PJ_PER_MJ: Final = 10**9
_PJ_PER_J: Final = 10**12
_MOST_MW: Final = 10**8
"""More counts as not known: a window of it would not fit into the numbers of a keyframe."""


class BackendPower:
    """What one backend draws; not known once a slice of unknown power has run there."""

    __slots__ = ("_before_pj", "_drawn", "_idle_mw", "_is_known", "_now_mw", "_since_ns")

    def __init__(self, idle_mw: int) -> None:
        self._idle_mw = self._now_mw = idle_mw
        self._drawn = Total()
        self._before_pj: int | None = 0
        """What the total lacks of the energy since the start; None: not known."""
        self._since_ns = 0
        self._is_known = True

    def run(self, power_mw: int | None, t_ns: int) -> None:
        """A slice starts."""
        self._settle(t_ns)
        self._is_known = self._is_known and power_mw is not None
        self._now_mw = power_mw or 0

    def rest(self, t_ns: int) -> None:
        """It ends."""
        self._settle(t_ns)
        self._now_mw = self._idle_mw

    def watts(self, now_ns: int) -> float | None:
        """The mean over the last second."""
        self._settle(now_ns)
        drawn, covered_ns = self._drawn.within(now_ns, SECOND_NS)
        return drawn / covered_ns / _MW_PER_W if self._is_known and covered_ns > 0 else None

    def joules(self, now_ns: int) -> float | None:
        """Since the start; None also after a keyframe of an older file that did not say."""
        self._settle(now_ns)
        energy_pj = self._energy_pj()
        return energy_pj / _PJ_PER_J if self._is_known and energy_pj is not None else None

    def state(self) -> State:
        """What is drawn now, since when, and what was drawn in the window before that.

        The energy since the start stands at the end, if it is known, as whole J and pJ: in pJ alone
        it would outgrow 64 bits.
        """
        recent, _ = self._drawn.within(self._since_ns, WINDOW_NS)
        _, *marks = self._drawn.state()
        energy_pj = self._energy_pj()
        energy = () if energy_pj is None else (divmod(energy_pj, _PJ_PER_J),)
        return self._now_mw, self._since_ns, self._is_known, (recent, *marks), *energy

    def restore(self, state: State) -> None:
        """Takes over a state."""
        now_mw, since_ns, is_known, drawn, *energy = state
        self._now_mw, self._since_ns = natural(now_mw), natural(since_ns)
        self._is_known = flag(is_known)
        self._drawn = Total.restored(drawn)
        self._before_pj = None
        if energy:
            joules, rest_pj = energy[0]
            self._before_pj = natural(joules) * _PJ_PER_J + natural(rest_pj) - self._drawn.total

    def _energy_pj(self) -> int | None:
        return None if self._before_pj is None else self._before_pj + self._drawn.total

    def _settle(self, t_ns: int) -> None:
        if t_ns > self._since_ns:
            self._drawn.add_span(self._since_ns, t_ns, self._now_mw)
            self._since_ns = t_ns


class TokenEnergy:
    """What the slices of a stream's language models cost since the start."""

    __slots__ = ("_busy_ns", "_is_known")

    def __init__(self) -> None:
        self._busy_ns: dict[int, int] = {}
        """By power in mW: there are few, and neither grows beyond 64 bits."""
        self._is_known = True

    def add(self, power_mw: int | None, span_ns: int) -> None:
        """A slice has ended."""
        if power_mw is None:
            self._is_known = False
        else:
            self._busy_ns[power_mw] = self._busy_ns.get(power_mw, 0) + span_ns

    def mj_per_token(self, tokens: int) -> float | None:
        """Over so many tokens; None before the first, or where a power is not known."""
        if not tokens or not self._is_known:
            return None
        return sum(mw * ns for mw, ns in self._busy_ns.items()) / _PJ_PER_MJ / tokens

    def state(self) -> State:
        """Whether it is known, and (mW, ns) pairs."""
        return self._is_known, tuple(self._busy_ns.items())

    def restore(self, state: State) -> None:
        """Takes over a state."""
        is_known, pairs = state
        self._is_known = flag(is_known)
        self._busy_ns = {natural(mw): whole(ns) for mw, ns in pairs}


class PowerRecord:
    """The energy figures of a run."""

    def __init__(self, profile: Profile) -> None:
        index = {name: number for number, name in enumerate(profile.backend_names)}
        self._power_mw = {
            (model, index[name]): _milliwatts(uw)
            for (model, name), uw in powers_uw(profile).items()
        }
        self._backends = [
            BackendPower(_milliwatts(microwatts(each.idle_w or Fraction(0))) or 0)
            for each in profile.backends
        ]
        self._streams: dict[int, TokenEnergy] = {}

    def start(self, backend: int, job: OpenJob, stage: int, t_ns: int) -> None:
        """A slice starts."""
        self._backends[backend].run(self._of(backend, job, stage), t_ns)

    def finish(self, backend: int, job: OpenJob, stage: int, start_ns: int, t_ns: int) -> None:
        """It ends."""
        self._backends[backend].rest(t_ns)
        if job.facts.stages[stage].is_llm:
            tokens = self._streams.setdefault(job.stream, TokenEnergy())
            tokens.add(self._of(backend, job, stage), t_ns - start_ns)

    def watts(self, backend: int, now_ns: int) -> float | None:
        """Of a backend, the mean over the last second; None where it is not known."""
        return self._backends[backend].watts(now_ns)

    def joules(self, backend: int, now_ns: int) -> float | None:
        """Of a backend since the start; None where it is not known."""
        return self._backends[backend].joules(now_ns)

    def mj_per_token(self, stream: int, tokens: int) -> float | None:
        """Of a stream's language models since the start, over so many tokens."""
        energy = self._streams.get(stream)
        return None if energy is None else energy.mj_per_token(tokens)

    def state(self) -> State:
        """Of the backends, and of the streams by index."""
        streams = tuple((index, each.state()) for index, each in self._streams.items())
        return tuple(each.state() for each in self._backends), streams

    def restore(self, state: State) -> None:
        """Takes over a state. Raises one of MISFITS: it is not one of this profile."""
        backends, streams = state
        for backend, of_backend in zip(self._backends, backends, strict=True):
            backend.restore(of_backend)
        for index, of_stream in streams:
            energy = self._streams[natural(index)] = TokenEnergy()
            energy.restore(of_stream)

    def _of(self, backend: int, job: OpenJob, stage: int) -> int | None:
        facts = job.facts.stages[stage]
        cheaper = facts.degraded_model if stage in job.degraded else None
        return self._power_mw.get((cheaper or facts.model, backend))


def _milliwatts(uw: int | None) -> int | None:
    mw = None if uw is None else (uw + _UW_PER_MW // 2) // _UW_PER_MW
    return None if mw is None or mw > _MOST_MW else mw
