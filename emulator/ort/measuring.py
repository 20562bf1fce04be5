"""The whole of `measure`: every model on every device, then every pair of backends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from emulator.errors import UserError
from emulator.ort.devices import Device
from emulator.ort.host import Host, Patience
from emulator.ort.measure import ModelOpener, measure_model
from emulator.ort.measured_profile import Circumstances, MeasuredBackend, profile_text
from emulator.ort.measurements import Measurements, device_key, keep, partial_file
from emulator.ort.models.card import ModelCard
from emulator.ort.runnable import BackendBinding
from emulator.ort.slowdown import measure_pair, pairs
from emulator.ort.timings import Effort


class MeasuringOpener(ModelOpener, Protocol):
    """Opens models, and says what a binding means."""

    def device(self, backend: BackendBinding) -> Device:
        """The device that the binding names."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure. `together` are the models that run on each pair of backends.

    A backend on which none of them runs has the first of all models that does beside others.
    """

    backends: Sequence[BackendBinding]
    models: Sequence[str]
    together: Sequence[str] = ()
    effort: Effort = field(default_factory=Effort)
    pair_effort: Effort = field(default_factory=lambda: Effort(warm_up=3))
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Step:
    """One model on one device, or one pair of backends; `done` where it was measured before."""

    key: str
    title: str
    run: Callable[[Callable[[str], None]], None]
    done: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A model that does not run on a device, which the profile then does not list."""

    title: str
    reason: str


class Measuring:
    """Goes through a plan; what is found is kept on disk after every step."""

    def __init__(
        self, plan: Plan, opener: MeasuringOpener, out: Path, measurements: Measurements
    ) -> None:
        self._plan = plan
        self._opener = opener
        self._out = out
        self.measurements = measurements
        self.failures: list[Failure] = []
        self._failed: set[str] = set()
        self._devices = {each.backend: opener.device(each) for each in plan.backends}

    def steps(self) -> Iterator[Step]:
        """All that there is to do, in order. Backends on the same device share a step.

        Run each before taking the next one: pairs are of models that have not failed by then.
        """
        yield from self._model_steps()
        yield from self._pair_steps()

    def run(self, step: Step, progress: Callable[[str], None]) -> None:
        """Measures one step and keeps it; a model that does not run is noted in `failures`.

        Raises:
            OSError: the partial file cannot be written.
        """
        try:
            step.run(progress)
        except UserError as error:
            self.failures.append(Failure(step.title, str(error)))
            self._failed.add(step.key)
            return
        keep(self._out, self.measurements)

    def profile(self, name: str, host: Host, cards: Mapping[str, ModelCard]) -> str:
        """The profile as TOML, of what the plan asks for and was measured.

        Raises:
            UserError: nothing was.
        """
        backends = []
        for binding in self._plan.backends:
            device = self._devices[binding.backend]
            found = [
                figures
                for model in self._plan.models
                if (figures := self.measurements.models.get(self._key(binding, model)))
            ]
            backends.append(MeasuredBackend(binding, device, found))
        if not any(each.models for each in backends):
            raise UserError("no model could be measured on any backend")
        governor = f" CPU governor {host.governor}." if host.governor else ""
        about = Circumstances(
            name,
            host.cpu,
            host.software,
            datetime.now(UTC).date().isoformat(),
            f"{host.cores} cores.{governor}",
        )
        wanted = {key for key, _, _ in self._pairs()}
        slowdowns = [each for key, each in self.measurements.slowdowns.items() if key in wanted]
        return profile_text(about, backends, slowdowns, cards)

    def finish(self) -> None:
        """The profile is written: the partial file is of no more use."""
        partial_file(self._out).unlink(missing_ok=True)

    def _key(self, binding: BackendBinding, model: str) -> str:
        on = device_key(self._devices[binding.backend], binding.threads)
        return f"{model} on {on}"

    def _model_steps(self) -> Iterator[Step]:
        seen: set[str] = set()
        for binding in self._plan.backends:
            for model in self._plan.models:
                key = self._key(binding, model)
                if key not in seen:
                    seen.add(key)
                    title = f"{model} on {binding.backend}"
                    done = key in self.measurements.models
                    run = self._measure_model(key, model, binding)
                    yield Step(key, title, run, done)

    def _pair_steps(self) -> Iterator[Step]:
        for key, first, second in self._pairs():
            run = self._measure_pair(key, first, second)
            yield Step(key, key, run, key in self.measurements.slowdowns)

    def _pairs(
        self,
    ) -> Iterator[tuple[str, tuple[BackendBinding, str], tuple[BackendBinding, str]]]:
        if not self._plan.together:
            return
        for first, second in pairs(self._plan.backends, self._beside_others):
            (backend, model), (beside, other) = first, second
            key = f"{model} on {backend.backend} beside {other} on {beside.backend}"
            yield key, first, second

    def _beside_others(self, binding: BackendBinding) -> Sequence[str]:
        """The models to measure there while another backend is busy."""

        def that_run(models: Sequence[str]) -> list[str]:
            return [each for each in models if self._key(binding, each) not in self._failed]

        return that_run(self._plan.together) or that_run(self._plan.models)[:1]

    def _measure_model(
        self, key: str, model: str, binding: BackendBinding
    ) -> Callable[[Callable[[str], None]], None]:
        def run(progress: Callable[[str], None]) -> None:
            plan = self._plan
            self.measurements.models[key] = measure_model(
                self._opener, model, binding, plan.effort, progress, plan.patience
            )

        return run

    def _measure_pair(
        self, key: str, first: tuple[BackendBinding, str], second: tuple[BackendBinding, str]
    ) -> Callable[[Callable[[str], None]], None]:
        def run(progress: Callable[[str], None]) -> None:
            progress("alone, then together")
            plan = self._plan
            self.measurements.slowdowns[key] = measure_pair(
                self._opener, first, second, plan.pair_effort, plan.patience
            )

        return run
