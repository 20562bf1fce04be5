"""The run on screen and what is known of it: what its core said last, for the screens to read."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from emulator.snapshot import Snapshot
from rtgen_tui.action import Mode
from rtgen_tui.history import History
from rtgen_tui.live_run import LiveRun
from rtgen_tui.session import Core, Recording, Tape, Timeline, WhatIf

if TYPE_CHECKING:
    from rtgen_tui.replay import Replay


class Watched:
    """A run and its core, to be read only: a ``Monitor`` is what changes them."""

    def __init__(self, run: "LiveRun | Replay") -> None:
        self.problem = ""
        """Why there is no core, in one sentence; empty while one runs."""
        self.frozen: Snapshot | None = None
        self.run = run
        self._core: Core | None = None
        self._history = History()
        self._told: set[str] = set()

    # --- the two kinds of run ----------------------------------------------------------------

    @property
    def mode(self) -> Mode:
        """Which of both is on screen, and so which actions there are."""
        return self.run.mode

    @property
    def live(self) -> LiveRun:
        """The run of the engine. Raises TypeError: a session is replayed."""
        if not isinstance(self.run, LiveRun):
            raise TypeError("a replay is no live run")
        return self.run

    @property
    def replay(self) -> "Replay":
        """The replay. Raises TypeError: the run is live."""
        if isinstance(self.run, LiveRun):
            raise TypeError("a live run is no replay")
        return self.run

    # --- what the screens read ---------------------------------------------------------------

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot there ever was, with a longer log; it outlives its core."""
        return self._history.take(self._core.latest if self._core is not None else None)

    @property
    def shown(self) -> Snapshot | None:
        """What the screen shows: the newest snapshot unless the screen is frozen."""
        return self.frozen or self.latest

    @property
    def recording(self) -> Recording | None:
        """The file that the run is recorded into, None while there is none."""
        return self._core.recording if self._core is not None and not self.problem else None

    @property
    def tape(self) -> Tape | None:
        """The session that is replayed, None in a live run."""
        return self._core.tape if self._core is not None else None

    @property
    def timeline(self) -> Timeline | None:
        """The session at a glance, None in a live run."""
        return self._core.timeline if self._core is not None else None

    @property
    def what_if(self) -> WhatIf | None:
        """The newest counterfactual of the run, while the user wants it."""
        wanted = isinstance(self.run, LiveRun) and self.run.what_if_wanted
        return self._core.what_if if self._core is not None and wanted else None

    def answer(self, kind: str) -> Mapping[str, object]:
        """The newest answer to a question of this kind; empty before the first."""
        return self._core.answers.get(kind, {}) if self._core is not None else {}

    def untold_problems(self) -> list[str]:
        """What is wrong with the session file, each sentence once.

        A file that is still being written ends in the middle, which is nothing to tell.
        """
        if self.timeline is None or self.tape is None or self.tape.growing:
            return []
        problems = self.timeline.problems
        untold = [each for each in problems if each not in self._told]
        self._told.update(untold)
        return untold

    @property
    def is_over(self) -> bool:
        """Whether the requested duration has passed."""
        latest = self.latest
        return latest is not None and self.run.is_over(latest)
