"""From a recipe and the published figures to the tables of a profile.

A recipe (``recipes/NAME.toml`` on top of the ``recipes/shared`` files that it lists) names facts
(facts.py), and gives each number of the profile as a formula over them (table.py). A rule under
``[[models]]`` does so for several models at once: ``for`` maps their names to what replaces
``{it}`` in the rule. Later rules add backends and phases, or replace a latency.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from tools.facts import Fact, Facts
from tools.formula import names, significant
from tools.records import Record
from tools.table import RecipeError, Row, computed, value_of

# What rules call the backends; a backend of another name says which one it is like.
KINDS = frozenset({"npu", "gpu", "cpu-fast", "cpu-small"})
SHARED_KEYS = ("basis", "note")


@dataclass(frozen=True, slots=True)
class Profile:
    """The tables of one profile file, with the factors that its numbers share."""

    head: Row
    memory: Row
    backends: list[Row]
    models: dict[str, dict[str, Row]]
    factors: list[Fact]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One recipe as written, with everything that it shares."""

    top: Mapping[str, object]
    facts: Facts

    def profile(self) -> Profile:
        """The whole profile, computed.

        Raises RecipeError, LookupError or FormulaError with the place in the recipe.
        """
        seen: list[Fact] = []
        memory, used = computed(_table(self.top, "memory"), self.facts)
        seen += used
        backends: list[Row] = []
        kinds: dict[str, str] = {}
        for row in _rows(self.top, "backends"):
            written = dict(row)
            kinds[str(row["name"])] = str(written.pop("like", row["name"]))
            backend, used = computed(written, self.facts)
            backends.append(backend)
            seen += used
        models = {
            model: {"about": self._about(model, seen)}
            | {name: entries[kind] for name, kind in kinds.items() if kind in entries}
            for model, entries in self._models(frozenset(kinds.values()), seen).items()
        }
        head: Row = {key: str(self.top[key]) for key in ("name", "title", "description")}
        return Profile(head, memory, backends, models, self._factors(seen))

    def _models(self, kinds: frozenset[str], seen: list[Fact]) -> dict[str, dict[str, Row]]:
        """The entries of each model by kind of backend, after all rules."""
        models: dict[str, dict[str, Row]] = {}
        for rule in _rows(self.top, "models"):
            for model, its in _subjects(rule["for"]):
                filled = cast(Mapping[str, object], _filled(rule, its))
                known = models.setdefault(model, {})
                for kind, entry in self._entries(model, filled, kinds, seen):
                    old = {} if "latency_ms" in entry else known.get(kind, {})
                    known[kind] = {**old, **entry}
        return models

    def _entries(
        self, model: str, rule: Mapping[str, object], kinds: frozenset[str], seen: list[Fact]
    ) -> Iterable[tuple[str, Row]]:
        stray = rule.keys() - {"for", "facts", *SHARED_KEYS} - KINDS
        if stray:
            raise RecipeError(f"a rule for {model} has unknown keys: {', '.join(sorted(stray))}")
        facts = self.facts.extended(_table(rule, "facts"))
        common = {key: rule[key] for key in SHARED_KEYS if key in rule}
        for kind in sorted(kinds & rule.keys()):
            row = _table(rule, kind)
            try:
                entry, used = computed({**row, **common, **row}, facts)
            except (LookupError, ValueError, TypeError) as error:
                raise RecipeError(f"{model} on {kind}: {error}") from error
            seen += used
            yield kind, entry

    def _about(self, model: str, seen: list[Fact]) -> Row:
        abouts = _table(self.top, "about")
        if model not in abouts:
            raise RecipeError(f"[about] does not say what {model!r} is")
        row = cast(Mapping[str, object], abouts[model])
        about: Row = {key: str(row[key]) for key in ("title", "source", "note") if key in row}
        for key in ("params", "kv_bytes_per_token", "weight_mb"):
            if key in row:
                value = cast(Fraction, value_of(str(row[key]), self.facts, {}, seen))
                about[key] = _ABOUT.get(key, _as_is)(value)
        return about

    def _factors(self, seen: list[Fact]) -> list[Fact]:
        """The factors in use, each after those that it is computed from."""
        listed: dict[str, Fact] = {}

        def add(fact: Fact) -> None:
            if fact.formula and fact.name not in listed:
                for name in names(fact.formula):
                    add(self.facts[name])
                listed[fact.name] = fact

        for fact in seen:
            add(fact)
        return list(listed.values())


def read_recipe(path: Path, records: list[Record]) -> Recipe:
    """The recipe of a file, on top of the shared files that it lists."""
    own = tomllib.loads(path.read_text(encoding="utf-8"))
    shared = [path.parent / "shared" / f"{name}.toml" for name in own["shared"]]
    layers = [*(tomllib.loads(layer.read_text(encoding="utf-8")) for layer in shared), own]
    top: dict[str, object] = {**own, "models": [r for row in layers for r in _rows(row, "models")]}
    for key in ("facts", "about", "aliases"):
        top[key] = {name: cell for row in layers for name, cell in _table(row, key).items()}
    facts = Facts(records, _table(top, "facts"), cast(Mapping[str, str], top["aliases"]))
    return Recipe(top, facts)


def _table(row: Mapping[str, object], key: str) -> Mapping[str, object]:
    return cast(Mapping[str, object], row.get(key, {}))


def _rows(row: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    return cast(list[Mapping[str, object]], row.get(key, []))


def _subjects(subjects: object) -> list[tuple[str, dict[str, str]]]:
    """The models of a rule, each with what stands for ``{it}`` (or other words) in the rule."""
    if isinstance(subjects, Mapping):
        return [
            (str(model), dict(its) if isinstance(its, Mapping) else {"it": str(its)})
            for model, its in subjects.items()
        ]
    return [(str(model), {"it": str(model)}) for model in cast(list[object], subjects)]


def _filled(cell: object, its: Mapping[str, str]) -> object:
    if isinstance(cell, Mapping):
        return {key: _filled(value, its) for key, value in cell.items()}
    if isinstance(cell, str):
        for word, text in its.items():
            cell = cell.replace("{" + word + "}", text)
    return cell


def _as_is(value: Fraction) -> Fraction:
    return value


def _counted(count: Fraction) -> str:
    """A number of parameters as people write it: ``3.21 G``."""
    unit, size = next((u, s) for u, s in (("G", 10**9), ("M", 10**6), ("k", 10**3)) if count >= s)
    return f"{float(count / size):.3g} {unit}"


_ABOUT: dict[str, Callable[[Fraction], Fraction | str]] = {
    "params": _counted,
    "weight_mb": lambda value: significant(value, 4),
}
"""How figures of ``about`` are written, where not as they are."""
