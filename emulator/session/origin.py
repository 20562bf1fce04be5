"""What a run began with, and the headers of the sessions that are recorded of it."""

import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.session.format import Place
from emulator.session.header import PlainInput, SessionHeader


@dataclass(frozen=True, slots=True)
class Origin:
    """The inputs of a run without end, with noise, as the core runs it."""

    profile: Profile
    scenario: Scenario
    policy: str
    seed: int = 0
    run: int = 1

    def header(self, begins: Place, inputs: Sequence[PlainInput] = ()) -> SessionHeader:
        """The header of a session that begins there.

        Args:
            begins: where the session begins in the run.
            inputs: the commands whose events lie before that.
        """
        return SessionHeader(
            created_ns=time.time_ns(),
            versions={"rtgen-tui": package_version(), "python": platform.python_version()},
            seed=self.seed,
            profile=self.profile.to_dict(),
            scenario=self.scenario.to_dict(),
            policy=self.policy,
            run=self.run,
            begins_ns=begins.t_ns,
            begins_event=begins.first_event,
            inputs=tuple(inputs),
        )


def package_version() -> str:
    """Of rtgen-tui, ``0`` where it runs without being installed."""
    try:
        return version("rtgen-tui")
    except PackageNotFoundError:
        return "0"
