"""What happens before the screen is taken and after it is gone."""

import asyncio
from fractions import Fraction
from pathlib import Path
from unittest.mock import Mock

import pytest

from emulator.errors import UserError
from emulator.snapshot import Snapshot
from rtgen_tui.commands import dashboard, on_screen
from rtgen_tui.commands.chosen import Choices, Rotation
from rtgen_tui.commands.farewell import LINES, farewell, recorded
from rtgen_tui.core_process import spawn_core
from rtgen_tui.exits import EndedError, RunError
from rtgen_tui.recordings import Recordings
from rtgen_tui.session import Core, CoreFactory, RunRequest
from tests.rtgen_tui.snapshots_for_tests import (
    HOSTILE_NAME,
    make_llm_stream,
    make_policies,
    make_snapshot,
    make_stream,
)


def test_request_is_what_was_chosen() -> None:
    """Options reach the core as they were given, defaults where they were not."""
    choices = Choices(
        "video-call", policy="edf", seed=7, duration_s=Fraction(5, 2), speed=2.0, fps=20.0
    )

    assert dashboard.asked(choices) == RunRequest(
        "", "video-call", "edf", seed=7, speed=2.0, duration_s=2.5
    )
    assert dashboard.asked(Choices("video-call")) == RunRequest("", "video-call", "fcfs")


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (Choices("vide-call"), "did you mean 'video-call'"),
        (Choices("video-call", profile="nope"), "unknown profile 'nope'"),
        (Choices("video-call", policy="fcsf"), "did you mean 'fcfs'"),
        (Choices("video-call", seed=-1), "--seed: the dashboard takes 0 to 9223372036854775807"),
        (Choices("video-call", seed=2**63), "--seed: the dashboard takes"),
    ],
)
def test_a_mistake_gives_the_terminal_back(
    choices: Choices, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong option or file is a sentence, not a screen that stays empty."""
    monkeypatch.setattr("rtgen_tui.app.RtgenApp", _App)
    monkeypatch.setattr(_App, "waits", True)
    with pytest.raises(UserError, match=words):
        dashboard.run_dashboard(choices, spawn_core())


class _App:
    """An application that was closed at once."""

    def __init__(
        self,
        factory: CoreFactory,
        request: RunRequest,
        fps: float,
        *,
        running: Core,
        beside: str,
        **_: object,
    ) -> None:
        self.running = running
        self.left, self.mounted = asyncio.Event(), asyncio.Event()
        self.monitor = FakeMonitor()
        self.summary: Snapshot | None = make_snapshot()
        self.return_code: int | None = 0
        self.given = (factory, request, fps)
        _App.made = self

    made: "_App"
    waits = False

    async def run_async(self) -> None:
        """Shows nothing, for as long as it takes until the core has answered."""
        self.mounted.set()
        if self.waits:
            await self.left.wait()

    def exit(self) -> None:
        """Leaves."""
        self.left.set()

    def call_later(self, *_: object) -> None:
        """Has no screen to draw."""


class FakeMonitor:
    """A run without a problem."""

    problem = ""

    def __init__(self) -> None:
        self.recordings = Recordings()
        self.recordings.saved("/data/call one.rtgen")


def test_a_recording_is_asked_for_as_it_was_chosen() -> None:
    """In this file, rotated or not; nothing is asked for by default."""
    rotated = Choices("video-call", record="a.rtgen", rotate=Rotation(duration_s=Fraction(90)))
    command = {"t": "record", "path": "a.rtgen", "rotate_bytes": 0, "rotate_s": 0}

    assert dashboard.recording(Choices("video-call")) is None
    assert dashboard.recording(Choices("video-call", record="a.rtgen")) == command
    assert dashboard.recording(rotated) == {**command, "rotate_s": 90.0}


def test_a_file_that_cannot_be_recorded_into_gives_the_terminal_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whoever asks for a recording does not want to find out later that there is none."""
    monkeypatch.setattr("rtgen_tui.app.RtgenApp", _App)
    monkeypatch.setattr(_App, "waits", True)
    choices = Choices("video-call", record=str(tmp_path / "no" / "such.rtgen"))
    with pytest.raises(UserError, match=r"such\.rtgen"):
        dashboard.run_dashboard(choices, spawn_core())


@pytest.mark.parametrize(
    ("paths", "lines"),
    [
        ([], []),
        (["/a b.rtgen"], ["recorded /a b.rtgen", "see it again: rtgen-tui replay '/a b.rtgen'"]),
        (
            [f"/{n}.rtgen" for n in range(9)],
            [
                "recorded 5 more files before them",
                *(f"recorded /{n}.rtgen" for n in range(5, 9)),
                "see it again: rtgen-tui replay /8.rtgen",
            ],
        ),
    ],
)
def test_recordings_are_named(paths: list[str], lines: list[str]) -> None:
    """The last lines say where everything went, and how to see it again."""
    assert recorded(paths) == lines


def test_the_farewell_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the screen is gone, what was seen is on stdout."""
    monkeypatch.setattr("rtgen_tui.app.RtgenApp", _App)
    dashboard.run_dashboard(Choices("video-call", fps=20.0), spawn_core())

    assert capsys.readouterr().out.splitlines() == [
        *farewell(make_snapshot()),
        "recorded /data/call one.rtgen",
        "see it again: rtgen-tui replay '/data/call one.rtgen'",
    ]
    assert _App.made.given[1:] == (dashboard.asked(Choices("video-call")), 20.0)


def test_a_core_that_ended_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the screen said of the core's end is said again as the reason of exit code 1."""
    monkeypatch.setattr("rtgen_tui.app.RtgenApp", _App)
    monkeypatch.setattr(FakeMonitor, "problem", "the core has ended")
    with pytest.raises(RunError, match="the core has ended"):
        dashboard.run_dashboard(Choices("video-call"), spawn_core())


def test_the_exit_code_of_the_screen_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that a signal closed ends with that signal's code."""

    class Closed(_App):
        async def run_async(self) -> None:
            self.return_code = 129

    monkeypatch.setattr("rtgen_tui.app.RtgenApp", Closed)
    with pytest.raises(EndedError) as ended:
        dashboard.run_dashboard(Choices("video-call"), spawn_core())
    assert ended.value.code == 129


def test_farewell_names_the_run() -> None:
    """The first lines say what ran, on what, for how long, and how it went."""
    snapshot = make_snapshot(scenario="video-call", profile="chip", seed=42, missed=25, known=100)
    ran, policy, missed, *_ = farewell(snapshot)

    assert ran == "video-call on chip, seed 42, 00:02:14.3 of virtual time"
    assert policy.startswith(f"policy {snapshot.policy}")
    assert missed.startswith("missed 25 of 100 (25.0 %) jobs with a deadline")


def test_farewell_compares_the_policies_that_were_active() -> None:
    """Each policy that was active has its rate and its time, the longest first."""
    policies = tuple(
        each._replace(name=name, active_s=active_s, missed=missed, known=200)
        for each, name, active_s, missed in zip(
            make_policies(), ("fcfs", "static", "edf"), (20.0, 0.0, 63.0), (20, 0, 1), strict=False
        )
    )
    _, policy, *_ = farewell(make_snapshot(policies=policies, policy="edf"))

    assert policy == "policy edf; missed 0.5 % in 63 s of edf, 10.0 % in 20 s of fcfs"


@pytest.mark.parametrize("count", [0, 1, 6, 7, 40])
def test_farewell_is_ten_lines_at_most(count: int) -> None:
    """However many streams there are, the worst are named and the others counted."""
    streams = tuple(make_stream(i, f"s{i}", missed=i, known=100) for i in range(count))
    lines = farewell(make_snapshot(streams=(*streams, make_llm_stream(count, "llm", known=0))))
    named = [line.split()[0] for line in lines[3:] if line.startswith("  s")]

    assert len(lines) <= LINES
    assert named == [f"s{i}" for i in range(count - 1, -1, -1)][: len(named)]
    left_out = count + 1 - len([x for x in lines[3:] if x.startswith("  ") and "more" not in x])
    assert (f"  and {left_out} more streams" in lines) == bool(left_out)
    assert lines[-1].endswith(" s")


def test_farewell_says_over_which_time_each_figure_is() -> None:
    """Misses are of the run, the percentile of the window; without any job in it there is none."""
    stream = make_stream(0, "denoise", missed=433, known=3663, p95_ms=4.5, deadline_ms=10.0)
    lines = [
        farewell(make_snapshot(streams=(each,)))[3]
        for each in (stream, stream._replace(p95_ms=None))
    ]

    assert lines == [
        "  denoise  missed 433 of 3,663 (11.8 %), p95 4.50 ms over the last 10 s, deadline 10.0 ms",
        "  denoise  missed 433 of 3,663 (11.8 %), deadline 10.0 ms",
    ]


def test_farewell_is_harmless() -> None:
    """A name cannot steer the terminal or fill it."""
    streams = (make_stream(0, HOSTILE_NAME),)
    text = "\n".join(farewell(make_snapshot(streams=streams, scenario=HOSTILE_NAME)))

    assert "\x1b" not in text
    assert "\u202e" not in text
    assert max(map(len, text.splitlines())) < 200


async def test_a_core_that_dies_at_once_ends_the_screen_only_when_there_is_one() -> None:
    """Textual ends with a traceback when it is told to in the middle of its first screen."""
    app = Mock(mounted=asyncio.Event())
    beginning = asyncio.create_task(on_screen._begin(asyncio.create_task(_fails()), app))
    for _ in range(5):
        await asyncio.sleep(0)
    app.exit.assert_not_called()
    app.mounted.set()
    await beginning

    app.exit.assert_called_once()


async def _fails() -> None:
    raise OSError
