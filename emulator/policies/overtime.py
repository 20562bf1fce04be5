"""Foreign Python code that must come back in time: loops are interrupted from another thread.

An alarm signal would do the same where there are signals, in the main thread alone, and would take
the alarm away from a program that uses it. A thread can interrupt Python code on every system and
in every thread. It cannot end a call into C that does not come back, such as a long sleep.
"""

import ctypes
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar

from emulator.policies.aside import Aside

R = TypeVar("R")

DECISION_NS: Final = 1_000_000_000
"""Wall time that one decision may take."""
LOADING_NS: Final = 10_000_000_000
"""The same for loading a file, which may import what is large."""
_LOOK_S: Final = 0.05
_KEPT: Final = 4096
_NS_PER_MS: Final = 1_000_000


class OvertimeError(Exception):
    """It took too long; the traceback is that of the code that was interrupted."""


class QuitError(Exception):
    """It tried to end the program."""


class _Interrupt(BaseException):
    """Raised in the middle of foreign code, past its ``except Exception``."""


class CallTimes:
    """How long calls took, in wall time."""

    def __init__(self) -> None:
        self.count = 0
        self.total_ns = 0
        self.worst_ns = 0
        self.last_ns: deque[int] = deque(maxlen=_KEPT)
        """Of the newest calls."""

    def add(self, took_ns: int) -> None:
        """One more call."""
        self.count += 1
        self.total_ns += took_ns
        self.worst_ns = max(self.worst_ns, took_ns)
        self.last_ns.append(took_ns)


class TimeLimit:
    """Calls functions, one at a time, and interrupts those that take longer than the limit.

    What they print goes aside. Its thread ends when nobody holds the object any more.
    """

    def __init__(
        self,
        times: CallTimes,
        limit_ns: int = DECISION_NS,
        what: str = "decision",
        *,
        aside: Aside | None = None,
    ) -> None:
        self.times = times
        self._aside = Aside() if aside is None else aside
        self._limit_ns = limit_ns
        self._what = what
        self._call: tuple[int, int] | None = None
        """Thread and begin of the call that is going on."""
        self._interrupted: tuple[int, int] | None = None
        self._interrupts = 0
        self._looks = False
        self._is_watched = False

    def run(self, function: Callable[[], R]) -> R:
        """Calls the function.

        Raises:
            OvertimeError: it was interrupted.
            QuitError: it raised SystemExit, or whatever else is no Exception.
        """
        if not self._is_watched:
            self._is_watched = True
            threading.Thread(target=_watch, args=(weakref.ref(self),), daemon=True).start()
        began_ns = time.perf_counter_ns()
        call = (threading.get_ident(), began_ns)
        shown = self._aside.take_over()
        try:
            try:
                self._call = call
                return function()
            finally:
                self._call = None
                while self._looks:
                    time.sleep(0)
                if self._interrupted is call:
                    _let_it_land()
        except _Interrupt as interrupt:
            self._call = None
            words = f"took longer than {self._limit_ns // _NS_PER_MS:,} ms in one {self._what}"
            raise OvertimeError(words).with_traceback(interrupt.__traceback__) from None
        except (Exception, KeyboardInterrupt):
            raise
        except BaseException as error:  # noqa: BLE001 - told as what it is
            words = f"it raised {type(error).__name__}, which would end the program"
            raise QuitError(words).with_traceback(error.__traceback__) from None
        finally:
            self._aside.give_back(shown)
            self.times.add(time.perf_counter_ns() - began_ns)

    def look(self) -> None:
        """Interrupt the call that is going on, if it is late; again later, if it goes on then."""
        self._looks = True
        try:
            call = self._call
            if call is None:
                return
            if call is not self._interrupted:
                self._interrupts = 0
            thread, began_ns = call
            if time.perf_counter_ns() - began_ns >= (self._interrupts + 1) * self._limit_ns:
                self._interrupted = call
                self._interrupts += 1
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread), ctypes.py_object(_Interrupt)
                )
        finally:
            self._looks = False


def _let_it_land() -> None:
    """Interrupts come between two turns of a loop: one on its way comes here at the latest."""
    for _ in range(100):
        pass


def _watch(watched: "weakref.ref[TimeLimit]") -> None:
    while (limit := watched()) is not None:
        limit.look()
        del limit
        time.sleep(_LOOK_S)
