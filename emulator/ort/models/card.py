"""What is known about a model that can really run, and where its file comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final, Literal

from emulator.ort.models.store import stored
from emulator.ort.sessions import ModelError
from emulator.ort.tensors import Fill

Weights = Literal["random", "trained"]

SEED: Final = 0
"""Of the weights of authored models."""


@dataclass(frozen=True, slots=True)
class Authored:
    """Written by this program with random weights: what it takes is real, what it says is not."""

    build: Callable[[int], bytes]
    """Seed of the weights to the ONNX file."""


@dataclass(frozen=True, slots=True)
class Packaged:
    """A file inside an installed package, found without importing it.

    `adapt` makes a file of fixed shapes out of one that ONNX Runtime cannot feed as it is.
    """

    package: str
    path: str
    sha256: str
    install: str
    adapt: Callable[[bytes], bytes] | None = None


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file to open, and what its open dimensions and inputs are to be.

    A value is one number for all elements, or the limits (low, below) of random whole numbers.
    `context` is a decoder's longest prompt and output together, in tokens.
    """

    path: Path
    dims: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Fill] = field(default_factory=dict)
    context: int | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model of the catalogue; `period` says how often an application runs it."""

    name: str
    title: str
    weights: Weights
    license: str
    source: str
    origin: Authored | Packaged
    period: str = ""
    parameters: int | None = None
    dims: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, Fill] = field(default_factory=dict)
    context: int | None = None
    kv_bytes_per_token: int | None = None

    @property
    def is_llm(self) -> bool:
        """Whether it has prefill and decode."""
        return self.context is not None

    def file(self) -> ModelFile:
        """The model's file, built or adapted in the cache at first use.

        Raises:
            UserError: a package is missing; says which.
        """
        return ModelFile(self._path(), self.dims, self.values, self.context)

    def missing(self) -> str | None:
        """What to install before it can run; None if it can be built or opened now."""
        if isinstance(self.origin, Authored):
            return None if _has("onnx") else "pip install 'rtgen-tui[models]'"
        if _installed_file(self.origin) is None:
            return self.origin.install
        if self.origin.adapt is not None and not _has("onnx"):
            return "pip install 'rtgen-tui[models]'"
        return None

    def _path(self) -> Path:
        origin = self.origin
        if isinstance(origin, Authored):
            return stored(self.name, SEED, lambda: origin.build(SEED))
        path = _installed_file(origin)
        if path is None:
            raise ModelError(
                f"the model {self.name} comes with the package {origin.package}: {origin.install}"
            )
        adapt = origin.adapt
        if adapt is None:
            return path
        return stored(self.name, digest(path)[:12], lambda: adapt(path.read_bytes()))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def installed_version(package: str) -> str | None:
    """The version of an installed package, None if there is none."""
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return None


def _has(package: str) -> bool:
    return installed_version(package) is not None


def _installed_file(origin: Packaged) -> Path | None:
    try:
        path = Path(str(distribution(origin.package).locate_file(origin.path)))
    except PackageNotFoundError:
        return None
    return path if path.is_file() else None
