"""A run for real, without a screen, in a process of its own: ``python -m`` this module.

Its request comes as JSON on stdin; what was observed, or one sentence about what is wrong, goes as
JSON to the file that it is told, because whatever runs models may write to stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from emulator.collector import collector_off
from emulator.errors import UserError
from emulator.journal import Event
from emulator.ort.host import ForeignLoad
from emulator.ort.real_backends import RealBackends
from emulator.ort.runnable import Opener
from emulator.ort.twin.observation import Observation, observed, slices_of
from emulator.ort.twin.request import TwinRun
from emulator.ort.twin.speed import Gauges, gauges_cores
from emulator.ort.worker import Ran
from emulator.result import ResultBuilder
from emulator.schema.fit import check_fit

LOOK_S: Final = 0.1
SWITCH_INTERVAL_S: Final = 0.0002
"""As in the core."""
ERROR: Final = "error"
OBSERVATION: Final = "observation"


def run_here(run: TwinRun, openers: Mapping[str, Opener] | None = None) -> Observation:
    """Executes it in this process, until its last job has ended.

    Raises:
        UserError: a backend cannot be opened, or the profile does not fit the scenario.
    """
    check_fit(run.profile, run.scenario)
    ran: list[Ran] = []
    real = RealBackends(run.profile, run.scenario, run.live, openers=openers, on_ran=ran.append)
    engine = run.engine(frozenset(real.providers))
    events: list[Event] = []
    driver = real.driver(engine, events.extend)
    # The workers wait for whoever else runs Python here: by default for up to 5 ms.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    with collector_off(), Gauges(real.cores) as gauges:
        load = ForeignLoad()
        driver.resume()
        origin_ns = time.monotonic_ns() - driver.now_ns
        while driver.state != "ended":
            time.sleep(LOOK_S)
            driver.turn()
        end_ns, busy, down = driver.now_ns, load.cores(), tuple(driver.down.values())
        driver.close()
        speeds = gauges.readings(origin_ns, origin_ns + end_ns)
    foreign_cores = None if busy is None else max(0.0, busy - gauges_cores(speeds, end_ns))
    builder = ResultBuilder(run.profile, run.scenario)
    builder.feed(events)
    return observed(
        builder.result(max(end_ns, engine.now_ns)),
        slices_of(ran, origin_ns, run.profile.backend_names),
        foreign_cores=foreign_cores,
        down=down,
        speeds=speeds,
    )


def answer(request: Mapping[str, object]) -> dict[str, object]:
    """What the process writes."""
    try:
        return {OBSERVATION: run_here(TwinRun.from_dict(request)).to_dict()}
    except UserError as error:
        return {ERROR: str(error)}


def main(arguments: Sequence[str]) -> None:
    """Serve one request."""
    out = Path(arguments[0])
    out.write_text(json.dumps(answer(json.load(sys.stdin))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
