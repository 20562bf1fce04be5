"""One table of a profile from one row of a recipe: its numbers, and where each comes from.

What a number is worth is said by ``basis``: `measured` (one published figure as it stands),
`derived` (computed from measurements of this chip or its closest relative) or `estimated` (with an
assumption that nobody measured). Derived numbers have four significant digits, estimated three.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, cast

from tools.facts import Fact, Facts, merged
from tools.formula import Value, evaluate, names, significant

Cell: TypeAlias = (
    "str | int | Fraction | list[str] | list[Fraction] | list[tuple[int, Fraction]]"
    " | dict[str, Cell]"
)
Row: TypeAlias = dict[str, Cell]

DIGITS = {"measured": 4, "derived": 4, "estimated": 3}
WORDS = ("name", "kind", "title", "note", "providers")
PHASES = ("prefill", "decode", "batch")


class RecipeError(ValueError):
    """A recipe that asks for what the figures cannot give."""


@dataclass(slots=True)
class _Phase:
    """The numbers of a table that share one basis: all of them, or those of one phase."""

    basis: str
    formulas: dict[str, str] = field(default_factory=dict)
    used: list[Fact] = field(default_factory=list)


def computed(row: Mapping[str, object], facts: Facts) -> tuple[Row, list[Fact]]:
    """The table that a row describes, and the facts it rests on.

    The row's words stand as they are. Every other key holds a formula, or ``{formula, at}`` for a
    curve over ``n`` tokens, or ``{formula, times}`` for a list of equal numbers; it may use
    numbers of the same row that stand before it.

    Raises RecipeError, LookupError or FormulaError.
    """
    table: Row = {}
    phases: dict[str, _Phase] = {}
    values: dict[str, Value] = {}
    for key, cell in row.items():
        if key in WORDS:
            table[key] = cast(Cell, cell)
            continue
        if key == "basis" or key.endswith("_basis"):
            continue
        name = next((phase for phase in PHASES if key.startswith(phase)), "")
        phase = phases.setdefault(name, _Phase(_basis(row, name)))
        formula, lengths = _formula(cell)
        exact = value_of(formula, facts, {**values, **lengths}, phase.used)
        values[key] = _rounded(exact, phase, formula)
        phase.formulas[key] = formula
        table[key] = _cell(key, values[key])
        if isinstance(cell, Mapping) and "times" in cell:
            times = cast(Fraction, value_of(str(cell["times"]), facts, values, phase.used))
            table[key] = [cast(Fraction, values[key])] * int(times)
    for name, phase in phases.items():
        prefix = f"{name}_" if name else ""
        table |= {prefix + key: text for key, text in _provenance(phase).items()}
    return table, [fact for phase in phases.values() for fact in phase.used]


def value_of(formula: str, facts: Facts, known: Mapping[str, Value], used: list[Fact]) -> Value:
    """The exact value of a formula over facts and `known` values; adds the facts to `used`."""
    figures: dict[str, Value] = {}
    for name in names(formula):
        if name in known:
            figures[name] = known[name]
            continue
        fact = facts[name]
        figures[name] = fact.value
        if fact not in used:
            used.append(fact)
    return evaluate(formula, figures)


def _basis(row: Mapping[str, object], phase: str) -> str:
    basis = str(row.get(f"{phase}_basis", row.get("basis", "")))
    if basis not in DIGITS:
        raise RecipeError(f"basis is one of {', '.join(DIGITS)}, not {basis!r}")
    return basis


def _formula(cell: object) -> tuple[str, dict[str, Value]]:
    """A formula and, for a curve, the token counts that ``n`` stands for."""
    if not isinstance(cell, Mapping):
        return str(cell), {}
    lengths = cast(list[int], cell.get("at", []))
    return str(cell["formula"]), {"n": {n: Fraction(n) for n in lengths}} if lengths else {}


def _rounded(value: Value, phase: _Phase, formula: str) -> Value:
    as_published = any(fact.name == formula and fact.measured for fact in phase.used)
    if phase.basis == "measured" and as_published:
        return value
    digits = DIGITS[phase.basis]
    if isinstance(value, dict):
        return {n: significant(point, digits) for n, point in value.items()}
    return significant(value, digits)


def _cell(key: str, value: Value) -> Cell:
    if key.endswith("noise"):
        return {"dist": "lognormal", "sigma": cast(Fraction, value)}
    return list(value.items()) if isinstance(value, dict) else value


def _provenance(phase: _Phase) -> dict[str, str]:
    measured = {fact.name for fact in phase.used if fact.measured}
    for key, formula in phase.formulas.items():
        spread = key == "p99_ms" or key.endswith("noise")
        if phase.basis == "measured" and not spread and formula not in measured:
            raise RecipeError(f"{key} is {formula!r}, but measured is one published figure")
    # A factor's sources stand once, at the head of the file.
    leaves = [fact for fact in phase.used if not fact.formula] or phase.used
    how = "; ".join(f"{key} = {formula}" for key, formula in phase.formulas.items())
    legend = "; ".join(fact.listed() for fact in phase.used)
    return {
        "basis": phase.basis,
        "source": ", ".join(merged(fact.sources for fact in leaves)),
        "software": ", ".join(merged(fact.software for fact in leaves)),
        "date": max(merged(fact.dates for fact in leaves)),
        "conditions": leaves[0].conditions or leaves[0].what,
        "derivation": f"{how} where {legend}",
    }
