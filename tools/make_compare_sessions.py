"""Writes tests/data/session/compare/: one scenario and seed under two policies, to compare.

To be run again when a session of this version cannot be replayed any more; the goldens then change
with it.
"""

import asyncio
from pathlib import Path
from typing import Final

from rtgen_tui.in_process import InProcessCore
from rtgen_tui.session import RunRequest

FOLDER: Final = Path(__file__).parents[1] / "tests" / "data" / "session" / "compare"
MAX_BYTES: Final = 100_000
SCENARIO: Final = "overload"
POLICIES: Final = ("fcfs", "edf")
SEED: Final = 7
END_S: Final = 8.0
TICK_NS: Final = 50_000_000


async def record(policy: str, path: Path) -> None:
    """Run the scenario in virtual time, and record it from its start."""
    core = InProcessCore()
    await core.start()
    await core.send(RunRequest("", SCENARIO, policy, seed=SEED).command())
    await core.send({"t": "record", "path": str(path), "rotate_bytes": 0, "rotate_s": 0})
    for wall_ns in range(0, round(END_S * 1e9) + 1, TICK_NS):
        core.tick(wall_ns)
    await core.close()
    wrong = [notice.text for notice in core.messages() if notice.kind != "saved"]
    if wrong:
        raise SystemExit(f"{policy}: {'; '.join(wrong)}")


def main() -> None:
    """Both policies."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for policy in POLICIES:
        path = FOLDER / f"{policy}.rtgen"
        path.unlink(missing_ok=True)
        asyncio.run(record(policy, path))
        size = path.stat().st_size
        print(f"{path.name}: {size:,} bytes")
        if size > MAX_BYTES:
            raise SystemExit(f"{path.name} is over {MAX_BYTES:,} bytes")


if __name__ == "__main__":
    main()
