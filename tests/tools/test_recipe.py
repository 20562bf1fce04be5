from fractions import Fraction

import pytest

from tools.facts import Facts
from tools.formula import FormulaError, evaluate, names, significant
from tools.records import Record, pick
from tools.table import RecipeError, computed


def record(value: str, kind: str = "measured by source", **conditions: str | int) -> Record:
    """A published latency of a chip that does not exist."""
    return Record(
        soc="Chip",
        backend="npu",
        model="net",
        metric="latency",
        value=Fraction(value),
        unit="ms",
        kind=kind,
        source="https://example.org/a",
        conditions=conditions,
    )


def facts(*records: Record, **written: object) -> Facts:
    """What a recipe would know that writes these facts."""
    return Facts(records, written, {"c": "Chip"})


NET = {"soc": "c", "backend": "npu", "model": "net", "metric": "latency"}
TWICE = {"value": "2", "what": "two", "source": "definition"}


def test_a_formula_is_exact() -> None:
    """A third stays a third until it is rounded."""
    assert evaluate("a / 3 * (1 + b)", {"a": Fraction(1), "b": Fraction(1)}) == Fraction(2, 3)


def test_a_formula_combines_curves_point_by_point() -> None:
    """A figure that is a curve makes the result one."""
    curve = {1024: Fraction(10), 2048: Fraction(8)}
    assert evaluate("2 * a", {"a": curve}) == {1024: Fraction(20), 2048: Fraction(16)}


def test_curves_of_other_lengths_do_not_combine() -> None:
    """No point is made up."""
    with pytest.raises(FormulaError, match="do not meet"):
        evaluate("a * b", {"a": {1: Fraction(1)}, "b": {2: Fraction(1)}})


@pytest.mark.parametrize("formula", ["1.5 * a", "a.b", "f(a)", "a if a else 1", "a +", "'x'"])
def test_a_formula_is_arithmetic_on_named_figures(formula: str) -> None:
    """Decimals belong into a fact with a source; other Python is refused."""
    with pytest.raises(FormulaError):
        evaluate(formula, {"a": Fraction(1)})


def test_a_formula_names_an_unknown_figure() -> None:
    """The message says which name is wrong."""
    with pytest.raises(FormulaError, match="'c'"):
        evaluate("a * c", {"a": Fraction(1)})


def test_means_and_logarithms() -> None:
    """Median and mean are exact, geomean and ln good to far more digits than are written."""
    assert evaluate("median(4, 1, 2)", {}) == 2
    assert evaluate("mean(1, 2)", {}) == Fraction(3, 2)
    geomean = evaluate("geomean(2, 8)", {})
    assert isinstance(geomean, Fraction)
    assert significant(geomean, 20) == 4
    logarithm = evaluate("ln(2)", {})
    assert isinstance(logarithm, Fraction)
    assert significant(logarithm, 6) == Fraction("0.693147")


def test_rounding_is_half_even() -> None:
    """A tie goes to the even digit."""
    assert significant(Fraction("0.125"), 2) == Fraction("0.12")
    assert significant(Fraction("0.135"), 2) == Fraction("0.14")


def test_names_come_in_reading_order() -> None:
    """So that the figures of a derivation stand as its formula uses them."""
    assert names("b * (a + b) / median(c, a)") == ["b", "a", "c"]


def test_a_record_is_picked_by_its_own_fields_and_conditions() -> None:
    """One fits, none fits, two fit."""
    both = [record("1", precision="int8"), record("2", precision="float")]
    assert pick(both, {"model": "net", "precision": "float"}).value == 2
    with pytest.raises(LookupError, match="0 records"):
        pick(both, {"precision": "bf16"})
    with pytest.raises(LookupError, match="2 records"):
        pick(both, {"model": "net"})


def test_a_derived_number_shows_its_working() -> None:
    """The table holds the rounded number, its formula, and every figure in it."""
    row = {"latency_ms": "net * twice / 3", "basis": "derived", "note": "as is"}
    table, used = computed(row, facts(record("1"), net=NET, twice=TWICE))
    assert table["latency_ms"] == Fraction("0.6667")
    assert table["basis"] == "derived"
    assert table["source"] == "https://example.org/a, definition"
    assert table["derivation"] == (
        "latency_ms = net * twice / 3 where net = 1 ms (net latency, Chip npu); twice = 2 (two)"
    )
    assert table["note"] == "as is"
    assert [fact.name for fact in used] == ["net", "twice"]


def test_an_estimated_number_has_three_digits() -> None:
    """It does not look better than it is."""
    table, _ = computed(
        {"latency_ms": "net / 3", "basis": "estimated"}, facts(record("1"), net=NET)
    )
    assert table["latency_ms"] == Fraction("0.333")


def test_the_phases_of_an_llm_have_their_own_basis() -> None:
    """Measured prefill may stand beside derived decode."""
    row = {
        "prefill_basis": "measured",
        "prefill_tokens_per_s": "net",
        "decode_basis": "derived",
        "decode_tokens_per_s": {"formula": "1000 / (net + n)", "at": [0, 999]},
    }
    table, _ = computed(row, facts(record("1.23456"), net=NET))
    assert table["prefill_tokens_per_s"] == Fraction("1.23456")
    assert table["prefill_basis"] == "measured"
    assert table["decode_tokens_per_s"] == [(0, Fraction(810)), (999, Fraction("0.9998"))]
    assert table["decode_basis"] == "derived"
    assert "basis" not in table


def test_measured_is_one_published_figure() -> None:
    """Neither a computed number nor a figure that nobody measured may be called measured."""
    with pytest.raises(RecipeError, match="measured is one published figure"):
        computed({"latency_ms": "net * 2", "basis": "measured"}, facts(record("1"), net=NET))
    claim = record("1", kind="claimed by vendor")
    with pytest.raises(RecipeError, match="measured is one published figure"):
        computed({"latency_ms": "net", "basis": "measured"}, facts(claim, net=NET))


def test_a_number_without_a_basis_is_a_mistake() -> None:
    """The recipe must say what its number is worth."""
    with pytest.raises(RecipeError, match="basis is one of"):
        computed({"latency_ms": "net"}, facts(record("1"), net=NET))


def test_a_factor_is_rounded_once_and_shown_by_its_value() -> None:
    """Numbers follow from the four digits that stand in the file."""
    third = {"formula": "net / 3", "why": "a third"}
    known = facts(record("1"), net=NET, third=third)
    assert known["third"].value == Fraction("0.3333")
    table, _ = computed({"latency_ms": "third * 3", "basis": "derived"}, known)
    assert table["latency_ms"] == Fraction("0.9999")
    assert table["source"] == "https://example.org/a"


def test_a_description_may_not_look_like_a_derivation() -> None:
    """Otherwise nobody could read the figures back."""
    with pytest.raises(ValueError, match="separate the parts"):
        facts(odd={"value": "1", "what": "one; two", "source": "x"})["odd"].listed()


def test_equal_slices_are_written_out() -> None:
    """A list of equal numbers has one formula, and how many there are is a figure too."""
    row = {"slices_ms": {"formula": "net / parts", "times": "parts"}, "basis": "derived"}
    parts = {"value": "4", "what": "four", "source": "definition"}
    table, used = computed(row, facts(record("1"), net=NET, parts=parts))
    assert table["slices_ms"] == [Fraction("0.25")] * 4
    assert str(table["derivation"]).startswith("slices_ms = net / parts where net = 1 ms")
    assert [fact.name for fact in used] == ["net", "parts"]
