"""What a figure depends on beside the model: the machine, its software, and who else used it."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

CPU_INFO: Final = Path("/proc/cpuinfo")
CPU_TIMES: Final = Path("/proc/stat")
GOVERNOR: Final = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
BUSY_FIELDS: Final = (1, 2, 3, 6, 7, 8)
"""user, nice, system, irq, softirq and steal of a line of /proc/stat (man 5 proc)."""


@dataclass(frozen=True, slots=True)
class Host:
    """The machine and its software, as far as the system says."""

    cpu: str
    cores: int
    system: str
    python: str
    onnxruntime: str
    governor: str | None = None

    def to_dict(self) -> dict[str, str | int | None]:
        """By name."""
        return asdict(self)

    @property
    def software(self) -> str:
        """In one line, for a profile."""
        return f"onnxruntime {self.onnxruntime}, Python {self.python}, {self.system}"


def host(runtime_version: str, cores: int) -> Host:
    """This one."""
    return Host(
        cpu=_cpu_name(),
        cores=cores,
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        python=platform.python_version(),
        onnxruntime=runtime_version,
        governor=_text(GOVERNOR),
    )


class ForeignLoad:
    """Measures what other processes take of the CPU, in cores, from one moment on.

    The time that all of the machine was busy, less that of this process, over the time that passed;
    None where the system does not say (only Linux does).
    """

    def __init__(
        self,
        busy_s: Callable[[], float | None] | None = None,
        own_s: Callable[[], float] = time.process_time,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._busy_s = busy_s or _busy_s
        self._own_s = own_s
        self._clock_s = clock_s
        self._start = (self._busy_s(), own_s(), clock_s())

    def cores(self) -> float | None:
        """Since the beginning; 0.1 is a tenth of a core."""
        busy_0, own_0, clock_0 = self._start
        busy, own, clock = self._busy_s(), self._own_s(), self._clock_s()
        if busy is None or busy_0 is None or clock <= clock_0:
            return None
        return max(0.0, (busy - busy_0) - (own - own_0)) / (clock - clock_0)


QUIET_CORES: Final = 0.1
"""Other programs that take less of a core than this do not disturb a measurement."""
_LOOK_S: Final = 0.5


class Patience:
    """Waits, for at most `seconds` at a time, until other programs are quiet.

    Without seconds it never waits. Where the load is not known it counts as quiet.
    """

    def __init__(
        self,
        seconds: float = 0.0,
        *,
        load: Callable[[], ForeignLoad] = ForeignLoad,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._load = load
        self._sleep = sleep

    def looks(self) -> int:
        """How many more times it can look."""
        return int(self._seconds / _LOOK_S)

    def wait(self, looks: int) -> int:
        """Looks until it is quiet; how many of the looks are left."""
        while looks > 0:
            load = self._load()
            self._sleep(_LOOK_S)
            looks -= 1
            if is_quiet(load.cores()):
                break
        return looks


def is_quiet(foreign_cores: float | None) -> bool:
    """Whether others left a measurement alone."""
    return foreign_cores is None or foreign_cores < QUIET_CORES


def _busy_s() -> float | None:
    try:
        with CPU_TIMES.open(encoding="ascii") as file:
            fields = file.readline().split()
        return sum(int(fields[each]) for each in BUSY_FIELDS) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def _cpu_name() -> str:
    for line in (_text(CPU_INFO) or "").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
