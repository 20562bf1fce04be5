"""Opens models by name on the devices of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from emulator.ort.bindings import resolve
from emulator.ort.devices import Device, Machine, discover
from emulator.ort.inference import InferenceRunnable
from emulator.ort.language import LanguageRunnable, is_decoder
from emulator.ort.models.card import ModelCard, ModelFile
from emulator.ort.models.catalog import card
from emulator.ort.runnable import BackendBinding
from emulator.ort.sessions import open_session
from emulator.ort.tensors import feeds, tensors

DEFAULT_CONTEXT = 2048
"""Tokens of context of a user's own decoder that does not say."""


class SessionOpener:
    """An Opener on ONNX Runtime.

    `models` stands before the catalogue: what a name of the scenario is to run.
    """

    def __init__(
        self,
        models: Mapping[str, ModelCard | ModelFile] | None = None,
        machine: Machine | None = None,
    ) -> None:
        self._models = dict(models or {})
        self._machine = machine

    @cached_property
    def machine(self) -> Machine:
        """Seen once, at the first use."""
        return self._machine or discover()

    def device(self, backend: BackendBinding) -> Device:
        """What the binding means on this machine.

        Raises:
            UserError: there is no such provider or device, or no ONNX Runtime.
        """
        return resolve(backend, self.machine)

    def open(self, model: str, backend: BackendBinding) -> InferenceRunnable | LanguageRunnable:
        """A model ready to run; not warmed up.

        Raises:
            UserError: no such model or device, or the model does not run there.
        """
        device = self.device(backend)
        chosen = self._models.get(model) or card(model)
        file = chosen if isinstance(chosen, ModelFile) else chosen.file()
        session = open_session(
            file.path,
            device,
            name=model,
            threads=backend.threads,
            allow_fallback=backend.allow_fallback,
        )
        inputs = tensors(session.raw.get_inputs())
        if is_decoder(inputs):
            return LanguageRunnable(session, file.context or DEFAULT_CONTEXT)
        label = model if file is not chosen else f"{model} ({file.path})"
        return InferenceRunnable(session, feeds(label, inputs, file.dims, file.values))
