"""Draws the screenshot of the README: `python -m tools.screenshot docs/dashboard.svg`.

The application itself runs without a terminal on a core whose clock is moved by hand, so the
picture is the same on every machine.
"""

import asyncio
import sys
from pathlib import Path

from textual.pilot import Pilot

from rtgen_tui.app import RtgenApp
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.session import RunRequest

SIZE = (120, 40)
REQUEST = RunRequest("ryzen-ai-9-hx-370", "video-call", "fcfs")
SCRIPT: tuple[tuple[float, str], ...] = ((7.6, "3"), (12.4, "1"), *((17.9, "down"),) * 3)
"""When which key is pressed, in seconds of the run."""
END_S = 18.0
STEP_S = 0.1
NS = 1_000_000_000


async def draw() -> str:
    """Runs the script and returns what the screen then shows, as SVG."""
    core = InProcessCore()
    app = RtgenApp(lambda: core, REQUEST)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        now_s = 0.0
        for at_s, key in (*SCRIPT, (END_S, "")):
            now_s = await _run_until(core, pilot, now_s, at_s)
            if key:
                await pilot.press(key)
        await pilot.pause(0.3)
        return app.export_screenshot(title="rtgen-tui")


async def _run_until(core: InProcessCore, pilot: Pilot[None], now_s: float, end_s: float) -> float:
    while now_s < end_s:
        now_s = min(end_s, now_s + STEP_S)
        core.tick(round(now_s * NS))
        await pilot.pause()
    return now_s


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(draw()), encoding="utf-8")
