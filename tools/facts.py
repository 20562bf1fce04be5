"""Named figures of a recipe: a published record, a figure cited by hand, or a formula over others.

A fact is written in a recipe as one of

* ``{soc = ..., backend = ..., model = ..., metric = ..., ...}``: the record with these fields;
  with ``over = "context_tokens"`` and ``at = [1024, 2048]`` a curve of one record per length;
* ``{value = "0.04", unit = ..., what = ..., source = ..., software = ..., date = ...}``;
* ``{formula = "a / b", why = ...}``: a factor, rounded to four significant digits unless whole.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from tools.formula import Value, decimal_text, evaluate, names, significant
from tools.records import READ_ON, Field, Record, pick

FACTOR_DIGITS = 4
NOT_STATED = "not stated"
MAX_DETAIL = 40
SHOWN_CONDITIONS = ("precision", "input", "batch", "runtime", "power_mode", "system", "note")


@dataclass(frozen=True, slots=True)
class Fact:
    """One named figure with its origin; `formula` is empty unless it was computed."""

    name: str
    value: Value
    unit: str
    what: str
    sources: tuple[str, ...]
    software: tuple[str, ...]
    dates: tuple[str, ...]
    conditions: str = ""
    measured: bool = False
    formula: str = ""

    def __post_init__(self) -> None:
        if ";" in self.what or " where " in self.what:
            raise ValueError(f"{self.name}: ';' and 'where' separate the parts of a derivation")

    def listed(self) -> str:
        """``x_elite = 0.375 ms (mediapipe_selfie on ...)``, as derivations list it.

        What a factor is stands once, at the head of the profile.
        """
        if isinstance(self.value, dict):
            figures = ", ".join(f"{decimal_text(v)} at {n}" for n, v in self.value.items())
        else:
            figures = decimal_text(self.value)
        unit = f" {self.unit}" if self.unit else ""
        what = "" if self.formula else f" ({self.what})"
        return f"{self.name} = {figures}{unit}{what}"


@dataclass(slots=True)
class Facts:
    """The figures that a recipe knows by name, looked up on demand and remembered."""

    records: Iterable[Record]
    written: Mapping[str, object]
    aliases: Mapping[str, str]
    used: list[Record] = field(default_factory=list)
    parent: "Facts | None" = None
    _known: dict[str, Fact] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Fact:
        if name not in self._known:
            if name in self.written:
                self._known[name] = self._build(name, self.written[name])
            elif self.parent is not None:
                return self.parent[name]
            else:
                raise LookupError(f"no fact is called {name!r}")
        return self._known[name]

    def extended(self, written: Mapping[str, object]) -> "Facts":
        """These facts and some more, as one rule of a recipe sees them."""
        return Facts(self.records, written, self.aliases, self.used, self)

    def _build(self, name: str, row: object) -> Fact:
        if not isinstance(row, Mapping):
            raise TypeError(f"the fact {name!r} is no table")
        if "formula" in row:
            return self._factor(name, str(row["formula"]), str(row["why"]))
        if "value" in row:
            return _cited(name, row)
        return self._published(name, row)

    def _factor(self, name: str, formula: str, why: str) -> Fact:
        parts = [self[part] for part in names(formula)]
        value = evaluate(formula, {part.name: part.value for part in parts})
        if isinstance(value, dict):
            raise TypeError(f"the factor {name!r} is a curve")
        return Fact(
            name=name,
            value=value if value.denominator == 1 else significant(value, FACTOR_DIGITS),
            unit="",
            what=why,
            sources=merged(part.sources for part in parts),
            software=merged(part.software for part in parts),
            dates=merged(part.dates for part in parts),
            formula=formula,
        )

    def _published(self, name: str, row: Mapping[str, object]) -> Fact:
        fields = {key: _field(value) for key, value in row.items() if key not in ("over", "at")}
        soc = str(fields["soc"])
        fields["soc"] = self.aliases.get(soc, soc)
        if "over" not in row:
            record = self._pick(fields)
            return _from_records(name, [record], record.value)
        over, lengths = str(row["over"]), _lengths(row["at"])
        found = {n: self._pick({**fields, over: n}) for n in lengths}
        return _from_records(name, list(found.values()), {n: r.value for n, r in found.items()})

    def _pick(self, fields: Mapping[str, Field]) -> Record:
        record = pick(self.records, fields)
        if record not in self.used:
            self.used.append(record)
        return record


def merged(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """All entries of the groups in order, each once; `not stated` only where nothing is stated."""
    entries = dict.fromkeys(entry for group in groups for entry in group)
    stated = tuple(entry for entry in entries if entry != NOT_STATED)
    return stated or tuple(entries)


def _from_records(name: str, records: list[Record], value: Value) -> Fact:
    first = records[0]
    return Fact(
        name=name,
        value=value,
        unit=first.unit,
        what=_what(first),
        sources=merged((record.source,) for record in records),
        software=merged((record.software,) for record in records),
        dates=merged((record.date,) for record in records),
        conditions=_conditions(first),
        measured=all(record.kind == "measured by source" for record in records),
    )


def _what(record: Record) -> str:
    """In a few words; longer circumstances stand under `conditions`."""
    metric = record.metric.replace("_", " ")
    subject = metric if record.model == "(specification)" else f"{record.model} {metric}"
    where = "" if record.backend == "n/a" else f", {record.soc} {record.backend}"
    details = (str(record.conditions.get(key, "")) for key in ("precision", "input"))
    short = [detail for detail in details if 0 < len(detail) <= MAX_DETAIL]
    return ", ".join([f"{subject}{where}", *short]).replace(";", ",")


def _conditions(record: Record) -> str:
    stated = [
        f"{key} {record.conditions[key]}" for key in SHOWN_CONDITIONS if key in record.conditions
    ]
    return "; ".join([f"{record.model} on {record.soc}", *stated])


def _cited(name: str, row: Mapping[str, object]) -> Fact:
    return Fact(
        name=name,
        value=Fraction(str(row["value"])),
        unit=str(row.get("unit", "")),
        what=str(row["what"]),
        sources=(str(row["source"]),),
        software=(str(row.get("software", NOT_STATED)),),
        dates=(str(row.get("date", READ_ON)),),
        conditions=str(row["what"]),
        measured=bool(row.get("measured", False)),
    )


def _field(value: object) -> Field:
    if isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a record is picked by texts and numbers, not by {value!r}")


def _lengths(value: object) -> list[int]:
    if isinstance(value, list) and all(isinstance(n, int) for n in value):
        return list(value)
    raise TypeError(f"'at' lists whole numbers of tokens, not {value!r}")
