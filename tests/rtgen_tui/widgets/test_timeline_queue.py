"""The row of a timeline that tells who waits at the cursor."""

from textual.color import Color

from emulator.timeline.queue import MAX_QUEUED, Queued
from rtgen_tui.journal_view import QueueStory
from rtgen_tui.symbols import BLOCK
from rtgen_tui.themes import THEMES, variable_defaults
from rtgen_tui.widgets.palette import Palette
from rtgen_tui.widgets.timeline_queue import queue_row

MS = 1_000_000
NAMES = {0: "frames", 1: "chat"}


def row(*jobs: Queued, label: int = 5) -> str:
    """The row at 100 ms, as text."""
    variables = THEMES[0].to_color_system().generate() | variable_defaults()
    palette = Palette(variables, Color.parse(variables["background"]))
    pieces = queue_row(QueueStory(100 * MS, jobs), NAMES.__getitem__, label, BLOCK, palette)
    return "".join(text for text, _ in pieces)


def test_each_job_has_the_time_to_its_deadline() -> None:
    """Or says how long it is over; a job without a deadline says neither."""
    waiting = (Queued(0, 7, 0, 97 * MS), Queued(0, 8, 0, 133 * MS), Queued(1, 2, 0, None))

    assert row(*waiting) == (
        "queue 3 wait  frames #7 3.0 ms over · frames #8 33.0 ms left · chat #2"
    )


def test_an_empty_queue_says_so() -> None:
    """An empty row could as well be an answer that has not come."""
    assert row(label=9) == "queue     nobody waits"


def test_a_cut_list_says_that_there_are_more() -> None:
    """The core tells the first of them only."""
    many = [Queued(0, job, 0, None) for job in range(MAX_QUEUED)]

    assert row(*many).startswith(f"queue {MAX_QUEUED}+ wait  frames #0")
