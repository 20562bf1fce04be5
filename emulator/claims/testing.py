"""What the pytest fixture ``rtgen`` gives: runs that are loaded or made, and claims on them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self, cast

from emulator.catalog import load_profile, load_scenario
from emulator.claims.grammar import parse_figure
from emulator.claims.judge import judge
from emulator.claims.values import plain_value, value_of
from emulator.claims.words import failure, value_words
from emulator.errors import PolicyError
from emulator.figures import Summary
from emulator.policies.own import own_policy
from emulator.profile import Profile
from emulator.result import RunResult
from emulator.scenario import Scenario
from emulator.session.replayed import FinishedRun, Observer, busy_time, finished_run
from emulator.simulation import TimedCommand, simulate


class Measured(float):
    """A value that shows what it is when an assert fails: a float in ms, /s, or 0 to 1.

    Nothing measured is not a number, to which no comparison is true.
    """

    __slots__ = ("_words",)
    _words: str

    def __new__(cls, value: float, words: str) -> Self:
        """The value, and how it is shown."""
        made = super().__new__(cls, value)
        made._words = words
        return made

    def __repr__(self) -> str:
        return self._words


class JudgedRun:
    """A run that is over; see docs/sessions.md for the figures and the grammar of claims."""

    def __init__(self, run: FinishedRun, name: str) -> None:
        self.run = run
        self.name = name

    @property
    def result(self) -> RunResult:
        """All jobs, stage by stage."""
        return self.run.result

    @property
    def summary(self) -> Summary:
        """All figures."""
        return self.run.result.summary

    def value(self, figure: str) -> Measured:
        """The value of a figure such as ``captions.ttft.p95``: ms for times, 0 to 1 for shares.

        Raises:
            ClaimError: the run has no such figure.
        """
        parsed = parse_figure(figure)
        kind, value = parsed.metric.kind, value_of(parsed, self.run)
        number = plain_value(kind, value)
        words = f"{parsed.text} = {value_words(kind, value)}"
        return Measured(float("nan") if number is None else number, words)

    def check(self, *claims: str) -> None:
        """Fails the test unless all claims hold, such as ``captions.violation_rate < 1%``.

        Raises:
            AssertionError: a claim is broken; says what was measured, when it broke and why.
            ClaimError: a claim that cannot be understood, or that does not fit the run.
        """
        __tracebackhide__ = True
        verdicts = judge(claims, self.run)
        if not all(verdict.holds for verdict in verdicts):
            raise AssertionError(failure(verdicts, self.name))

    def __repr__(self) -> str:
        return f"<run of {self.name}>"


class Rtgen:
    """Loads recorded runs and makes new ones."""

    def load(self, path: Path | str) -> JudgedRun:
        """The run of a session file.

        Raises:
            SessionError: no such file, or no session.
        """
        return JudgedRun(finished_run(path), str(path))

    def simulate(
        self,
        profile: str | Path | Mapping[str, object] | Profile,
        scenario: str | Path | Mapping[str, object] | Scenario,
        policy: object = "edf",
        *,
        duration_s: float | str = 60.0,
        seed: int = 0,
        noise: bool = True,
        effects: str = "",
        commands: Iterable[TimedCommand] = (),
    ) -> JudgedRun:
        """A run in virtual time.

        Args:
            profile: a bundled name, a path, or a dict of docs/formats.md.
            scenario: likewise.
            policy: a name, a point of the four axes, or a policy of your own: an object with a
                method ``decide`` (``emulator.policies.GeneralPolicy``), or its class.
            duration_s: bounds the releases; jobs then run to their end.
            seed: of all draws.
            noise: whether durations are drawn; else they are the profile's.
            effects: as for ``emulator.simulate``.
            commands: what is done during the run, at virtual instants.

        Raises:
            UserError: an input that does not exist, is wrong, or does not fit the others; a policy
                that failed, though the run went on under another one.
        """
        chip, application = load_profile(profile), load_scenario(scenario)
        chosen = policy if isinstance(policy, str) else own_policy(policy)
        observer = Observer(chip, application)
        result = simulate(
            chip,
            application,
            cast("str", chosen),  # the engine hands it to find_policy, which takes either
            duration_s=duration_s,
            seed=seed,
            noise=noise,
            effects=effects,
            journal=False,
            commands=commands,
            on_events=observer.feed,
        )
        if observer.failures:
            raise PolicyError(observer.failures[0], key="policy")
        name = chosen if isinstance(chosen, str) else chosen.name
        run = FinishedRun(
            profile=chip,
            scenario=application,
            policy=name,
            result=result,
            streams=observer.streams,
            drops_ns=observer.drops_ns,
            busy_ns=busy_time(result, chip),
            covered_ns=result.end_ns,
        )
        return JudgedRun(run, f"{application.name} on {chip.name} under {name}")
