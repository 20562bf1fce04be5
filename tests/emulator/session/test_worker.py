"""The thread that does a recorder's slow work."""

import threading

from emulator.session.worker import Inline, WorkerThread

PATIENCE_S = 30.0


def test_jobs_are_done_in_order_and_all_before_the_close() -> None:
    """Close waits for what is left."""
    done: list[int] = []
    worker = WorkerThread(on_done=lambda: None, on_failed=lambda _: None)
    for number in range(500):
        worker.submit(lambda number=number: done.append(number))  # type: ignore[misc]
    worker.close()
    assert done == list(range(500))
    assert worker.backlog == 0


def test_submitting_does_not_wait() -> None:
    """While a job hangs others queue up, and the backlog counts them."""
    go, idle = threading.Event(), threading.Event()
    waited: list[bool] = []
    worker = WorkerThread(on_done=idle.set, on_failed=lambda _: None)
    worker.submit(lambda: waited.append(go.wait(PATIENCE_S)))
    worker.submit(lambda: None)
    assert worker.backlog == 2
    go.set()
    assert idle.wait(PATIENCE_S)
    worker.close()
    assert waited == [True]


def test_a_job_that_raises_is_told_and_the_next_is_done() -> None:
    """A bug in one job must not cost what others would write."""
    failures: list[Exception] = []
    done: list[str] = []
    worker = WorkerThread(on_done=lambda: None, on_failed=failures.append)
    worker.submit(lambda: done.insert(0, done[5]))
    worker.submit(lambda: done.append("next"))
    worker.close()
    assert [type(each) for each in failures] == [IndexError]
    assert done == ["next"]


def test_inline_work_is_done_at_once() -> None:
    """For cores without threads."""
    done: list[int] = []
    worker = Inline()
    worker.submit(lambda: done.append(1))
    assert (done, worker.backlog) == ([1], 0)
