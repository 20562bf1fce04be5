"""Walks through the application in a real terminal: ``python -m tests.tour [--resizes 100]``.

Start, swap, add a stream, look at every view, ask what if, record, quit, replay, seek, compare,
quit: under three kinds of terminal and at 10 and 30 pictures a second, with a storm of resizes in
between. After each the screen must say what it should, no traceback may stand anywhere, and no
process may be left.
"""

import argparse
import random
import re
import subprocess
import tempfile
import time
from pathlib import Path

from tests.terminal import PROGRAM, Terminal

TERMS = ("xterm-256color", "screen-256color", "tmux-256color")
RATES = (10, 30)
RUN_S = 8
WRONG = ("Traceback", "Error:", "\ufffd")


def shows(*words: str) -> "Words":
    """A condition: all these words are on the screen, and nothing that is wrong."""
    return Words(words)


class Words:
    """What must stand on the screen."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def __call__(self, text: str) -> bool:
        """Whether it does."""
        for wrong in WRONG:
            assert wrong not in text, text
        return all(each in text for each in self._words)


def clock_s(text: str) -> float:
    """Run time in the header; 0 where there is none."""
    found = re.search(r"(\d\d):(\d\d):(\d\d)\.\d", text)
    return 0 if found is None else sum(int(n) * 60**k for k, n in enumerate(found.groups()[::-1]))


def walk(term: str, fps: int, resizes: int, folder: Path) -> None:
    """One walk. Raises AssertionError: something was not as it should be."""
    session = folder / "tour.rtgen"
    session.unlink(missing_ok=True)
    command = [*PROGRAM, "run", "video-call", "--fps", str(fps), "--record", str(session)]
    with Terminal(command, term=term) as screen:
        screen.wait(shows("video-call", "1 fcfs", "Streams 7"), "the dashboard")
        screen.type("3")
        screen.wait(shows("3 edf", "fcfs -> edf"), "the swap")
        screen.type("c")
        screen.wait(shows("as it was"), "the counterfactual")
        screen.type("c")
        for key, words in (("F2", "Timeline"), ("F4", "Events"), ("F5", "Sessions")):
            screen.type(key)
            screen.wait(shows(words), f"the view of {key}")
        screen.type("F1")
        screen.type("a")
        screen.wait(shows("game-npc"), "the streams to add")
        screen.type("u", "p", "s", "c", "a", "l", "e")
        screen.wait(lambda text: "game-npc upscale" in text or "upscale" in text, "the stream")
        screen.type("Enter")
        screen.wait(shows("Streams 8", "upscale"), "the added stream")
        storm(screen, resizes)
        screen.wait(lambda text: clock_s(text) >= RUN_S, "some seconds of run time")
        screen.wait(shows("Streams 8", "3 edf"), "the dashboard after the storm")
        pid = screen.pid
        screen.type("q")
        screen.wait(lambda text: "recorded" in text, "the farewell")
        assert_gone(pid)
    with Terminal([*PROGRAM, "replay", str(session)], term=term) as screen:
        screen.wait(shows("REPLAY", "tour.rtgen"), "the replay")
        screen.type("Space", "Home")
        screen.wait(shows("00:00:00"), "the start")
        screen.type("Right")
        screen.wait(shows("00:00:05"), "five seconds on")
        screen.type("q")
        screen.wait(lambda text: "left at" in text, "the farewell of the replay")
    with Terminal([*PROGRAM, "compare", str(session), str(session), "--screen"], term=term) as both:
        both.wait(shows("Figures"), "the comparison")
        both.type("q")
        both.wait(lambda _: both.is_dead, "the end of the comparison")


def storm(screen: Terminal, resizes: int) -> None:
    """Random sizes, as fast as they come, and then the first again."""
    rng = random.Random(resizes)  # noqa: S311 - sizes
    for _ in range(resizes):
        screen.resize((rng.randint(30, 200), rng.randint(8, 60)))
        time.sleep(0.02)
    screen.resize((120, 40))


def assert_gone(pid: int, timeout_s: float = 5.0) -> None:
    """No process of the session is left."""
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        left = subprocess.run(
            ["ps", "--ppid", str(pid), "-o", "pid="],  # noqa: S607 - wherever it is
            capture_output=True,
            check=False,
        )
        if not left.stdout.strip():
            return
        time.sleep(0.1)
    raise AssertionError("the core was left running")


def main() -> None:
    """All walks; prints a line each."""
    parser = argparse.ArgumentParser(description="Walks through the application under tmux.")
    parser.add_argument("--resizes", type=int, default=100)
    resizes = parser.parse_args().resizes
    with tempfile.TemporaryDirectory() as folder:
        for term in TERMS:
            for fps in RATES:
                begun = time.monotonic()
                walk(term, fps, resizes, Path(folder))
                print(f"{term} at {fps}/s: fine, {time.monotonic() - begun:.0f} s")  # noqa: T201


if __name__ == "__main__":
    main()
