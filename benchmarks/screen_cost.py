"""What the screen costs: CPU, bytes to the terminal and the time from a key to its effect.

Under tmux, for 30 s each, beside a bare Textual application with a clock. Linux only.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.terminal import PROGRAM, Terminal, cpu_s, has_tmux

CLOCK = """
from datetime import datetime
from textual.app import App
from textual.widgets import Static
class Clock(App):
    def compose(self):
        yield Static()
    def on_mount(self):
        self.set_interval(0.1, self.tick)
    def tick(self):
        self.query_one(Static).update(datetime.now().isoformat())
Clock().run()
"""
SIZES = ((120, 40), (80, 24))
KEYS = 40


def measured(
    command: Sequence[str], size: tuple[int, int], keys: Sequence[str], seconds: float
) -> tuple[float, float]:
    """(percent of a core, kilobytes per second) of a program after some keys."""
    with tempfile.TemporaryDirectory() as folder:
        sink = Path(folder) / "bytes"
        with Terminal(command, size=size, pipe_to=sink) as screen:
            time.sleep(6)
            for key in keys:
                screen.type(key)
                time.sleep(0.5)
            pid, before_s, begun_s = screen.pid, cpu_s(screen.pid), time.monotonic()
            before = sink.stat().st_size
            time.sleep(seconds)
            took_s = time.monotonic() - begun_s
            percent = 100 * (cpu_s(pid) - before_s) / took_s
            return percent, (sink.stat().st_size - before) / 1000 / took_s


def key_times(scenario: str) -> list[float]:
    """Milliseconds from a digit to the policy's name in the header."""
    found = []
    with Terminal([*PROGRAM, "run", scenario]) as screen:
        screen.wait(lambda text: "1 fcfs" in text, "the dashboard")
        time.sleep(3)
        for number in range(KEYS):
            digit, name = (("3", "3 edf"), ("1", "1 fcfs"))[number % 2]
            begun = time.perf_counter()
            screen.type(digit)
            screen.wait(lambda text, name=name: name in text.partition("\n")[0], name)  # type: ignore[misc]
            found.append(1000 * (time.perf_counter() - begun))
            time.sleep(0.3)
    return found


def main(arguments: list[str]) -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(prog="screen_cost", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    seconds = parser.parse_args(arguments).seconds
    if not has_tmux() or not sys.platform.startswith("linux"):
        print("needs tmux, on Linux")
        return 1
    for size in SIZES:
        shown = f"{size[0]}x{size[1]}"
        runs: list[tuple[str, Sequence[str], tuple[str, ...]]] = [
            ("bare clock", [sys.executable, "-c", CLOCK], ()),
            ("dashboard", [*PROGRAM, "run", "video-call"], ("3",)),
            ("frozen", [*PROGRAM, "run", "video-call"], ("3", "Space")),
            ("timeline", [*PROGRAM, "run", "video-call"], ("3", "F2")),
        ]
        for name, command, keys in runs:
            percent, kilobytes = measured(command, size, keys, seconds)
            print(f"{shown:>7} {name:12} {percent:5.1f} % of a core, {kilobytes:6.1f} kB/s")
    times = sorted(key_times("overload"))
    p95 = times[round(0.95 * (len(times) - 1))]
    print(f"key to changed screen: p50 {statistics.median(times):.0f} ms, p95 {p95:.0f} ms")
    print("(of which tmux and its polling take what an empty screen would take)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
