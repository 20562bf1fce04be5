"""The schema of a profile file: what a SoC can do, number by number with its source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, ClassVar, Literal, cast

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
from emulator.schema.tables import (
    AtMost,
    Entries,
    Format,
    Name,
    Rewritten,
    ShortForm,
    Table,
    Text,
    duplicates,
    fault,
)

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
MAX_INTERFERENCE = 1_000


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


Slowdowns = Annotated[
    Mapping[Name, Annotated[Fraction, Number(1, MAX_INTERFERENCE)]], AtMost(MAX_BACKENDS)
]


class Backend(Sourced):
    """A processing unit that runs one slice at a time; `dispatch_us` is added to each slice.

    `bandwidth_gb_s` is what it can draw from memory alone, `interference` how much longer a slice
    takes that only moves memory beside another such slice. `slowdown` is how much longer a slice
    took here beside a busy other backend, by its name, where that was measured.
    """

    home: ClassVar[str] = "is a key of a backend ([[backends]])"

    name: Name
    kind: Kind
    title: Text | None = None
    providers: Annotated[tuple[Text, ...], Entries(0, 64)] = ()
    dispatch_us: Annotated[Fraction, Number(0, MAX_US)] = Fraction(0)
    active_w: NonNegativeExact | None = None
    idle_w: NonNegativeExact | None = None
    bandwidth_gb_s: PositiveExact | None = None
    interference: Annotated[Fraction, Number(1, MAX_INTERFERENCE)] = Fraction(1)
    slowdown: Slowdowns | None = None
    cores: Annotated[int, Whole(1, 4096)] | None = None

    @classmethod
    def prepared(cls, data: object, folder: Path) -> object:
        """A backend without a kind has that of its name."""
        table = cls.check_keys(super().prepared(data, folder))
        if "kind" in table or "name" not in table:
            return table
        kind = str(table["name"])[:3]
        return {**table, "kind": kind if kind in ("gpu", "npu") else "cpu"}

    def check(self) -> None:
        """Its name is free to use."""
        if self.name == "about":
            raise fault("'about' cannot name a backend: it says what a model is", "name")


class About(Table):
    """What a model is, whatever runs it. `kv_bytes_per_token` sizes its KV cache.

    `weight_mb` are read from memory by each pass through the model (1 MB is 1e6 bytes).
    """

    home: ClassVar[str] = "says what a model is: it belongs to [models.NAME.about]"

    title: Text | None = None
    params: Text | None = None
    source: Text | None = None
    note: Text | None = None
    kv_bytes_per_token: PositiveExact | None = None
    weight_mb: PositiveExact | None = None


def _cost_table(value: object) -> object:
    """A bare number is `latency_ms`."""
    return value if isinstance(value, Mapping | Table) else {"latency_ms": value}


CostEntry = Annotated[ModelCost, Rewritten(_cost_table), ShortForm({"type": ["number", "string"]})]


class ModelCosts(Table):
    """The entries of one model by backend name, and `about` the model itself.

    Reads like a mapping from backend name to ModelCost; a backend that cannot run it is absent.
    """

    model_config: ClassVar[Mapping[str, object]] = {"extra": "allow"}
    extra_type: ClassVar[object] = CostEntry
    home: ClassVar[str] = "is a key of a model ([models.NAME])"

    about: About = About()

    def __getitem__(self, backend: str) -> ModelCost:
        return self._entries[backend]

    def __contains__(self, backend: object) -> bool:
        return backend in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, backend: str) -> ModelCost | None:
        """The entry on a backend, None where the backend cannot run the model."""
        return self._entries.get(backend)

    def items(self) -> tuple[tuple[str, ModelCost], ...]:
        """(backend name, entry), as written."""
        return tuple(self._entries.items())

    @property
    def is_llm(self) -> bool:
        """Whether any entry lists prefill or decode."""
        return any(cost.is_llm for cost in self._entries.values())

    @property
    def _entries(self) -> Mapping[str, ModelCost]:
        return cast("Mapping[str, ModelCost]", self.extra)

    @classmethod
    def prepared(cls, data: object, folder: Path) -> object:
        """Refuses what is no mapping, or one that has the keys of an entry."""
        if not isinstance(data, Mapping | Table):
            raise fault(
                f"expected its cost on each backend, as in {{npu = 1.17}}, not {shown(data)}"
            )
        if isinstance(data, Mapping):
            if len(data) > MAX_BACKENDS + 1:
                raise fault(f"more than {MAX_BACKENDS:,} entries")
            for key in data:
                if key in ModelCost.defaults:
                    raise fault(f"{key!r} {ModelCost.home}", key, named=True)
        return super().prepared(data, folder)

    def check(self) -> None:
        """The model is an LLM on all backends or on none."""
        kinds = {cost.is_llm for cost in self._entries.values()}
        if len(kinds) > 1:
            raise fault("a model has latency_ms on all its backends, or prefill and decode on all")


def _backend_table(value: object) -> object:
    """A bare text is a backend's name."""
    return {"name": value} if isinstance(value, str) else value


BackendSpec = Annotated[Backend, Rewritten(_backend_table), ShortForm({"type": "string"})]


class Profile(Sourced):
    """A SoC: its backends in tie order, its memory, and what each model costs on each backend."""

    home: ClassVar[str] = "belongs at the top of the file, above the first table"

    format: Format = 1
    name: Name = "unnamed"
    title: Text | None = None
    description: Text | None = None
    memory: Memory = Memory()
    backends: Annotated[tuple[BackendSpec, ...], Entries(1, MAX_BACKENDS)]
    models: Annotated[Mapping[Name, ModelCosts], AtMost(MAX_MODELS)]

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

    def check(self) -> None:
        """Names differ, and models run on backends that there are."""
        names = self.backend_names
        if repeated := duplicates(names):
            raise fault(f"two backends have the name {shown(repeated[0])}", "backends")
        for each in self.backends:
            for other in each.slowdown or ():
                if other not in names or other == each.name:
                    others = [name for name in names if name != each.name]
                    problem = unknown("backend", other, others)
                    raise fault(f"the slowdown of {each.name!r} names an {problem}", "backends")
        for model, costs in self.models.items():
            for backend in costs:
                if backend not in names:
                    problem = unknown("backend", backend, names)
                    raise fault(f"model {model!r} lists an {problem}", "models")


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
