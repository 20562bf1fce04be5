"""Where a recorder has its slow work done: compressing, and writing to disks."""

import queue
import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

Job: TypeAlias = Callable[[], None]

_CLOSE_S: Final = 5.0
"""How long a disk may take at the end before what is left is given up."""


class Worker(Protocol):
    """Does jobs one by one, in order."""

    @property
    def backlog(self) -> int:
        """Jobs that are not done yet."""

    def submit(self, job: Job) -> None:
        """Have a job done; returns at once if it has a thread for that."""

    def close(self) -> None:
        """Do what is left; returns when it is done, or given up."""

    def another(self) -> "Worker":
        """One more of its kind, which works beside it."""


class Inline:
    """Does every job at once."""

    backlog = 0

    def submit(self, job: Job) -> None:
        """Do it."""
        job()

    def close(self) -> None:
        """Nothing is left."""

    def another(self) -> "Inline":
        """It has nothing of its own."""
        return self


class WorkerThread:
    """A thread for the jobs.

    Args:
        on_done: called in the thread when no job is left.
        on_failed: called in the thread with what a job raised, which is a bug.
    """

    def __init__(self, *, on_done: Job, on_failed: Callable[[Exception], None]) -> None:
        self._on_done = on_done
        self._on_failed = on_failed
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        # Two counters with one writing thread each need no lock.
        self._submitted = 0
        self._done = 0
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Jobs that are not done yet."""
        return self._submitted - self._done

    def submit(self, job: Job) -> None:
        """Have it done."""
        self._submitted += 1
        self._jobs.put(job)

    def another(self) -> "WorkerThread":
        """A second thread that reports to the same."""
        return WorkerThread(on_done=self._on_done, on_failed=self._on_failed)

    def close(self) -> None:
        """Do what is left, for a few seconds at most."""
        self._jobs.put(None)
        self._thread.join(_CLOSE_S)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001  # the thread must live on for other jobs
                self._on_failed(error)
            self._done += 1
            if not self.backlog:
                self._on_done()
