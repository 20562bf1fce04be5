"""Whatever stands in a profile or scenario, it loads or is a user's mistake."""

import copy
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.catalog import load_profile, load_scenario
from emulator.errors import UserError
from tests.emulator.strategies import examples

VALUES: st.SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["none", "random", "poisson", "trace", "lognormal", "1/3", "npu", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["dist", "process", "name", "stage", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
SCENARIO = {
    "name": "s",
    "streams": [
        {
            "name": "cam",
            "model": "blur",
            "rate_hz": 30,
            "on": ["npu"],
            "prompt_tokens": [1, 2],
            "output_tokens": {"dist": "lognormal", "median": 9, "sigma": 0.5},
        },
        {
            "name": "npc",
            "arrival": {"process": "poisson", "rate_hz": 1},
            "stages": [
                {"model": "a"},
                {"model": "b", "after": [{"stage": "a", "stream": True}], "slices_per_tokens": 2},
            ],
        },
    ],
}
PROFILE = {
    "name": "p",
    "memory": {"kv_transfer": {"fixed_us": 1}},
    "backends": ["npu", {"name": "gpu", "dispatch_us": 1}],
    "models": {
        "v": {"npu": 1.5, "gpu": {"latency_ms": 1, "p99_ms": 2}, "about": {"title": "V"}},
        "l": {"npu": {"prefill_ms": {"base": 1}, "decode_ms": [[1, 2]], "noise": "none"}},
    },
}


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of everything inside nested dicts and lists."""
    inner: list[tuple[str | int, object]] = []
    if isinstance(node, Mapping):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = list(enumerate(node))
    return [path, *(p for step, child in inner for p in places(child, (*path, step)))]


def changed(data: object, path: tuple[str | int, ...], value: object) -> object:
    """A copy of nested dicts and lists with another value at a path."""
    if not path:
        return value
    copied = copy.copy(data)
    assert isinstance(copied, dict | list)
    copied[path[0]] = changed(copied[path[0]], path[1:], value)  # type: ignore[index]
    return copied


@settings(max_examples=examples(300))
@given(st.sampled_from([p for p in places(SCENARIO) if p]), VALUES)
def test_any_value_anywhere_in_a_scenario_loads_or_is_a_users_mistake(
    path: tuple[str | int, ...], value: object
) -> None:
    """No input raises anything but a UserError, and what loads survives a round trip."""
    data = changed(SCENARIO, path, value)
    assert isinstance(data, dict)
    try:
        scenario = load_scenario(data)
    except UserError as error:
        assert str(error).isprintable()  # noqa: PT017 - most examples are mistakes, some are not
    else:
        assert load_scenario(scenario.to_dict()) == scenario


@settings(max_examples=examples(300))
@given(st.sampled_from([p for p in places(PROFILE) if p]), VALUES)
def test_any_value_anywhere_in_a_profile_loads_or_is_a_users_mistake(
    path: tuple[str | int, ...], value: object
) -> None:
    """No input raises anything but a UserError, and what loads survives a round trip."""
    data = changed(PROFILE, path, value)
    assert isinstance(data, dict)
    try:
        profile = load_profile(data)
    except UserError as error:
        assert str(error).isprintable()  # noqa: PT017 - most examples are mistakes, some are not
    else:
        assert load_profile(profile.to_dict()) == profile
