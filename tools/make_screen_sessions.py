"""Writes tests/data/session/screens/: a short session of each bundled scenario, to draw goldens of.

Each has a policy swap, a stream that is stopped and started again, and a marker. To be run again
when a session of this version cannot be replayed any more; the goldens then change with it.
"""

import asyncio
import sys
from pathlib import Path
from typing import Final

from emulator import catalog
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.session import RunRequest

FOLDER: Final = Path(__file__).parents[1] / "tests" / "data" / "session" / "screens"
MAX_BYTES: Final = 200_000
END_S: Final = 8.0
TICK_NS: Final = 50_000_000


def inputs(stream: str) -> tuple[tuple[float, dict[str, object]], ...]:
    """What the user does at which second."""
    return (
        (2.0, {"t": "swap", "policy": "edf"}),
        (3.0, {"t": "stop-stream", "stream": stream}),
        (4.5, {"t": "marker", "text": "somebody else joins"}),
        (5.0, {"t": "start-stream", "stream": stream}),
    )


async def record(scenario: str, path: Path) -> None:
    """Run the scenario in virtual time, and record it from its start."""
    waiting = list(inputs(catalog.load_scenario(scenario).streams[0].name))
    core = InProcessCore()
    await core.start()
    await core.send(RunRequest("", scenario, "fcfs", seed=7).command())
    await core.send({"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0})
    for wall_ns in range(0, round(END_S * 1e9) + 1, TICK_NS):
        core.tick(wall_ns)
        while waiting and waiting[0][0] * 1e9 <= wall_ns:
            await core.send(waiting.pop(0)[1])
    await core.close()
    wrong = [notice.text for notice in core.messages() if notice.kind != "saved"]
    if wrong:
        raise SystemExit(f"{scenario}: {'; '.join(wrong)}")


def main() -> None:
    """All scenarios, or those named as arguments."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for scenario in sys.argv[1:] or catalog.scenario_names():
        path = FOLDER / f"{scenario}.rtgen"
        path.unlink(missing_ok=True)
        asyncio.run(record(scenario, path))
        size = path.stat().st_size
        print(f"{path.name}: {size:,} bytes")
        if size > MAX_BYTES:
            raise SystemExit(f"{path.name} is over {MAX_BYTES:,} bytes")


if __name__ == "__main__":
    main()
