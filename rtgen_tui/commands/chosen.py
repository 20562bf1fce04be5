"""What the user chose for a run, before anything heavy is loaded."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from rtgen_tui.core_address import HERE, CoreAddress

if TYPE_CHECKING:
    from emulator.live_request import LiveRequest

SCENARIO: Final = "video-call"
"""What is on the dashboard when nobody said what to run."""
POLICY: Final = "fcfs"
"""A newcomer sees deadlines missed first, and then presses digits."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """When a recording goes on in another file; 0: never."""

    size_bytes: int = 0
    duration_s: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of a run; None where the user left one out."""

    scenario: str
    profile: str = ""
    """Empty: the scenario's own."""
    policy: str = POLICY
    seed: int = 0
    duration_s: Fraction | None = None
    speed: float | None = None
    fps: float | None = None
    headless: bool | None = None
    noise: bool = True
    effects: str = ""
    """What the run takes into account beyond the law; names separated by commas."""
    as_json: bool = False
    record: str | None = None
    """File to record the run in."""
    rotate: Rotation | None = None
    live: "LiveRequest | None" = None
    """Which backends are to be real; None: an emulation."""
    address: CoreAddress = HERE
    """Where the core runs."""
    force: bool = False
    """Whether that file is replaced if it exists."""
    from_config: bool = False
    """Whether the config file may say what to run, because the user named nothing."""
