"""Many runs in virtual time, here or on an executor of any kind.

Example:
    >>> with worker_processes(4) as executor:
    ...     for record in run_all(cases, executor):
    ...         print(record.case.policy, record.summary.overall.violation_rate)
"""

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from multiprocessing import resource_tracker
from threading import Thread

from emulator.energy import Energy, energy_of
from emulator.metrics.facts import StreamReader
from emulator.policies.own_name import is_own
from emulator.profile import Profile
from emulator.refused_runs import refuse_failures
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.schema.arrival import ClosedLoop
from emulator.simulation import simulate
from emulator.summary import Summary, summarize


@dataclass(frozen=True, slots=True)
class Case:
    """One run: everything that its result depends on."""

    profile: Profile
    scenario: Scenario
    policy: str
    seed: int = 0
    duration_s: Fraction = Fraction(60)
    noise: bool = True
    effects: str = ""
    """As for ``simulate``."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What came out of one run."""

    case: Case
    summary: Summary
    open_loop: Summary
    """The same without closed-loop streams, whose jobs differ from policy to policy; backends count
    all work."""
    energy: Energy | None = None
    """None for a profile without any power."""


def closed_loop_streams(scenario: Scenario) -> tuple[str, ...]:
    """Names of the streams whose next release waits for the end of the job before it."""
    return tuple(each.name for each in scenario.streams if isinstance(each.arrival, ClosedLoop))


def run_one(case: Case) -> RunRecord:
    """Runs a case in this process.

    Raises:
        UserError: an unknown policy, or a scenario that does not fit the profile; somebody's own
        policy that failed, as the figures would be those of another one.
    """
    result = simulate(
        case.profile,
        case.scenario,
        case.policy,
        duration_s=str(case.duration_s),
        seed=case.seed,
        noise=case.noise,
        effects=case.effects,
        journal=False,
        on_events=(lambda events, _: refuse_failures(events)) if is_own(case.policy) else None,
    )
    energy = energy_of(result, case.profile)
    return RunRecord(case, result.summary, _open_loop(case, result), energy)


def run_all(cases: Iterable[Case], executor: Executor | None = None) -> Iterator[RunRecord]:
    """Runs all cases and yields their records in the order of the cases, each when it is there.

    The records do not depend on the executor: a run shares nothing with another.

    Args:
        cases: what to run; with an executor, all of them are handed to it at once.
        executor: runs them, such as ``worker_processes`` or the one of a Dask client; None runs
            them one after the other in this process.

    Raises:
        UserError: as ``run_one``.
        BrokenExecutor: a worker process died.
    """
    if executor is None:
        yield from map(run_one, cases)
        return
    with interrupts_held():
        waiting = [(case, executor.submit(_outcome, case)) for case in cases]
    for case, outcome in waiting:
        yield RunRecord(case, *outcome.result())


@contextmanager
def worker_processes(count: int) -> Iterator[Executor | None]:
    """An executor of ``count`` processes, for ``run_all``; None for a count of 1.

    The processes are spawned, so a script that uses this needs ``if __name__ == "__main__":``.
    When the block is left by an exception, ctrl-C among them, they end at once and without a word.
    """
    if count <= 1:
        yield None
        return
    others = set(multiprocessing.active_children())
    spawn = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(count, mp_context=spawn, initializer=_begin_worker)
    try:
        yield executor
    except BaseException:
        for worker in set(multiprocessing.active_children()) - others:
            worker.terminate()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


def _outcome(case: Case) -> tuple[Summary, Summary, Energy | None]:
    """What goes back over the pipe: the other side has the case."""
    record = run_one(case)
    return record.summary, record.open_loop, record.energy


def _open_loop(case: Case, result: RunResult) -> Summary:
    left_out = closed_loop_streams(case.scenario)
    if not left_out:
        return result.summary
    reader = StreamReader(case.profile, case.scenario)
    kept = [each.name for each in case.scenario.streams if each.name not in left_out]
    summary = summarize(
        [job for job in result.jobs if job.stream not in left_out],
        streams=[reader.facts(name, None) for name in kept],
        output_tokens=[result.summary.streams[name].output_tokens for name in kept],
        busy_ns={},
        end_ns=result.end_ns,
    )
    return replace(summary, utilization=result.summary.utilization)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Keeps ctrl-C waiting in this thread, and from processes that are started meanwhile.

    A worker inherits the mask; else ctrl-C while it imports would print a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # Started with the first process it would let interrupts through again.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker() -> None:
    """Ctrl-C is the parent's business, and a worker without a parent has none."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
