"""What a real scheduler can know of a waiting slice beyond its cost: work, urgency, power.

All of it comes from the profile and from what has happened, nothing from draws to come.
"""

from typing import Final

from emulator.engine.jobs import NEVER, StageRun
from emulator.engine.milestones import WorkEstimator
from emulator.engine.options import affinity_of
from emulator.engine.plan import Backends, StagePlan
from emulator.journal import INFERENCE, PREFILL
from emulator.policies.base import ReadySlice
from emulator.power import microwatts
from emulator.profile import Profile
from emulator.schema.model_cost import Noise

_UNKNOWN_UW: Final = 1_000_000
"""Any value will do, as long as it is the same for all backends."""


class Estimates:
    """Adds the estimates to what a policy is shown of a slice."""

    __slots__ = ("_homes", "_power", "_profile", "_spreads", "_work")

    def __init__(self, work: WorkEstimator, profile: Profile) -> None:
        self._work = work
        self._profile = profile
        self._homes: dict[tuple[StagePlan, int], int] = {}
        self._power: dict[tuple[str, Backends], tuple[int, ...]] = {}
        self._spreads: dict[tuple[StagePlan, int, Backends], tuple[int, ...]] = {}

    def added_to(self, view: ReadySlice, stage: StageRun) -> ReadySlice:
        """The same slice with its estimates."""
        job, plan, work = stage.job, stage.plan, self._work
        outputs = stage.outputs if plan.is_llm else 0
        latest, doom = work.latest_start_ns(stage), work.doom_ns(job)
        rest = work.rest_ns(stage) if job.plan.is_simple else work.job_rest_ns(job)
        return view._replace(
            model=plan.model,
            done=outputs or stage.position,
            home=self._home(stage, view.backends),
            power_uw=self._power_uw(plan.model, view.backends),
            latest_start_ns=None if latest == NEVER else latest,
            doom_ns=None if doom == NEVER else doom,
            job_rest_ns=rest,
            job_whole_ns=work.job_whole_ns(job),
            prompt_left=stage.prompt - stage.position if stage.phase == PREFILL else 0,
            spread=self._spread(plan, stage.phase, view.backends),
        )

    def _home(self, stage: StageRun, backends: Backends) -> int:
        if len(backends) == 1:
            return backends[0]
        address = (stage.plan, stage.phase)
        home = self._homes.get(address)
        if home is None:
            home = affinity_of(stage.plan, stage.phase, self._work.chunk)
            self._homes[address] = home
        return home

    def _spread(self, plan: StagePlan, phase: int, backends: Backends) -> tuple[int, ...]:
        address = (plan, phase, backends)
        spread = self._spreads.get(address)
        if spread is None:
            noises = [_noise_of(plan, phase, each) for each in backends]
            spread = self._spreads[address] = tuple([_deviation(each) for each in noises])
        return spread

    def _power_uw(self, model: str, backends: Backends) -> tuple[int, ...]:
        address = (model, backends)
        power = self._power.get(address)
        if power is None:
            power = self._power[address] = self._looked_up(model, backends)
        return power

    def _looked_up(self, model: str, backends: Backends) -> tuple[int, ...]:
        """``active_w`` of the model on each backend, else that of the backend itself."""
        found: list[int] = []
        for index in backends:
            backend = self._profile.backends[index]
            watts = self._profile.models[model][backend.name].active_w or backend.active_w
            if not watts:
                return (_UNKNOWN_UW,) * len(backends)
            found.append(max(1, microwatts(watts)))
        return tuple(found)


def _noise_of(plan: StagePlan, phase: int, backend: int) -> Noise | None:
    timing = plan.timing
    if phase == INFERENCE:
        return timing.inference[backend].noise
    if phase == PREFILL:
        return timing.prefill[backend].noise
    return timing.decode[backend].noise


def _deviation(noise: Noise | None) -> int:
    """Standard deviation in thousandths."""
    return 0 if noise is None else round(noise.deviation * 1000)
