"""Copies of checked files: equal to what they are copies of, and never trusted too far."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import msgpack
import pytest

from emulator import catalog
from emulator.catalog import load_profile, load_scenario, profile_names, scenario_names
from emulator.checked_copies import MAX_COPIES, CheckedCopies
from emulator.errors import ProfileError
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.tables import Table

PROFILE = 'backends = ["cpu"]\n[models.blur]\ncpu = 12.0\n'


@pytest.fixture
def copies(tmp_path: Path) -> CheckedCopies:
    """Of a folder that does not exist yet."""
    return CheckedCopies(tmp_path / "cache" / "checked")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A profile."""
    path = tmp_path / "chip.toml"
    path.write_text(PROFILE)
    return path


@pytest.fixture
def place(copies: CheckedCopies, file: Path) -> Path:
    """Where the copy of the profile is."""
    place = copies.place(file, Profile)
    assert place is not None
    copies.keep(place, load_profile(file))
    return place


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a user's folder with one profile, `chip`."""
    monkeypatch.setattr(catalog, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(catalog, "user_folder", lambda: tmp_path / "user")
    (tmp_path / "user" / "profiles").mkdir(parents=True)
    (tmp_path / "user" / "profiles" / "chip.toml").write_text(PROFILE)
    return tmp_path / "cache"


@pytest.mark.parametrize("name", profile_names())
def test_the_copy_of_a_profile_equals_it(copies: CheckedCopies, name: str) -> None:
    """Fields, and which of them were written down."""
    check_copy(copies, load_profile(catalog.bundled_folder() / "profiles" / f"{name}.toml"))


@pytest.mark.parametrize("name", scenario_names())
def test_the_copy_of_a_scenario_equals_it(copies: CheckedCopies, name: str) -> None:
    """The same for scenarios."""
    check_copy(copies, load_scenario(catalog.bundled_folder() / "scenarios" / f"{name}.toml"))


def check_copy(copies: CheckedCopies, record: Profile | Scenario) -> None:
    """A kept record comes back as it was."""
    place = copies._folder / "x.msgpack"
    copies.keep(place, record)
    copy = copies.find(place, type(record))
    assert copy == record
    assert repr(copy) == repr(record)
    assert copy.to_dict() == record.to_dict()
    assert list(map(given, tables(copy))) == list(map(given, tables(record)))


def given(table: Table) -> frozenset[str]:
    """The fields that somebody wrote down."""
    return table.given


def tables(value: object) -> Iterator[Table]:
    """A table and all that it holds."""
    if isinstance(value, Table):
        yield value
        for each in (*vars(value).values(), *(value.extra or {}).values()):
            yield from tables(each)
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from tables(each)


def test_a_changed_file_has_no_copy(copies: CheckedCopies, file: Path, place: Path) -> None:
    """One byte is enough, and so is another name or another kind."""
    assert copies.find(place, Profile) is not None
    assert copies.place(file, Profile) == place
    assert copies.place(file, Scenario) != place
    assert copies.place(file.rename(file.with_name("other.toml")), Profile) != place
    file.with_name("other.toml").rename(file).write_text(PROFILE + "\n")
    assert copies.place(file, Profile) != place


def test_no_file_has_no_place(copies: CheckedCopies, tmp_path: Path) -> None:
    """A file that is not there, a folder and a pipe are for the reader to complain about."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "pipe"):
        assert copies.place(path, Profile) is None


def test_a_damaged_copy_is_none(copies: CheckedCopies, place: Path) -> None:
    """Wherever a bit has flipped, and however much is missing."""
    whole = place.read_bytes()
    for position in range(0, len(whole), 7):
        flipped = bytes([whole[position] ^ 16])
        place.write_bytes(whole[:position] + flipped + whole[position + 1 :])
        assert copies.find(place, Profile) is None
        place.write_bytes(whole[:position])
        assert copies.find(place, Profile) is None


@pytest.mark.parametrize(
    "body",
    [
        msgpack.packb(1),
        msgpack.packb([1, 2]),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["Profile", {"rate_hz": 1}, None]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["Popen", {"args": "ls"}, None]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(["Scenario", {"name": "x"}, None]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb([["Profile"], {}, None]))),
        msgpack.packb(msgpack.ExtType(1, msgpack.packb(7))),
        msgpack.packb(msgpack.ExtType(2, msgpack.packb(["1", "0"]))),
        msgpack.packb(msgpack.ExtType(2, msgpack.packb(["1"]))),
        msgpack.packb(msgpack.ExtType(3, b"")),
        b"\x91" * 100_000,
        b"\xdd\xff\xff\xff\xff",
        b"",
    ],
)
def test_a_hostile_copy_is_none(copies: CheckedCopies, place: Path, body: bytes) -> None:
    """Its hash may be right: what it holds must be a table of that kind all the same."""
    place.write_bytes(hashlib.blake2b(body, digest_size=32).digest() + body)
    assert copies.find(place, Profile) is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no such permissions")
def test_a_copy_that_others_may_write_is_none(copies: CheckedCopies, place: Path) -> None:
    """Ours are for ourselves alone, folder and file."""
    assert place.stat().st_mode & 0o077 == 0
    assert place.parent.stat().st_mode & 0o077 == 0
    place.chmod(0o622)
    assert copies.find(place, Profile) is None


def test_old_copies_are_deleted(copies: CheckedCopies, place: Path, file: Path) -> None:
    """The folder does not grow with every edit of a file."""
    record = load_profile(file)
    for number in range(MAX_COPIES + 5):
        copies.keep(place.with_name(f"{number}.msgpack"), record)
    assert len(list(place.parent.iterdir())) == MAX_COPIES


def test_a_folder_that_cannot_be_written_costs_nothing(file: Path, tmp_path: Path) -> None:
    """No copy, and no word about it."""
    (tmp_path / "taken").write_text("")
    copies = CheckedCopies(tmp_path / "taken")
    place = copies.place(file, Profile)
    assert place is not None
    copies.keep(place, load_profile(file))
    assert copies.find(place, Profile) is None


@pytest.mark.usefixtures("cache")
def test_a_name_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time a copy is enough; after an edit the file is read again."""
    first = load_profile("chip")
    with monkeypatch.context() as patch:
        patch.setattr(catalog, "_from_file", lambda *_: pytest.fail("the file is read again"))
        assert load_profile("chip") == first
    path = catalog.user_folder() / "profiles" / "chip.toml"
    path.write_text(PROFILE.replace("12.0", "13.0"))
    assert load_profile("chip").models["blur"]["cpu"].latency_ms == 13
    path.write_text(PROFILE.replace("12.0", '"a"'))
    with pytest.raises(ProfileError, match=r"models\.blur\.cpu: expected a number"):
        load_profile("chip")


def test_a_path_is_read_each_time(cache: Path, file: Path) -> None:
    """Somebody is at work on it."""
    load_profile(file)
    load_profile({"backends": ["cpu"], "models": {"blur": {"cpu": 1}}})
    assert not cache.exists()


@pytest.mark.usefixtures("cache")
def test_arrivals_of_a_trace_are_read_each_time() -> None:
    """They stand in a file of their own, which no hash has seen."""
    folder = catalog.user_folder() / "scenarios"
    folder.mkdir()
    (folder / "trace.csv").write_text("1\n2\n")
    arrival = 'arrival = {process = "trace", file = "trace.csv"}'
    (folder / "traced.toml").write_text(f'[[streams]]\nname="a"\nmodel="m"\n{arrival}\n')
    assert load_scenario("traced").streams[0].arrivals_ms == (Fraction(1), Fraction(2))
    (folder / "trace.csv").write_text("1\n3\n")
    assert load_scenario("traced").streams[0].arrivals_ms == (Fraction(1), Fraction(3))


def test_a_copy_loads_without_the_reader(tmp_path: Path) -> None:
    """That is what copies are for: neither pydantic nor tomllib is loaded, nor at the import."""
    code = """
import sys
import emulator.serve
from emulator.catalog import load_profile, load_scenario
assert not {"pydantic", "tomllib"} & sys.modules.keys()
load_scenario("video-call"), load_profile("ryzen-ai-9-hx-370")
print("pydantic" in sys.modules, "tomllib" in sys.modules)
"""
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert said == [["True", "True"], ["False", "False"]]
