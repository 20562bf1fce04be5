"""Two sessions beside each other on fake cores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from emulator.snapshot import Snapshot
from rtgen_tui.beside import Beside
from rtgen_tui.session import FakeCore
from rtgen_tui.whole_files import Divergence, WholeFigure, WholeFiles
from tests.rtgen_tui.screens_for_tests import Running, make_tape, replaying
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

OTHER = "/home/me/calls/tuesday.rtgen"
WHOLE = WholeFiles(
    figures={"violation_rate": WholeFigure(20.0, 10.0, b_is_better=True)},
    warnings=("the seeds differ: 1 and 2", "B: its last 3 bytes are left out"),
    facts=(("1", "2"),),
    equal_events=48_213,
    equal_until_ns=72_400_000_000,
    divergence=Divergence(72_400_000_000, 48_213, "started blur#12 on npu", "started asr#3 on npu"),
)


class Comparing:
    """Stands for the process that compares the whole files."""

    made: list["Comparing"]
    found: WholeFiles | str = WHOLE

    def __init__(self, a: str, b: str) -> None:
        self.paths = (a, b)
        self.stopped = False
        self.made.append(self)

    def wait(self) -> WholeFiles | str:
        """At once."""
        return self.found

    def stop(self) -> None:
        """Is remembered."""
        self.stopped = True


def beside(run: Running) -> Beside:
    """The second session."""
    assert run.app.monitor.beside is not None
    return run.app.monitor.beside


def seeks(core: FakeCore) -> list[object]:
    """Where a core was sent."""
    return [each["t_ns"] for each in core.sent if each["t"] == "seek"]


async def move(run: Running, core: FakeCore, **changes: object) -> None:
    """Have a core show another instant, and draw."""
    assert core.latest is not None
    core.latest = core.latest._replace(**changes)  # type: ignore[arg-type]
    await run.view.tick()
    await run.pilot.pause()


@asynccontextmanager
async def two(
    size: tuple[int, int] = (120, 40), b: Snapshot | None = None, **tape: object
) -> AsyncIterator[tuple[Running, FakeCore, FakeCore]]:
    """Both sessions open at the same instant; B is under fcfs."""
    async with replaying(size=size) as run:
        await run.app.start_comparison(OTHER)
        await run.app.workers.wait_for_complete()
        one, other = run.cores
        other.latest = b or make_snapshot(policy="fcfs", state="paused", missed=900)
        other.tape = make_tape(path=OTHER, **tape)
        for _ in range(3):
            await run.view.tick()
            await run.pilot.pause()
        for core in run.cores:
            core.sent.clear()
        yield run, one, other
