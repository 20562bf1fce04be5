"""A run of the core whose slices are executed by real backends."""

from functools import partial

from emulator.engine import Engine
from emulator.errors import UserError
from emulator.live_request import LiveRequest
from emulator.metrics import Metrics
from emulator.ort.real_backends import RealBackends
from emulator.policies import headline
from emulator.schema.fit import check_fit
from emulator.serving.clock import Clock
from emulator.serving.emulation import Emulation, RealParts, RecordingDesk, RunRequest


def real_emulation(
    request: RunRequest,
    number: int,
    clock: Clock,
    desk: RecordingDesk,
    real: RealBackends | None = None,
) -> Emulation:
    """Opens what the request asks for, unless it is open already.

    Raises:
        UserError: a backend or model cannot be opened, or the request asks for what only an
        emulation can give.
    """
    check_is_real(request)
    check_fit(request.profile, request.scenario)
    opened = real or RealBackends(request.profile, request.scenario, request.live or LiveRequest())
    engine = Engine(
        request.profile,
        request.scenario,
        request.policy,
        seed=request.seed,
        external=frozenset(opened.providers),
    )
    metrics = Metrics(
        request.profile,
        request.scenario,
        request.policy,
        seed=request.seed,
        run=number,
        policies=headline(),
        providers=opened.providers,
    )
    parts = RealParts(
        partial(opened.driver, engine), opened.table, opened.versions, opened.warnings
    )
    return Emulation(request, number, clock, lambda *_: (engine, metrics), desk, parts)


def check_is_real(request: RunRequest) -> None:
    """Raises UserError: it asks for a speed or for effects, which a machine has as it has."""
    if request.speed != 1:
        raise UserError(f"speed: a live run goes at speed 1, not {request.speed:g}", key="speed")
    if request.effects:
        raise UserError("effects: a live run has the effects of the machine, and no others")
