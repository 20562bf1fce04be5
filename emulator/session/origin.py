"""What a run began with, and the headers of the sessions that are recorded of it."""

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.session.format import Place
from emulator.session.header import PlainInput, SessionHeader, Table


@dataclass(frozen=True, slots=True)
class Origin:
    """The inputs of a run; as the core runs it, it has noise and no end."""

    profile: Profile
    scenario: Scenario
    policy: str
    seed: int = 0
    run: int = 1
    effects: str = ""
    noise: bool = True
    duration_ns: int | None = None
    """Bound of the releases; None: the run is stopped by hand."""
    live: Mapping[str, Table] = field(default_factory=dict)
    """The backends that are real; see ``SessionHeader.live``."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of what executes them."""

    @property
    def providers(self) -> dict[str, str]:
        """What executes the slices of the real backends, by name."""
        return {name: str(facts.get("provider", "")) for name, facts in self.live.items()}

    def header(self, begins: Place, inputs: Sequence[PlainInput] = ()) -> SessionHeader:
        """The header of a session that begins there.

        Args:
            begins: where the session begins in the run.
            inputs: the commands whose events lie before that.
        """
        return SessionHeader(
            created_ns=time.time_ns(),
            versions={
                "rtgen-tui": package_version(),
                "python": platform.python_version(),
                **self.versions,
            },
            seed=self.seed,
            profile=self.profile.to_dict(),
            scenario=self.scenario.to_dict(),
            policy=self.policy,
            noise=self.noise,
            duration_ns=self.duration_ns,
            effects=self.effects,
            live=self.live,
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
