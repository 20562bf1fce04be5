"""The schema of a profile file: what a SoC can do, number by number with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, ClassVar, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from emulator.names import shown, unknown
from emulator.schema.curves import PrefillTimes
from emulator.schema.exact import NonNegativeExact, Number, PositiveExact, Whole
from emulator.schema.model_cost import (
    Basis,
    ModelCost,
    Noise,
    NoiseSpec,
    Phase,
    Provenance,
    Sourced,
)
from emulator.schema.tables import Entries, Format, Name, ShortForm, Table, Text, duplicates, fault

__all__ = [
    "About",
    "Backend",
    "Basis",
    "KvTransfer",
    "Memory",
    "ModelCost",
    "ModelCosts",
    "Noise",
    "NoiseSpec",
    "Phase",
    "Profile",
    "Provenance",
]

Kind = Literal["cpu", "gpu", "npu"]

MAX_BACKENDS = 64
MAX_MODELS = 2_000
MAX_US = 10**10


class KvTransfer(Table):
    """What moving a KV cache between backends costs: a fixed part plus bytes over bandwidth."""

    home: ClassVar[str] = "belongs to kv_transfer = {...} under [memory]"

    fixed_us: NonNegativeExact = Fraction(0)
    gb_s: PositiveExact | None = None


class Memory(Sourced):
    """The memory that the backends share. A GB is 1e9 bytes."""

    home: ClassVar[str] = "is a key of [memory]"

    bandwidth_gb_s: PositiveExact | None = None
    usable_gb_s: PositiveExact | None = None
    kv_transfer: KvTransfer = KvTransfer()


class Backend(Sourced):
    """A processing unit that runs one slice at a time; `dispatch_us` is added to each slice."""

    home: ClassVar[str] = "is a key of a backend ([[backends]])"

    name: Name
    kind: Kind
    title: Text | None = None
    providers: Annotated[tuple[Text, ...], Entries(0, 64)] = ()
    dispatch_us: Annotated[Fraction, Number(0, MAX_US)] = Fraction(0)
    active_w: NonNegativeExact | None = None
    idle_w: NonNegativeExact | None = None
    cores: Annotated[int, Whole(1, 4096)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _kind_from_name(cls, data: object) -> object:
        if not isinstance(data, Mapping) or "kind" in data or "name" not in data:
            return data
        kind = str(data["name"])[:3]
        return {**data, "kind": kind if kind in ("gpu", "npu") else "cpu"}

    @model_validator(mode="after")
    def _name_is_free(self) -> Self:
        if self.name == "about":
            raise fault("'about' cannot name a backend: it says what a model is", "name")
        return self


class About(Table):
    """What a model is, whatever runs it. `kv_bytes_per_token` sizes its KV cache."""

    home: ClassVar[str] = "says what a model is: it belongs to [models.NAME.about]"

    title: Text | None = None
    params: Text | None = None
    source: Text | None = None
    note: Text | None = None
    kv_bytes_per_token: PositiveExact | None = None


def _cost_table(value: object) -> object:
    """A bare number is `latency_ms`."""
    return value if isinstance(value, Mapping | Table) else {"latency_ms": value}


CostEntry = Annotated[
    ModelCost, BeforeValidator(_cost_table), ShortForm({"type": ["number", "string"]})
]


class ModelCosts(Table):
    """The entries of one model by backend name, and `about` the model itself.

    Reads like a mapping from backend name to ModelCost; a backend that cannot run it is absent.
    """

    model_config = ConfigDict(extra="allow")
    home: ClassVar[str] = "is a key of a model ([models.NAME])"

    about: About = About()
    __pydantic_extra__: dict[str, CostEntry] = Field(init=False)

    def __getitem__(self, backend: str) -> ModelCost:
        return self.__pydantic_extra__[backend]

    def __contains__(self, backend: object) -> bool:
        return backend in self.__pydantic_extra__

    def __iter__(self) -> Iterator[str]:  # type: ignore[override]
        return iter(self.__pydantic_extra__)

    def __len__(self) -> int:
        return len(self.__pydantic_extra__)

    def get(self, backend: str) -> ModelCost | None:
        """The entry on a backend, None where the backend cannot run the model."""
        return self.__pydantic_extra__.get(backend)

    def items(self) -> tuple[tuple[str, ModelCost], ...]:
        """(backend name, entry), as written."""
        return tuple(self.__pydantic_extra__.items())

    @property
    def is_llm(self) -> bool:
        """Whether any entry lists prefill or decode."""
        return any(cost.is_llm for cost in self.__pydantic_extra__.values())

    @model_validator(mode="before")
    @classmethod
    def _entries_stand_under_backends(cls, data: object) -> object:
        if not isinstance(data, Mapping | Table):
            raise fault(
                f"expected its cost on each backend, as in {{npu = 1.17}}, not {shown(data)}"
            )
        if isinstance(data, Mapping):
            if len(data) > MAX_BACKENDS + 1:
                raise fault(f"more than {MAX_BACKENDS:,} entries")
            for key in data:
                if key in ModelCost.model_fields:
                    raise fault(f"{key!r} {ModelCost.home}", key, named=True)
        return data

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = {cost.is_llm for cost in self.__pydantic_extra__.values()}
        if len(kinds) > 1:
            raise fault("a model has latency_ms on all its backends, or prefill and decode on all")
        return self


def _backend_table(value: object) -> object:
    """A bare text is a backend's name."""
    return {"name": value} if isinstance(value, str) else value


BackendSpec = Annotated[Backend, BeforeValidator(_backend_table), ShortForm({"type": "string"})]


class Profile(Sourced):
    """A SoC: its backends in tie order, its memory, and what each model costs on each backend."""

    home: ClassVar[str] = "belongs at the top of the file, above the first table"

    format: Format = 1
    name: Name = "unnamed"
    title: Text | None = None
    description: Text | None = None
    memory: Memory = Memory()
    backends: Annotated[tuple[BackendSpec, ...], Entries(1, MAX_BACKENDS)]
    models: Annotated[Mapping[Name, ModelCosts], Field(max_length=MAX_MODELS)]

    def is_llm(self, model: str) -> bool:
        """Whether a model of this profile has prefill or decode; KeyError for an unknown model."""
        return self.models[model].is_llm

    def kv_bytes_per_token(self, model: str) -> Fraction:
        """Bytes that a token of context takes in the KV cache, 0 where the profile does not say."""
        return self.models[model].about.kv_bytes_per_token or Fraction(0)

    @property
    def backend_names(self) -> tuple[str, ...]:
        """In tie order."""
        return tuple(backend.name for backend in self.backends)

    def to_dict(self) -> dict[str, object]:
        """As for every table, with the format in front."""
        return {"format": self.format, **super().to_dict()}

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        names = self.backend_names
        if repeated := duplicates(names):
            raise fault(f"two backends have the name {shown(repeated[0])}", "backends")
        for model, costs in self.models.items():
            for backend in costs:
                if backend not in names:
                    problem = unknown("backend", backend, names)
                    raise fault(f"model {model!r} lists an {problem}", "models")
        return self


PROFILE_TABLES: tuple[type[Table], ...] = (
    Profile,
    Memory,
    KvTransfer,
    Backend,
    ModelCost,
    About,
    Noise,
    PrefillTimes,
)
"""All tables of a profile file, those first that a misplaced key most likely belongs to."""
