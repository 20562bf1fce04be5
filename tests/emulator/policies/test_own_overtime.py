"""The time limit of foreign code: what it interrupts, and what it lets through."""

import gc
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from emulator.policies.overtime import CallTimes, OvertimeError, QuitError, TimeLimit
from emulator.policies.trace import MAX_TEXT, headline, told

MS = 1_000_000


def spin(span_ns: int) -> int:
    """Python code that takes so long."""
    until_ns, turns = time.perf_counter_ns() + span_ns, 0
    while time.perf_counter_ns() < until_ns:
        turns += 1
    return turns


def stubborn() -> None:
    """Code that catches all it may."""
    while True:
        try:
            spin(10_000 * MS)
        except Exception:  # noqa: BLE001, S112 - that is the point
            continue


def raising(error: BaseException) -> Callable[[], object]:
    """Code that raises."""

    def run() -> object:
        raise error

    return run


def test_what_comes_back_in_time_is_measured() -> None:
    """With its result."""
    times = CallTimes()
    limit = TimeLimit(times)

    assert [limit.run(lambda: 3), limit.run(lambda: 4)] == [3, 4]
    assert (times.count, len(times.last_ns)) == (2, 2)
    assert times.worst_ns == max(times.last_ns)
    assert times.total_ns == sum(times.last_ns)


def test_code_that_catches_all_exceptions_is_interrupted() -> None:
    """The traceback is that of the code."""
    with pytest.raises(OvertimeError, match="took longer than 20 ms in one decision") as late:
        TimeLimit(CallTimes(), 20 * MS).run(stubborn)

    assert "in stubborn" in told(late.value)


def test_code_of_any_thread_is_interrupted() -> None:
    """A signal would reach the main thread alone."""
    found: list[BaseException] = []

    def work() -> None:
        try:
            TimeLimit(CallTimes(), 20 * MS).run(stubborn)
        except OvertimeError as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert len(found) == 1


@pytest.mark.parametrize("error", [ValueError("v"), KeyboardInterrupt()])
def test_errors_and_ctrl_c_come_through(error: BaseException) -> None:
    """As they are."""
    with pytest.raises(type(error)) as raised:
        TimeLimit(CallTimes()).run(raising(error))

    assert raised.value is error


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit()])
def test_what_would_end_the_program_becomes_an_error(error: BaseException) -> None:
    """The user wants to see it, not to lose the screen."""
    with pytest.raises(QuitError, match=f"it raised {type(error).__name__}"):
        TimeLimit(CallTimes()).run(raising(error))


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Python swallows and reports what is raised while it frees garbage, interrupts as well."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_an_interrupt_never_comes_after_its_call() -> None:
    """Calls that end just as they are interrupted end one way or the other, and nothing else."""
    limit, is_over = TimeLimit(CallTimes(), 1), threading.Event()

    def look() -> None:
        while not is_over.is_set():
            limit.look()
            time.sleep(0)

    watcher = threading.Thread(target=look)
    watcher.start()
    ends = {"in time": 0, "late": 0}
    try:
        for _ in range(300):
            try:
                limit.run(lambda: spin(MS // 20))
                ends["in time"] += 1
            except OvertimeError:
                ends["late"] += 1
            spin(MS // 100)
    finally:
        is_over.set()
        watcher.join()

    assert sum(ends.values()) == 300
    assert ends["late"] > 0


def test_a_limit_nobody_holds_is_not_watched() -> None:
    """Its thread has no hold on it, and ends."""
    limit = TimeLimit(CallTimes())
    before = set(threading.enumerate())
    limit.run(lambda: None)
    (watcher,) = set(threading.enumerate()) - before
    del limit
    watcher.join(10)

    assert not watcher.is_alive()


class Unshowable(Exception):  # noqa: N818
    """An error whose words raise."""

    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("a\nb  c"), "ValueError: a b c"),
        (ValueError(), "ValueError"),
        (Unshowable(), "Unshowable: an error that cannot be shown"),
    ],
)
def test_an_error_is_one_line(error: Exception, words: str) -> None:
    """Whatever it says."""
    assert headline(error) == words


def test_what_is_told_is_bounded() -> None:
    """Long words and deep recursion come into every journal."""

    def deep(depth: int) -> int:
        return deep(depth + 1)

    for error in (RecursionError, ValueError):
        with pytest.raises(error) as raised:
            TimeLimit(CallTimes()).run(
                (lambda: deep(0)) if error is RecursionError else raising(ValueError("x" * 10**6))
            )
        assert len(told(raised.value)) <= MAX_TEXT
