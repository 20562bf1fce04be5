"""A live run without a screen: in real time, until its last job has ended."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from emulator.catalog import load_profile, load_scenario, profile_of
from emulator.collector import collector_off
from emulator.engine import Engine
from emulator.journal import BACKEND_DOWN, Event
from emulator.live_request import LiveRequest
from emulator.ort.live import LiveDriver
from emulator.ort.real_backends import RealBackends
from emulator.policies import find_policy
from emulator.result import ResultBuilder, RunResult
from emulator.schema.exact import floor_ns, s_to_ns
from emulator.schema.fit import check_fit
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.headless import DURATION_S, EventSink, progress
from rtgen_tui.commands.recording import recording_of, tell
from rtgen_tui.commands.report import Run, print_report, record
from rtgen_tui.exits import note
from rtgen_tui.render import print_json

LOOK_S: Final = 0.05
"""How often what has happened is taken from the driver."""
SWITCH_INTERVAL_S: Final = 0.0002
"""As in the core."""


def run_live_headless(choices: Choices) -> None:
    """Runs and prints the summary; Ctrl+C ends the run where it is.

    Raises:
        UserError: an option or a file is wrong, or a backend cannot be opened.
        RunError: the run was printed, but could not be recorded to its end.
    """
    scenario = load_scenario(choices.scenario)
    run = Run(
        scenario=scenario,
        profile=load_profile(choices.profile or profile_of(scenario)),
        policy=find_policy(choices.policy),
        seed=choices.seed,
        duration_s=DURATION_S if choices.duration_s is None else choices.duration_s,
        noise=True,
    )
    check_fit(run.profile, run.scenario)
    real = RealBackends(run.profile, run.scenario, choices.live or LiveRequest())
    note(_which_are_real(run, real))
    for words in real.warnings:
        note(words)
    with recording_of(choices, run, real) as recording:
        result = _executed(run, real, None if recording is None else recording.take)
        if recording is not None:
            recording.close(result.end_ns)
    if choices.as_json:
        print_json({**record(run, result.summary, None), "live": real.table})
    else:
        print_report(run, result.summary, None)
    if recording is not None:
        tell(recording)


def _executed(run: Run, real: RealBackends, sink: EventSink | None) -> RunResult:
    duration_ns = floor_ns(s_to_ns(run.duration_s))
    engine = Engine(
        run.profile,
        run.scenario,
        run.policy.name,
        seed=run.seed,
        duration_ns=duration_ns,
        external=frozenset(real.providers),
    )
    builder = ResultBuilder(run.profile, run.scenario)

    down: list[str] = []

    def take(events: Sequence[Event]) -> None:
        builder.feed(events)
        down.extend(_which_are_down(run, events))
        if sink is not None:
            sink(events, engine.now_ns)

    # The workers wait for whoever else runs Python here: by default for up to 5 ms.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    driver = real.driver(engine, take)
    with collector_off(), progress(f"{run.scenario.name} under {run.policy.name}, live") as report:
        try:
            _wait_for(driver, duration_ns, report)
        except KeyboardInterrupt:
            note(f"ended at {driver.now_ns / 1e9:.1f} s; jobs that were under way have no fate")
        finally:
            end_ns = driver.now_ns
            driver.close()
    for words in down:
        note(words)
    return builder.result(max(end_ns, engine.now_ns))


def _wait_for(driver: LiveDriver, duration_ns: int, report: Callable[[float], None]) -> None:
    driver.resume()
    while driver.state != "ended":
        time.sleep(LOOK_S)
        driver.turn()
        report(min(1.0, driver.now_ns / duration_ns))


def _which_are_down(run: Run, events: Sequence[Event]) -> Iterator[str]:
    for event in events:
        match event:
            case (kind, int(t_ns), int(backend), reason) if kind == BACKEND_DOWN:
                name = run.profile.backend_names[backend]
                yield f"{name} went down at {t_ns / 1e9:.1f} s: {reason}"


def _which_are_real(run: Run, real: RealBackends) -> str:
    words = ", ".join(f"{name} is {provider}" for name, provider in real.providers.items())
    rest = [name for name in run.profile.backend_names if name not in real.providers]
    return f"live: {words}" + (f"; {', '.join(rest)} timed by the profile" if rest else "")
