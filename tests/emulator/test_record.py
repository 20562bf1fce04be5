"""Records: what tables are once they are read."""

import copy
import pickle
from fractions import Fraction

import pytest

from emulator.catalog import load_profile
from emulator.schema.model_cost import Noise
from emulator.schema.record import REQUIRED
from emulator.schema.stage import Edge


def test_fields_have_defaults_or_are_required() -> None:
    """Those of the base come first."""
    assert list(Edge.defaults) == ["stage", "stream", "after_tokens"]
    assert Edge.defaults["stage"] is REQUIRED
    assert Edge(stage="hear").after_tokens == 1


def test_fields_must_be_given_and_known() -> None:
    """As with a dataclass."""
    with pytest.raises(TypeError, match="Edge needs stage"):
        Edge()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Edge has no stages"):
        Edge(stage="hear", stages=1)  # type: ignore[call-arg]


def test_records_are_equal_by_value() -> None:
    """Whatever was written down; a record of another kind is another."""
    assert Edge(stage="hear") == Edge(stage="hear", after_tokens=1)
    assert hash(Edge(stage="hear")) == hash(Edge(stage="hear", after_tokens=1))
    assert Edge(stage="hear") != Edge(stage="see")
    assert Edge(stage="hear") != Noise(dist="none")
    assert repr(Edge(stage="a")) == "Edge(stage='a', stream=False, after_tokens=1)"


def test_records_do_not_change() -> None:
    """A copy has other values, and knows them as given."""
    edge = Edge(stage="hear")
    with pytest.raises(AttributeError, match="does not change"):
        edge.stage = "see"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="does not change"):
        del edge.stage
    changed = edge.model_copy(update={"after_tokens": 4})
    assert (changed.after_tokens, *sorted(changed.given)) == (4, "after_tokens", "stage")
    assert (edge.after_tokens, *edge.given) == (1, "stage")


def test_records_go_to_other_processes() -> None:
    """A sweep sends them: entries under names of the writer's own too."""
    profile = load_profile("xsched-npu")
    there = pickle.loads(pickle.dumps(profile))  # noqa: S301  # our own
    for again in (there, copy.deepcopy(profile)):
        assert again == profile
        assert again.given == profile.given
    model = next(iter(profile.models.values()))
    assert copy.copy(model).items() == model.items()


def test_a_table_is_checked_when_it_is_read() -> None:
    """A number is the decimal that is written, and a wrong one is a ValueError."""
    assert Noise.model_validate({"dist": "lognormal", "sigma": "1/4"}).sigma == 0.25
    edge = Edge.model_validate({"stage": "hear"})
    assert Edge.model_validate(edge) is edge
    with pytest.raises(ValueError, match="sigma"):
        Noise.model_validate({"dist": "none", "sigma": Fraction(1)})
