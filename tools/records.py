"""The published figures: one record per line, each with its source, picked by their fields."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias, cast

# The sources seldom date a figure; this is the day on which they were read.
READ_ON = "2026-11-22"

Field: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Record:
    """One published figure with the circumstances that its source states."""

    soc: str
    backend: str
    model: str
    metric: str
    value: Fraction
    unit: str
    kind: str
    source: str
    conditions: Mapping[str, Field]

    @property
    def software(self) -> str:
        """What ran the model, with its version where the source has one."""
        return str(self.conditions.get("software", "not stated"))

    @property
    def date(self) -> str:
        """The day or month of the measurement, else the day on which it was read."""
        return str(self.conditions.get("test_date", READ_ON))

    def field(self, name: str) -> Field | None:
        """One of its own fields or of its conditions, None where it has none of this name."""
        if name in ("soc", "backend", "model", "metric", "unit", "kind", "source"):
            return cast(str, getattr(self, name))
        return self.conditions.get(name)


def read_records(path: Path) -> list[Record]:
    """Every record of a JSON Lines file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_record(json.loads(line)) for line in lines]


def _record(row: Mapping[str, object]) -> Record:
    return Record(
        soc=str(row["soc"]),
        backend=str(row["backend"]),
        model=str(row["model"]),
        metric=str(row["metric"]),
        value=Fraction(str(row["value"])),
        unit=str(row["unit"]),
        kind=str(row["kind"]),
        source=str(row["source_url"]),
        conditions=cast(Mapping[str, Field], row["conditions"]),
    )


def pick(records: Iterable[Record], fields: Mapping[str, Field]) -> Record:
    """The one record with these fields (its own or those of its conditions).

    Raises LookupError when none or several fit.
    """
    found = [r for r in records if all(r.field(name) == want for name, want in fields.items())]
    if len(found) != 1:
        several = ", ".join(f"{r.value} {r.unit} ({dict(r.conditions)})" for r in found[:4])
        raise LookupError(f"{len(found)} records fit {dict(fields)}: {several}")
    return found[0]
