"""Every number of a profile with where it comes from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from emulator.profile import Backend, Memory, Profile
from emulator.schema.model_cost import Group, ModelCost, Provenance, Sourced
from emulator.study.busy_basis import BASES

_FIELDS: Final[dict[Group, tuple[str, ...]]] = {
    "latency": ("latency_ms", "slices_ms", "p99_ms", "noise", "traffic_mb", "active_w"),
    "prefill": ("prefill_tokens_per_s", "prefill_ms", "chunk_overhead_ms", "prefill_noise"),
    "decode": ("decode_tokens_per_s", "decode_ms", "decode_noise"),
    "batch": ("batch_max", "batch_overhead"),
}
_UNITS: Final = {
    "_tokens_per_s": "tokens/s",
    "_gb_s": "GB/s",
    "_per_token": "bytes/token",
    "_ms": "ms",
    "_us": "us",
    "_mb": "MB",
    "_w": "W",
}


@dataclass(frozen=True, slots=True)
class Value:
    """One number, curve or distribution of a profile."""

    place: tuple[str, ...]
    """Keys from the top of the file: ``("models", "blur", "npu")``."""
    key: str
    value: object
    """As the file would have it."""
    phase: Group | None
    """Of a model's cost; None elsewhere."""
    provenance: Provenance

    @property
    def unit(self) -> str:
        """What the number counts, empty where it has no unit."""
        return next((unit for end, unit in _UNITS.items() if self.key.endswith(end)), "")

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        return {
            "key": ".".join((*self.place, self.key)),
            "value": self.value,
            "unit": self.unit,
            **asdict(self.provenance),
        }


def values_of(profile: Profile) -> list[Value]:
    """All values: memory, backends, then the models in the order of the file."""
    return [
        *_table_values(
            ("memory",), profile.memory, ("bandwidth_gb_s", "usable_gb_s", "kv_transfer")
        ),
        *(value for backend in profile.backends for value in _backend_values(backend)),
        *(value for model in profile.models for value in _model_values(profile, model)),
    ]


def shares(values: Sequence[Value]) -> dict[str, int]:
    """How many values have which basis, ``unstated`` for those whose profile does not say."""
    counts = Counter(value.provenance.basis for value in values)
    return {basis or "unstated": counts[basis] for basis in BASES}


def _backend_values(backend: Backend) -> Iterator[Value]:
    place = ("backends", backend.name)
    fields = ("dispatch_us", "active_w", "idle_w", "cores", "slowdown")
    return _table_values(place, backend, fields)


def _table_values(
    place: tuple[str, ...], table: Memory | Backend, fields: Sequence[str]
) -> Iterator[Value]:
    for key, value in _written(table, fields):
        yield Value(place, key, value, None, _own(table))


def _model_values(profile: Profile, model: str) -> Iterator[Value]:
    costs = profile.models[model]
    about = ("models", model, "about")
    if costs.about.kv_bytes_per_token is not None:
        size = costs.about.to_dict()["kv_bytes_per_token"]
        source = Provenance(source=costs.about.source)
        yield Value(about, "kv_bytes_per_token", size, None, source)
    for backend, cost in costs.items():
        for phase, fields in _FIELDS.items():
            for key, value in _written(cost, fields):
                place = ("models", model, backend)
                yield Value(place, key, value, phase, cost.provenance(phase))


def _written(
    table: Memory | Backend | ModelCost, fields: Sequence[str]
) -> Iterator[tuple[str, object]]:
    given = table.to_dict()
    return ((key, given[key]) for key in fields if key in given)


def _own(table: Sourced) -> Provenance:
    return Provenance(
        basis=table.basis,
        source=table.source,
        derivation=table.derivation,
        software=table.software,
        date=table.date,
        conditions=table.conditions,
    )
