"""What the user chose for a run, before anything heavy is loaded."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

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
    as_json: bool = False
    record: str | None = None
    """File to record the run in."""
    rotate: Rotation | None = None
    force: bool = False
    """Whether that file is replaced if it exists."""
