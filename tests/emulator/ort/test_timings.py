"""When a measurement has enough, and what it says."""

from collections.abc import Callable
from itertools import chain, repeat

import pytest

from emulator.ort.host import ForeignLoad, Patience, host, is_quiet
from emulator.ort.measure import measure_quietly
from emulator.ort.timings import Effort, Timings, measured, timings

MS = 1_000_000


class Work:
    """Calls that each take so many ms of a clock of their own."""

    def __init__(self, *first_ms: float, then_ms: float) -> None:
        self.now_ns = 0
        self.calls = 0
        self._ms = chain(first_ms, repeat(then_ms))

    def __call__(self) -> None:
        """Takes its time."""
        self.calls += 1
        self.now_ns += round(next(self._ms) * MS)

    def clock(self) -> int:
        """The time in ns."""
        return self.now_ns


@pytest.mark.parametrize(
    ("each_ms", "runs"),
    [(1, 100), (29, 100), (100, 30), (1000, 20), (5000, 4), (60_000, 3)],
)
def test_runs_are_enough(each_ms: float, runs: int) -> None:
    """100, or 3 s of at least 20, or 20 s of at least 3."""
    work = Work(then_ms=each_ms)
    found = measured(work, Effort(warm_up=0), clock=work.clock)
    assert found.n == runs == work.calls


def test_the_warm_up_does_not_count() -> None:
    """Ten slow first runs leave no trace."""
    work = Work(*[500] * 3, *[50] * 7, then_ms=10)
    found = measured(work, Effort(), clock=work.clock)
    assert (found.n, found.max) == (100, 10)


def test_a_slow_warm_up_is_cut_short() -> None:
    """Three runs of it, if they take longer than a measurement."""
    work = Work(then_ms=4000)
    found = measured(work, Effort(), clock=work.clock)
    assert work.calls == found.n + 3


def test_the_figures_are_those_of_the_runs() -> None:
    """Percentiles are interpolated, as numpy does by default."""
    found = timings([each * MS for each in range(1, 102)])
    assert (found.n, found.min, found.max, found.mean) == (101, 1, 101, 51)
    assert (found.p50, found.p90, found.p95, found.p99) == (51, 91, 96, 100)
    assert Timings.from_dict(found.to_dict()) == found


class Readings:
    """What a busy meter says, one reading after the other."""

    def __init__(self, *values: float | None) -> None:
        self.values = list(values)

    def __call__(self) -> float | None:
        """The next one."""
        return self.values.pop(0)


def numbers(*values: float) -> Callable[[], float]:
    """One after the other."""
    left = list(values)
    return lambda: left.pop(0)


def test_what_others_took_is_all_less_our_own() -> None:
    """In cores: 3 s busy of which 1 s was ours, in 4 s, is half a core."""
    load = ForeignLoad(Readings(10.0, 13.0), numbers(1, 2), numbers(0, 4))
    assert load.cores() == 0.5


@pytest.mark.parametrize("readings", [(None, None), (10.0, None)])
def test_what_others_took_may_not_be_known(readings: tuple[float | None, ...]) -> None:
    """None then, which counts as quiet."""
    load = ForeignLoad(Readings(*readings), numbers(1, 2), numbers(0, 4))
    assert load.cores() is None
    assert is_quiet(None)


def test_others_never_take_less_than_nothing() -> None:
    """The clocks of the two figures tick differently."""
    assert ForeignLoad(Readings(10.0, 10.0), numbers(1, 2), numbers(0, 4)).cores() == 0.0


class Others(ForeignLoad):
    """A load that was set beforehand."""

    def __init__(self, cores: float) -> None:
        super().__init__(lambda: None)
        self._cores = cores

    def cores(self) -> float | None:
        """As it was set."""
        return self._cores


def test_patience_waits_until_it_is_quiet() -> None:
    """Half a second at a time."""
    loads = iter([Others(0.8), Others(0.3), Others(0.05), Others(0.9)])
    slept: list[float] = []
    patience = Patience(60, load=lambda: next(loads), sleep=slept.append)
    assert patience.wait(patience.looks()) == 120 - 3
    assert slept == [0.5] * 3


def test_patience_ends() -> None:
    """When it has looked as often as it may."""
    slept: list[float] = []
    patience = Patience(2, load=lambda: Others(1.0), sleep=slept.append)
    assert patience.wait(patience.looks()) == 0
    assert slept == [0.5] * 4


def runs(*p50: float) -> Callable[[], Timings]:
    """Measurements with these medians."""
    left = list(p50)
    return lambda: timings([round(left.pop(0) * MS)])


def test_without_patience_there_is_one_measurement() -> None:
    """However busy the machine is; what it was busy with is kept beside it."""
    figure = measure_quietly(runs(12), Patience(), lambda: Others(1.5))
    assert (figure.timings.p50, figure.foreign_cores) == (12, 1.5)


def test_the_least_disturbed_measurement_is_kept() -> None:
    """Measured again while there is patience, and no more once it was quiet."""

    def patience() -> Patience:
        return Patience(1.5, load=lambda: Others(0.0), sleep=lambda _: None)

    loads = iter([Others(0.9), Others(0.3), Others(0.6)])
    figure = measure_quietly(runs(30, 12, 20), patience(), lambda: next(loads))
    assert (figure.timings.p50, figure.foreign_cores) == (12, 0.3)

    quiet = iter([Others(0.9), Others(0.01)])
    assert measure_quietly(runs(30, 12), patience(), lambda: next(quiet)).timings.p50 == 12


def test_the_host_names_its_software() -> None:
    """What a profile gives as the software of its figures."""
    here = host("1.32.0", 2)
    assert here.cores == 2
    assert here.cpu
    assert here.software.startswith("onnxruntime 1.32.0, Python 3.")
