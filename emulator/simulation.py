"""One run in virtual time, from inputs to result: the front door for scripts and tests."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from emulator.catalog import load_profile, load_scenario
from emulator.collector import collector_off
from emulator.commands import Command, Mark, StartStream, StopStream, SwapPolicy
from emulator.engine import Engine
from emulator.errors import UserError
from emulator.journal import Event
from emulator.profile import Profile
from emulator.result import ResultBuilder, RunResult
from emulator.scenario import Scenario
from emulator.schema.exact import exact, floor_ns, s_to_ns
from emulator.virtual import run_virtual

ProfileLike: TypeAlias = str | Path | Mapping[str, object] | Profile
ScenarioLike: TypeAlias = str | Path | Mapping[str, object] | Scenario
TimedCommand: TypeAlias = tuple[int, Command] | tuple[int, str, str]
"""(virtual ns, command), or (virtual ns, "swap" | "stop_stream" | "start_stream" | "mark",
argument)."""

_SHORT_FORMS: Final[dict[str, Callable[[str], Command]]] = {
    "swap": SwapPolicy,
    "stop_stream": StopStream,
    "start_stream": StartStream,
    "mark": Mark,
}


def simulate(  # noqa: PLR0913 - the front door: everything after the policy has a default
    profile: ProfileLike,
    scenario: ScenarioLike,
    policy: str = "edf",
    *,
    duration_s: float | str = 60.0,
    seed: int = 0,
    noise: bool = True,
    journal: bool = True,
    drain: bool = True,
    effects: str = "",
    noise_seed: int | None = None,
    commands: Iterable[TimedCommand] = (),
    on_progress: Callable[[float], None] | None = None,
    on_events: Callable[[Sequence[Event], int], None] | None = None,
) -> RunResult:
    """Runs a scenario on a profile under a policy, as fast as the machine can.

    Args:
        profile: a bundled name, a path, a dict of formats.md, or a loaded profile.
        scenario: likewise.
        policy: a name, or a notation order/placement/admission/granularity.
        duration_s: bounds the releases (strictly before it).
        seed: of all draws; the same for every policy, so that runs compare job by job.
        noise: whether durations are drawn from the profile's noise; else they are its table values.
        journal: whether the result keeps the events.
        drain: whether jobs released before the end run to completion; else the run is cut there.
        effects: what the run takes into account beyond the law, such as ``"contention"``; names
            separated by commas.
        noise_seed: of the noise alone, None for the seed: the same jobs with other durations.
        commands: what is done during the run, at virtual instants.
        on_progress: is told now and then which share of the duration is done, 0 to 1.
        on_events: is given the next events, and the virtual ns that the run has reached.

    Raises:
        UserError: an input that does not exist, cannot be read, is wrong, or does not fit the
        others.
    """
    loaded_profile, loaded_scenario = load_profile(profile), load_scenario(scenario)
    duration_ns = _duration_ns(duration_s)
    engine = Engine(
        loaded_profile,
        loaded_scenario,
        policy,
        seed=seed,
        noise=noise,
        duration_ns=duration_ns,
        effects=effects,
        noise_seed=noise_seed,
    )
    builder = ResultBuilder(loaded_profile, loaded_scenario)
    kept: list[Event] = []

    def take(events: Sequence[Event]) -> None:
        builder.feed(events)
        if journal:
            kept.extend(events)
        if on_events is not None:
            on_events(events, engine.now_ns)
        if on_progress is not None:
            on_progress(min(1.0, engine.now_ns / duration_ns))

    timed = sorted(map(_timed, commands), key=lambda each: each[0])
    # What piles up holds no cycles; the collector would look through it again and again.
    with collector_off():
        run_virtual(engine, take, until_ns=None if drain else duration_ns - 1, commands=timed)
        if not drain:
            engine.cut(duration_ns)
            take(engine.drain())
        return builder.result(max(engine.now_ns, duration_ns), tuple(kept) if journal else None)


def _duration_ns(duration_s: float | str) -> int:
    try:
        seconds = exact(duration_s)
    except ValueError as error:
        raise UserError(f"duration_s: {error}", key="duration_s") from None
    if seconds <= 0:
        raise UserError(f"duration_s: expected a time above 0, not {duration_s}", key="duration_s")
    return floor_ns(s_to_ns(seconds))


def _timed(command: TimedCommand) -> tuple[int, Command]:
    if len(command) == 2:  # noqa: PLR2004 - (time, command)
        return command
    t_ns, kind, argument = command
    if kind not in _SHORT_FORMS:
        known = ", ".join(_SHORT_FORMS)
        raise UserError(f"commands: {kind!r} is no command; it is one of {known}", key="commands")
    return t_ns, _SHORT_FORMS[kind](argument)
