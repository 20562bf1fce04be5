"""The header and the commands in it."""

from collections.abc import Callable

import pytest

from emulator.catalog import load_profile, load_scenario, profile_names, scenario_names
from emulator.commands import (
    AddStreams,
    BackendDown,
    ChangeStream,
    Command,
    FailPolicy,
    Mark,
    StartStream,
    StopStream,
    SwapPolicy,
)
from emulator.journal import FIELDS
from emulator.session import SessionHeader
from emulator.session.errors import DamageError
from emulator.session.inputs import INPUT_NAMES, from_plain, to_plain
from emulator.session.packing import compress, pack
from tests.emulator.session.sessions import SCENARIO, header_of

COMMANDS: list[Command] = [
    SwapPolicy("fcfs"),
    StopStream("cam"),
    StartStream("cam"),
    FailPolicy("ValueError: no", 2),
    Mark("a remark"),
    BackendDown(1, "it hangs"),
    AddStreams(load_scenario(SCENARIO).streams),
    ChangeStream("cam", load_scenario(SCENARIO).streams[0]),
]


def read_back(table: object) -> SessionHeader:
    """The header that a file with this table has."""
    return SessionHeader.from_body(compress(pack(table)))


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_loads_again_from_a_header(name: str) -> None:
    """To an equal one."""
    scenario = load_scenario(name)
    header = read_back(header_of(scenario=scenario.to_dict()).to_table())
    assert load_scenario(header.scenario) == scenario


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_loads_again_from_a_header(name: str) -> None:
    """To an equal one."""
    profile = load_profile(name)
    header = read_back(header_of(profile=profile.to_dict()).to_table())
    assert load_profile(header.profile) == profile


def test_keys_of_later_versions_are_ignored() -> None:
    """And those that a version before had no need of have their default."""
    table = header_of().to_table()
    later = read_back(table | {"mood": "good"})
    for key in ("noise", "duration_ns", "run", "begins_ns", "begins_event", "inputs", "fields"):
        del table[key]
    assert read_back(table) == later
    assert later.fields == FIELDS


@pytest.mark.parametrize("key", ["created_ns", "versions", "seed", "profile", "scenario", "policy"])
def test_what_a_run_depends_on_must_be_there(key: str) -> None:
    """Otherwise it is no header."""
    table = header_of().to_table()
    del table[key]
    with pytest.raises(DamageError, match=f"has no key '{key}'"):
        read_back(table)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": "1"},
        {"profile": []},
        {"policy": None},
        {"duration_ns": "1"},
        {"noise": 1},
        {"begins_ns": -1},
        {"begins_event": -5},
        {"versions": {"python": 3}},
        {"fields": {"ready": "stream"}},
        {"fields": {"ready": [1]}},
        {"inputs": [[1, "swap"]]},
        {"inputs": [["1", "swap", "edf"]]},
        {"inputs": {}},
    ],
)
def test_wrong_values_are_refused(change: dict[str, object]) -> None:
    """Nobody further on has to check them."""
    with pytest.raises(DamageError):
        read_back(header_of().to_table() | change)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: type(each).__name__)
def test_commands_survive_a_header(command: Command) -> None:
    """With the instant at which they took effect."""
    header = read_back(header_of(inputs=(to_plain(7, command),)).to_table())
    assert from_plain(header.inputs[0]) == (7, command)


def test_every_command_has_a_name() -> None:
    """The names of the page are all there are."""
    assert {to_plain(0, command)[1] for command in COMMANDS} == set(INPUT_NAMES)


@pytest.mark.parametrize(
    "value",
    [
        (0, "explode", "x"),
        (0, "swap", 5),
        (0, "backend-down", ("npu", "dead")),
        (0, "add-streams", "x"),
        (0, "add-streams", ({"name": "x"},)),
        (0, "add-streams", (5,)),
        (0, "add-streams", ({"name": "x", "model": "m", "arrival": {"file": "secret.csv"}},)),
    ],
)
def test_commands_that_are_none_are_refused(value: tuple[int, str, object]) -> None:
    """Also streams that would have the reader open a file."""
    refused: Callable[[tuple[int, str, object]], object] = from_plain
    with pytest.raises(DamageError):
        refused(value)
