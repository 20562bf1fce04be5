"""The real backends of a run: chosen, opened and warm, ready for its driver."""

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version

from emulator.errors import UserError
from emulator.live_request import LiveRequest
from emulator.names import shown, unknown
from emulator.ort.bindings import OPTION, parse_bindings, resolve
from emulator.ort.context_check import check_contexts
from emulator.ort.cores import own_cores
from emulator.ort.devices import Machine, discover
from emulator.ort.live import LiveDriver
from emulator.ort.models.catalog import cards, parse_models
from emulator.ort.opener import SessionOpener
from emulator.ort.remote import RemoteOpener
from emulator.ort.runnable import BackendBinding, Opener
from emulator.ort.schedule import LiveMachine
from emulator.ort.worker import BackendWorker, Ran
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.virtual import Sink

FACTORY = "emulator.ort.worker_process:session_opener"
WORKER = "--worker"


class RealBackends:
    """Workers whose models are open. Raises UserError: one of them cannot be.

    Args:
        profile: names the backends; those that are not real are timed by it.
        scenario: what is to run.
        live: what the user asked for.
        machine: what there is; None: to be looked at.
        openers: stand in for ONNX Runtime in tests, by backend.
        on_ran: is told of every slice, by the worker that ran it.
    """

    def __init__(
        self,
        profile: Profile,
        scenario: Scenario,
        live: LiveRequest,
        *,
        machine: Machine | None = None,
        openers: Mapping[str, Opener] | None = None,
        on_ran: Callable[[Ran], None] | None = None,
    ) -> None:
        pythons = _pythons(live)
        machine = machine or (None if openers else discover())
        bindings = chosen(profile, live, machine)
        names = {each.backend for each in bindings}
        if stray := [name for name in pythons if name not in names]:
            raise UserError(f"{WORKER}: {stray[0]!r} is not one of the real backends", key=WORKER)
        own = parse_models(live.models)
        _check_names(own, profile)
        for each in bindings if openers is None else ():
            if machine is not None and each.backend not in pythons:
                resolve(each, machine)
            _check_models(models_on(profile, scenario, each.backend), each.backend, own)
        local = SessionOpener(own, machine)
        plain = {name: target for name, _, target in (each.partition("=") for each in live.models)}
        self._remote = {
            name: RemoteOpener(python, FACTORY, plain) for name, python in pythons.items()
        }
        given: Mapping[str, Opener] = {**self._remote, **(openers or {})}
        cores = own_cores([each for each in bindings if each.backend not in pythons])
        self.workers = tuple(
            BackendWorker(
                profile.backend_names.index(each.backend),
                each,
                models_on(profile, scenario, each.backend),
                given.get(each.backend, local),
                listed=frozenset(
                    name for name, entries in profile.models.items() if each.backend in entries
                ),
                core=cores.get(each.backend),
                on_ran=on_ran,
            )
            for each in bindings
        )
        self._open(profile, scenario)

    @property
    def providers(self) -> dict[str, str]:
        """What executes the slices of the real backends, by name."""
        return {
            each.binding.backend: _most_common(each.providers) or each.binding.provider or "real"
            for each in self.workers
        }

    @property
    def cores(self) -> dict[str, int | None]:
        """Of each backend on the CPU: the core that its thread keeps to, if it does."""
        return {
            each.binding.backend: each.core for each in self.workers if each.binding.kind == "cpu"
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about nodes that run elsewhere than asked for, where that was allowed."""
        return tuple(words for each in self.workers for words in each.warnings)

    @property
    def table(self) -> dict[str, dict[str, object]]:
        """What a session header holds of them: by backend its provider, models and settings."""
        return {
            each.binding.backend: {
                **asdict(each.binding),
                "provider": self.providers[each.binding.backend],
                "models": each.providers,
                "process": "its own" if each.binding.backend in self._remote else "the core's",
                "onnxruntime": self._runtime_of(each.binding.backend),
            }
            for each in self.workers
        }

    def _runtime_of(self, backend: str) -> str:
        remote = self._remote.get(backend)
        return remote.runtime if remote is not None else self.versions.get("onnxruntime", "")

    @property
    def versions(self) -> dict[str, str]:
        """Of what executes the slices."""
        try:
            return {"onnxruntime": version("onnxruntime")}
        except PackageNotFoundError:
            return {}

    def driver(self, machine: LiveMachine, sink: Sink) -> LiveDriver:
        """The driver of the one run that they are for; closing it closes them."""
        return LiveDriver(machine, sink, self.workers, on_closed=self._close_processes)

    def _open(self, profile: Profile, scenario: Scenario) -> None:
        """Open all at once; one that fails ends the others, and so does an interrupt.

        They are waited for: a process that ends while one of its threads is inside ONNX Runtime
        aborts, and while a session is created nothing can be printed.
        """
        for worker in self.workers:
            worker.start()
        try:
            for worker in self.workers:
                worker.wait_until_open()
                _check_kinds(profile, worker)
            check_contexts(scenario, [worker.contexts for worker in self.workers])
        except BaseException:
            for worker in self.workers:
                worker.stop()
            self._close_processes()
            for worker in self.workers:
                worker.join()
            raise

    def _close_processes(self) -> None:
        for remote in self._remote.values():
            remote.close()


def chosen(
    profile: Profile, live: LiveRequest, machine: Machine | None
) -> tuple[BackendBinding, ...]:
    """The backends that are to be real: those asked for, else all that this machine can serve.

    Raises:
        UserError: a backend that the profile does not have, or none at all.
    """
    if not live.backends:
        found = tuple(
            BackendBinding(
                each.name, each.kind, threads=live.threads, allow_fallback=live.allow_fallback
            )
            for each in profile.backends
            if machine is not None
            and any(not device.software for device in machine.serving(each.kind))
        )
        if not found:
            kinds = ", ".join(each.kind for each in profile.backends)
            raise UserError(f"--live: nothing on this machine serves a backend of {kinds}")
        return found
    bindings = parse_bindings(
        live.backends, threads=live.threads, allow_fallback=live.allow_fallback
    )
    for each in bindings:
        if each.backend not in profile.backend_names:
            what = unknown(f"backend of {profile.name}", each.backend, profile.backend_names)
            raise UserError(f"{OPTION}: {what}", key=OPTION)
    return bindings


def models_on(profile: Profile, scenario: Scenario, backend: str) -> tuple[str, ...]:
    """The models of a scenario that may run on this backend.

    Raises:
        UserError: one of them runs in pieces there, which a real session does not.
    """
    models: dict[str, None] = {}
    for stream in scenario.streams:
        for stage in stream.stages:
            entry = profile.models[stage.model].get(backend)
            if entry is None or (stage.on is not None and backend not in stage.on):
                continue
            if entry.slices_ms:
                raise UserError(
                    f"--live: {profile.name} runs {stage.model} on {backend} in slices "
                    "(slices_ms), but a real session runs whole: give it one latency_ms"
                )
            models[stage.model] = None
    return tuple(models)


def _check_names(own: Iterable[str], profile: Profile) -> None:
    """Raises UserError: one of them is no model of the profile, so that nothing would run it."""
    for name in own:
        if name not in profile.models:
            what = unknown(f"model of {profile.name}", name, profile.models)
            raise UserError(f"--model: {what}", key="--model")


def _check_models(models: Iterable[str], backend: str, own: Container[str]) -> None:
    """Raises UserError: nothing is known that could run under the name of one of them."""
    known = {each.name for each in cards()}
    for name in models:
        if name not in own and name not in known:
            raise UserError(
                f"the scenario runs {name} on {backend}, and no model of that name can run here: "
                f"say --model {name}=FILE.onnx, or a name of rtgen-tui models list",
                key="--model",
            )


def _check_kinds(profile: Profile, worker: BackendWorker) -> None:
    """Raises UserError: what runs as a language model is none, or the other way round."""
    for model, is_llm in worker.kinds.items():
        if is_llm != profile.is_llm(model):
            words = ("one inference", "a language model")
            raise UserError(
                f"backend {worker.binding.backend!r}: {model} is {words[not is_llm]} in the "
                f"profile, and what is to run as it is {words[is_llm]}: give it another --model",
                key="--model",
            )


def _pythons(live: LiveRequest) -> dict[str, str]:
    """The interpreters of backends that run in a process of their own."""
    pythons = {}
    for text in live.workers:
        name, _, python = (part.strip() for part in text.partition("="))
        if not name or not python:
            raise UserError(
                f"{WORKER}: expected BACKEND=PYTHON, as in gpu=/opt/openvino/bin/python, "
                f"not {shown(text)}",
                key=WORKER,
            )
        pythons[name] = python
    return pythons


def _most_common(providers: Mapping[str, str]) -> str:
    names = list(providers.values())
    return max(names, key=names.count, default="")
