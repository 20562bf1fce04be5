"""Recording on the screen: keys, header, problems in words, and where the files went."""

import pytest

from rtgen_tui.recordings import Recordings
from rtgen_tui.session import Recording
from rtgen_tui.widgets.numbers import size
from tests.rtgen_tui.screens_for_tests import running
from tests.rtgen_tui.snapshots_for_tests import make_snapshot

FILE = "/data/call.rtgen"
FULL = "/data/call.rtgen cannot be written: No space left on device"


async def test_r_begins_and_ends_a_recording() -> None:
    """In a new file in the sessions folder, in one piece."""
    async with running() as run:
        await run.press("r")
        run.core.recording = Recording(FILE, 1_400_000, "")
        await run.press("r")

        assert run.core.sent == [
            {"t": "record", "path": "", "rotate_bytes": 0, "rotate_s": 0},
            {"t": "stop-recording"},
        ]


async def test_r_twice_needs_no_snapshot_between() -> None:
    """Each key means what it would mean if the core had answered the one before at once."""
    async with running() as run:
        await run.press("r", "r", "r")
        run.core.refuse("record: there is no such folder")
        await run.frame()
        await run.press("r")

        kinds = [message["t"] for message in run.core.sent]
        assert kinds == ["record", "stop-recording", "record", "record"]


async def test_capital_r_saves_the_flight_recorder() -> None:
    """Recorded or not."""
    async with running() as run:
        await run.press("R")

        assert run.core.sent == [{"t": "save-flight", "path": ""}]


@pytest.mark.parametrize(("width", "words"), [(120, "● REC 1.4 MB"), (40, "● REC 1.4 MB")])
async def test_the_header_says_that_it_is_recorded(width: int, words: str) -> None:
    """Glyph, word and size; at 40 columns too."""
    async with running(size=(width, 24)) as run:
        run.core.recording = Recording(FILE, 1_400_000, "")
        await run.frame(make_snapshot(t_ns=135_000_000_000))
        assert words in run.text().splitlines()[0]
        run.core.recording = None
        await run.frame(make_snapshot(t_ns=136_000_000_000))

        assert "REC" not in run.text()


async def test_a_full_disk_is_told_in_words_and_stays() -> None:
    """Also when the recording was given up; until the user begins another one."""
    async with running(size=(100, 24)) as run:
        run.core.recording = Recording(FILE, 1_400_000, FULL)
        await run.frame()
        failing = run.text()
        run.core.recording = None
        await run.frame(make_snapshot(t_ns=135_000_000_000))
        over = run.text()
        await run.press("r")
        await run.frame()

        assert "! REC fails 1.4 MB" in failing.splitlines()[0]
        assert f"Recording: {FULL}" in failing
        assert f"Recording: {FULL}" in over
        assert "Recording:" not in run.text()


async def test_a_saved_session_pops_up_and_is_told_after_the_screen_is_gone() -> None:
    """A file that is closed as the screen ends too; each once, oldest first."""
    async with running() as run:
        run.core.save("/data/flight.rtgen")
        run.core.recording = Recording(FILE, 10, "")
        await run.frame()
        assert run.toasts() == ["/data/flight.rtgen"]
        run.core.save(FILE)

    assert run.app.monitor.recordings.paths == ["/data/flight.rtgen", FILE]


async def test_a_recording_of_a_core_that_died_is_told_too() -> None:
    """The file is there: it misses a second at most."""
    async with running() as run:
        run.core.recording = Recording(FILE, 10, "")
        await run.frame()
        run.core.die("killed by signal 9")
        await run.frame()
        assert "REC" not in run.text()

    assert run.app.monitor.recordings.paths == [FILE]


def test_a_problem_that_is_over_is_not_told_any_more() -> None:
    """The disk has room again, and nothing is missing."""
    recordings = Recordings()
    recordings.follow(Recording(FILE, 10, FULL))
    recordings.follow(Recording(FILE, 20, ""))

    assert recordings.problem == ""


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (47_300, "47 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (1_400_000, "1.4 MB"),
        (250_000_000, "250 MB"),
        (999_500_000, "1.0 GB"),
        (5 * 10**12, "5.0 TB"),
    ],
)
def test_sizes_are_short_and_have_their_unit(count: int, text: str) -> None:
    """Three digits say enough."""
    assert size(count) == text
