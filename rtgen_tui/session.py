"""The seam between the screens and the core: what is asked for and what comes back.

The screens know a core only as ``Core``. The real one (``client.CoreClient``) is a process;
``FakeCore`` is its stand-in for tests, which never starts anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

from emulator.snapshot import Snapshot

if TYPE_CHECKING:
    from emulator.live_request import LiveRequest


class CoreError(Exception):
    """The core could not be started or reached; ``str(error)`` is one clear sentence."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to run: everything that the core's ``start`` command needs, and when to stop."""

    profile: str
    scenario: str
    policy: str
    seed: int = 0
    speed: float = 1.0
    paused: bool = False
    effects: str = ""
    """What the run takes into account beyond the law; names separated by commas."""
    duration_s: float | None = None
    """Virtual seconds after which the application ends by itself; None: until the user quits."""

    live: "LiveRequest | None" = None
    """Which backends are to be real; None: an emulation."""
    attach: bool = False
    """Whether it goes on already, and is only watched and steered."""

    def command(self) -> dict[str, object]:
        """The ``start`` command of ``emulator.protocol``, or ``attach``."""
        if self.attach:
            return {"t": "attach"}
        return {
            "t": "start",
            "profile": self.profile,
            "scenario": self.scenario,
            "policy": self.policy,
            "seed": self.seed,
            "speed": self.speed,
            "paused": self.paused,
            "effects": self.effects,
            "live": None if self.live is None else self.live.to_message(),
        }


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """A recorded session to play instead of a run."""

    path: str
    at_ns: int = 0
    """Virtual time to begin at."""
    speed: float = 1.0
    """0: as fast as the core can."""
    paused: bool = False

    def command(self) -> dict[str, object]:
        """The ``replay`` command of ``emulator.protocol``."""
        return {
            "t": "replay",
            "path": self.path,
            "at_ns": self.at_ns,
            "speed": self.speed,
            "paused": self.paused,
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """One text from the core.

    A refused command (``error``), what else the user should know (``warning``) and why the core
    ended (``died``) are sentences, ``saved`` is the path of a session file that is whole now.
    """

    kind: Literal["error", "warning", "died", "saved"]
    text: str


class Recording(NamedTuple):
    """The session file that the run goes into."""

    path: str
    bytes: int
    problem: str
    """One sentence while nothing can be written, otherwise empty."""


class Tape(NamedTuple):
    """The session file that is played."""

    path: str
    t_begin_ns: int
    t_end_ns: int
    growing: bool
    """Whether it is still being written."""
    follows: bool
    """Whether the replay stays at its end while it grows."""


class TimelineSpan(NamedTuple):
    """What was counted in a part of a session."""

    t_begin_ns: int
    t_end_ns: int
    misses: int
    swaps: int
    marks: int


class TimelineMark(NamedTuple):
    """A remark in a session."""

    t_ns: int
    text: str


class Timeline(NamedTuple):
    """A whole session at a glance, for a scrub bar."""

    spans: tuple[TimelineSpan, ...]
    """In order, at most 2,000."""
    marks: tuple[TimelineMark, ...]
    """In order, at most 200."""
    problems: tuple[str, ...]
    """Sentences about what is wrong with the file."""


class Outcome(NamedTuple):
    """What a policy would have made of a span of the run."""

    policy: str
    """Empty: the run as it was."""
    known: int
    """Jobs with a deadline whose fate became known."""
    missed: int
    ttft_p95_ms: float | None
    tokens_per_s: float | None
    error: str
    """Why these are no figures of the policy."""


class WhatIf(NamedTuple):
    """The counterfactual as far as it is known."""

    begin_ns: int
    end_ns: int
    share: float
    """Of the way to the beginning of the span, 0 to 1."""
    error: str
    done: bool
    outcomes: tuple[Outcome, ...]

    def of(self, policy: str) -> Outcome | None:
        """The outcome under this policy, None while it is not known."""
        return next((each for each in self.outcomes if each.policy == policy), None)


class Core(Protocol):
    """A running core. One object is one life of it: after ``close`` or death a new one is made."""

    @property
    def latest(self) -> Snapshot | None:
        """The newest snapshot. The screen pulls it on its own frame clock; older ones are gone."""

    @property
    def alive(self) -> bool:
        """True from a successful ``start`` until the core ends, for whatever reason."""

    @property
    def where(self) -> str:
        """What the user calls the place of the core; empty for here."""

    @property
    def may_return(self) -> bool:
        """Whether only the connection to it has broken, as far as anybody knows here."""

    @property
    def mismatch(self) -> str:
        """What the versions of both sides differ in, in one sentence; empty where they do not."""

    @property
    def recording(self) -> Recording | None:
        """As of the newest snapshot; None: the run is not recorded."""

    @property
    def tape(self) -> Tape | None:
        """As of the newest snapshot; None: the run is live."""

    @property
    def timeline(self) -> Timeline | None:
        """Of the session that is played; None: there is none, or it has not come yet."""

    @property
    def what_if(self) -> WhatIf | None:
        """The newest answer to a ``what-if``; None: nobody asked about this run."""

    @property
    def answers(self) -> Mapping[str, Mapping[str, object]]:
        """The newest answer to each kind of question about the journal, see protocol.py."""

    async def start(self) -> None:
        """Start the core and wait until it says hello.

        Raises:
            CoreError: it cannot be started, or ends before it says hello.
        """

    async def send(self, message: Mapping[str, object]) -> None:
        """Send one command of ``emulator.protocol``.

        Raises:
            CoreError: the core is gone.
        """

    def messages(self) -> list[Notice]:
        """Notices since the last call, oldest first."""

    async def close(self) -> None:
        """End the core and wait for it; may be called at any time and more than once."""


CoreFactory: TypeAlias = Callable[[], Core]


class FakeCore:
    """A core that runs nothing: a test sets what it shows and reads ``sent``."""

    def __init__(self, latest: Snapshot | None = None, *, refuses_to_start: str = "") -> None:
        self.latest = latest
        self.recording: Recording | None = None
        self.tape: Tape | None = None
        self.timeline: Timeline | None = None
        self.what_if: WhatIf | None = None
        self.where = ""
        self.mismatch = ""
        self.may_return = False
        self.answers: dict[str, Mapping[str, object]] = {}
        self.alive = False
        self.closed = False
        self.sent: list[dict[str, object]] = []
        self._notices: list[Notice] = []
        self._refuses_to_start = refuses_to_start

    async def start(self) -> None:
        """Come alive, or raise CoreError with the sentence given as ``refuses_to_start``."""
        if self._refuses_to_start:
            raise CoreError(self._refuses_to_start)
        self.alive = True

    async def send(self, message: Mapping[str, object]) -> None:
        """Keep the command. Raises CoreError when dead."""
        if not self.alive:
            raise CoreError("the core is gone")
        self.sent.append(dict(message))

    def messages(self) -> list[Notice]:
        """Notices given to ``refuse`` and ``die`` since the last call."""
        notices, self._notices = self._notices, []
        return notices

    async def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True
        self.alive = False

    def refuse(self, text: str) -> None:
        """Answer a command with an error."""
        self._notices.append(Notice("error", text))

    def save(self, path: str) -> None:
        """Have a session file written."""
        self._notices.append(Notice("saved", path))

    def die(self, text: str) -> None:
        """End as a crashed process would."""
        self.alive = False
        self._notices.append(Notice("died", text))
