"""Opens a model on one device, and nowhere else unless the user allows it."""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from emulator.errors import UserError
from emulator.ort.devices import Device
from emulator.ort.known_providers import CPU_PROVIDER
from emulator.ort.placement import RECORD, Placement, PlacementError, fallback, placement_of
from emulator.ort.raw import Array, RawBinding, RawRunOptions, RawSession
from emulator.ort.runnable import Terminate, Terminated
from emulator.ort.runtime import ERRORS_ONLY, NOT_EVEN_ERRORS, quiet, runtime

MAX_REASON: Final = 300
_CODE: Final = re.compile(r"^ : \d+ : \w+ : ")
_PLACE: Final = re.compile(r"/\S+:\d+ ")
_SIGNATURE: Final = re.compile(r"^/\S+:\d+ .*?\)(?: const)? (?=[A-Z])")
"""A source file with its line, and the function up to its last parenthesis."""
ALLOW: Final = "--allow-fallback runs them there"


class ModelError(UserError):
    """A model file that ONNX Runtime cannot open or feed."""


@dataclass(slots=True)
class Session:
    """A model on a device; `warning` says which nodes run elsewhere, where that was allowed.

    Used by one thread at a time. Calls release the GIL.
    """

    name: str
    device: Device
    raw: RawSession
    options: RawRunOptions
    placement: Placement
    create_ms: float
    warning: str | None = None

    @property
    def provider(self) -> str:
        """The execution provider that runs most of it."""
        return self.placement.main or self.device.provider

    def device_memory(self) -> object | None:
        """ONNX Runtime's name for the device's own memory; None where that is main memory."""
        runs_there = self.provider == self.device.provider != CPU_PROVIDER
        memory_info = getattr(self.device.handle, "memory_info", None)
        if not runs_there or not callable(memory_info):
            return None
        memory: object = memory_info(runtime().OrtDeviceMemoryType.DEFAULT)
        return memory

    def run(self, feeds: Mapping[str, Array], terminate: Terminate | None = None) -> list[Array]:
        """One inference; all outputs.

        Raises:
            Terminated: it was asked to end.
        """
        if terminate is None:
            self.options.terminate = False
            return list(self.raw.run(None, feeds, self.options))
        outputs: list[Array] = []
        self._watched(lambda: outputs.extend(self.raw.run(None, feeds, self.options)), terminate)
        return outputs

    def run_bound(self, binding: RawBinding, terminate: Terminate | None = None) -> None:
        """One inference on what is bound.

        Raises:
            Terminated: it was asked to end.
        """
        if terminate is None:
            self.options.terminate = False
            self.raw.run_with_iobinding(binding, self.options)
        else:
            self._watched(lambda: self.raw.run_with_iobinding(binding, self.options), terminate)

    def _watched(self, run: Callable[[], None], terminate: Terminate) -> None:
        self.options.terminate = False
        try:
            with terminate.watched(self._stop):
                run()
        except Exception:
            if terminate.requested:
                raise Terminated(self.name) from None
            raise

    def _stop(self) -> None:
        self.options.terminate = True


def open_session(
    model: Path | bytes,
    device: Device,
    *,
    name: str,
    threads: int = 1,
    allow_fallback: bool = False,
) -> Session:
    """Opens an ONNX file, or its bytes, on a device; every node must run there.

    Raises:
        PlacementError: nodes would run elsewhere, or the provider refuses the model.
        ModelError: the file is no model that ONNX Runtime can open.
    """
    started_ns = time.perf_counter_ns()
    raw, problem = _created(model, device, name, threads, allow_fallback=allow_fallback)
    create_ms = (time.perf_counter_ns() - started_ns) / 1e6
    placement = placement_of(raw.get_provider_graph_assignment_info())
    if not placement.total and not raw.get_inputs():
        file = "its file" if isinstance(model, bytes) else str(model)
        raise ModelError(
            f"{name}: {file} has no input, only constants, so that there is nothing to run: give "
            "a model that computes its outputs from one input or more"
        )
    sentence = problem or fallback(placement, device.provider, name)
    if sentence is not None and not allow_fallback:
        raise PlacementError(f"{sentence} ({ALLOW})")
    options: RawRunOptions = runtime().RunOptions()
    options.log_severity_level = NOT_EVEN_ERRORS
    return Session(name, device, raw, options, placement, create_ms, sentence)


def _created(
    model: Path | bytes, device: Device, name: str, threads: int, *, allow_fallback: bool
) -> tuple[RawSession, str | None]:
    """The session, and what was wrong where it is one on the CPU instead."""
    try:
        return _session(model, device, threads), None
    except Exception as error:  # noqa: BLE001 - every provider raises its own kinds
        reason = first_line(error)
        if device.provider == CPU_PROVIDER:
            raise ModelError(f"{name} cannot be opened: {reason}") from None
        sentence = f"{device.provider} cannot run {name}: {reason}"
        if not allow_fallback:
            raise PlacementError(sentence) from None
    try:
        return _session(model, Device(CPU_PROVIDER, "cpu", ""), threads), sentence
    except Exception as error:  # noqa: BLE001 - same
        raise ModelError(f"{name} cannot be opened: {first_line(error)}") from None


def _session(model: Path | bytes, device: Device, threads: int) -> RawSession:
    ort = runtime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    options.add_session_config_entry(RECORD, "1")
    if threads > 1:  # waiting threads that spin take the core of the other backend
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    extra: dict[str, object] = {"enable_fallback": 0}
    if device.handle is not None and device.provider != CPU_PROVIDER:
        options.add_provider_for_devices([device.handle], {})
    else:
        extra["providers"] = [device.provider]
    source = model if isinstance(model, bytes) else str(model)
    with quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an absent provider is found by the placement
        session: RawSession = ort.InferenceSession(source, options, **extra)
    return session


def first_line(error: Exception) -> str:
    """What an exception of ONNX Runtime says to people, on one line and not without end.

    Left out are the codes of nested errors, and places and signatures in its own source.
    """
    text = " ".join(str(error).split())
    text = _CODE.sub("", text.rpartition("[ONNXRuntimeError]")[2])
    if _PLACE.match(text):
        text = _SIGNATURE.sub("", text).rpartition(" was false. ")[2]
    text = text or type(error).__name__
    return text if len(text) <= MAX_REASON else f"{text[: MAX_REASON - 3]}..."
