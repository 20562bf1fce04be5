"""Finding files by name and path, and reading files that are wrong or hostile."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emulator import catalog
from emulator.catalog import load_profile, load_scenario, profile_names, scenario_names
from emulator.errors import ProfileError, ScenarioError
from emulator.schema.text_files import MAX_KEY_PARTS, MAX_TOML_BYTES

PROFILE = 'backends = ["cpu"]\n[models.blur]\ncpu = 12.0\n'
SCENARIO = '[[streams]]\nname = "cam"\nmodel = "blur"\nrate_hz = 30\n'


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder and a bundled one, each with both kinds of files."""
    monkeypatch.setattr(catalog, "user_folder", lambda: tmp_path / "user")
    monkeypatch.setattr(catalog, "bundled_folder", lambda: tmp_path / "bundled")
    for owner in ("user", "bundled"):
        for kind, text in (("profiles", PROFILE), ("scenarios", SCENARIO)):
            folder = tmp_path / owner / kind
            folder.mkdir(parents=True)
            (folder / "both.toml").write_text(f'title = "{owner}"\n{text}')
            (folder / f"only-{owner}.toml").write_text(text)
    return tmp_path


def written(folder: Path, text: str | bytes) -> Path:
    """A file `x.toml` with this content."""
    path = folder / "x.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_names_are_those_of_both_folders() -> None:
    """Names are listed once, sorted."""
    assert profile_names() == ("both", "only-bundled", "only-user")
    assert scenario_names() == ("both", "only-bundled", "only-user")


def test_a_users_file_comes_before_the_bundled_one() -> None:
    """A user can replace what is bundled by a file of the same name."""
    assert load_profile("both").title == "user"
    assert load_scenario("both").title == "user"
    assert load_profile("only-bundled").models["blur"]["cpu"].latency_ms == 12


def test_a_file_without_a_name_is_named_after_itself(folders: Path) -> None:
    """The name defaults to the file's."""
    assert load_profile("only-user").name == "only-user"
    assert load_scenario(written(folders, 'name = "given"\n' + SCENARIO)).name == "given"


def test_missing_folders_are_no_error(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without own files has the bundled names."""
    monkeypatch.setattr(catalog, "user_folder", lambda: folders / "nowhere")
    assert profile_names() == ("both", "only-bundled")


@pytest.mark.parametrize(("word", "close"), [("only-usr", "only-user"), ("bothe", "both")])
def test_an_unknown_name_gets_the_nearest(word: str, close: str) -> None:
    """A typing mistake is answered with the name that was meant."""
    with pytest.raises(ProfileError, match=f"^unknown profile '{word}', did you mean '{close}'"):
        load_profile(word)


def test_an_unknown_name_unlike_any_gets_them_all() -> None:
    """Where no name is near, the names there are follow."""
    with pytest.raises(ScenarioError, match=r"expected one of both, only-bundled, only-user$"):
        load_scenario("zzz")


def test_what_looks_like_a_path_is_one(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A separator, an ending in .toml or a Path object means a file."""
    path = written(folders, PROFILE)
    assert load_profile(path).name == "x"
    assert load_profile(str(path)).name == "x"
    monkeypatch.chdir(folders)
    assert load_profile("x.toml").name == "x"
    with pytest.raises(ProfileError, match=r"^profile both\.toml does not exist$"):
        load_profile("both.toml")


def test_a_loaded_object_is_returned_as_it_is() -> None:
    """Loading twice changes nothing."""
    profile, scenario = load_profile("both"), load_scenario("both")
    assert load_profile(profile) is profile
    assert load_scenario(scenario) is scenario


def test_bundled_files_lie_in_the_package_or_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout, profiles/ and scenarios/ stand beside the package; installed, in its data/."""
    monkeypatch.undo()
    folder = catalog.bundled_folder()
    package = Path(catalog.__file__).parent
    assert folder == (package / "data" if (package / "data").is_dir() else package.parent)


def test_every_bundled_file_loads_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is bundled is valid, named after its file and survives a round trip."""
    monkeypatch.undo()
    monkeypatch.setattr(catalog, "user_folder", lambda: Path("nowhere"))
    assert profile_names()
    assert scenario_names()
    for name in profile_names():
        profile = load_profile(name)
        assert profile.name == name
        assert load_profile(profile.to_dict()) == profile
    for name in scenario_names():
        scenario = load_scenario(name)
        assert scenario.name == name
        assert load_scenario(scenario.to_dict()) == scenario


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("streams = [", "is not valid TOML: Invalid value (at end of document)"),
        ("a = 1\nb = = 2\n", "is not valid TOML: Invalid value (at line 2, column 5)"),
        ('name = "a\x1b"', "is not valid TOML"),
        (b"name = 'a'\nb = '\xff'", "is not UTF-8 text: line 2 holds other bytes"),
        ("a = " + "[" * 100_000, "is nested too deeply"),
        ("a = " + "9" * 5_000, "holds a whole number of more than 4,300 digits"),
        (SCENARIO + "#" * MAX_TOML_BYTES, "is larger than 4 MB, the most that is read"),
        ("\n\n" + "a." * 100_000 + "a = 1", "has a dotted key of more than 8 parts in line 3"),
        ("b = 1\n[" + "'a' . " * 100_000 + "a]", "a dotted key of more than 8 parts in line 2"),
        ('b = [ """\n\'""", {' + "a." * 100_000 + "a = 1}]", "more than 8 parts in line 2"),
        ("b = [ '''\n\"''', {" + "a." * 100_000 + "a = 1}]", "more than 8 parts in line 2"),
        ('"\\"" = 1\n' + '"\\"".' * 100_000 + "a = 1", "more than 8 parts in line 2"),
        ("", "streams: missing"),
        (SCENARIO.replace("30", "1e99999999"), "stream 'cam': rate_hz: expected a number"),
        (SCENARIO.replace("30", "3." + "3" * 99), "stream 'cam': rate_hz: expected a number"),
        (SCENARIO.replace("30", "nan"), "stream 'cam': rate_hz: expected a number"),
        (SCENARIO.replace("30", "0x" + "f" * 9_000), "stream 'cam': rate_hz: expected a number"),
        (SCENARIO + "rate_hz = 3", "is not valid TOML: a key is there twice"),
    ],
    ids=range(18),
)
def test_a_broken_file_gives_one_sentence(folders: Path, content: str | bytes, part: str) -> None:
    """The sentence names the file, and is short and printable whatever the file holds."""
    path = written(folders, content)
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(path)
    message = str(refusal.value)
    assert part in message
    assert str(path) in message
    assert refusal.value.source == str(path)
    assert message.isprintable()
    assert len(message) < len(str(path)) + 300


def test_text_with_many_dots_is_no_dotted_key(folders: Path) -> None:
    """Strings, comments and lists of decimals may have as many dots as they like."""
    dots = ".".join("a" * MAX_KEY_PARTS * 2)
    text = f'title = "{dots}"\ndescription = """\n{dots}\n"""\n# {dots}\n{SCENARIO}'
    text = text.replace("rate_hz = 30", f"arrivals_ms = [{', '.join(['1.5'] * 50)}]")
    assert load_scenario(written(folders, text)).title == dots


def test_decimals_of_a_file_are_exact(folders: Path) -> None:
    """A long decimal keeps digits that a float would lose."""
    path = written(folders, PROFILE.replace("12.0", "12.00000000000000000001"))
    latency = load_profile(path).models["blur"]["cpu"].latency_ms
    assert latency is not None
    assert latency * 10**20 == 12 * 10**20 + 1


def test_what_is_no_regular_file_is_refused(folders: Path) -> None:
    """Folders, pipes and devices are not read, so that nothing waits or never ends."""
    with pytest.raises(ProfileError, match=r"is a folder, not a file$"):
        load_profile(folders)
    pipe = folders / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(ProfileError, match=r"is not a regular file$"):
        load_profile(pipe)
    with pytest.raises(ProfileError, match=r"^profile /dev/zero is not a regular file$"):
        load_profile("/dev/zero")
    with pytest.raises(ProfileError, match=r"^expected the name of a profile or a path"):
        load_profile("a/b\0c")
    with pytest.raises(ProfileError, match=r"cannot be read: File name too long$"):
        load_profile("/" + "x" * 5000)


def test_trace_files_are_relative_to_the_scenario(folders: Path) -> None:
    """A trace becomes explicit arrivals, and the scenario no longer needs its file."""
    (folders / "gaps.csv").write_text("arrival_ms\n5\n7.5\n")
    text = SCENARIO.replace("rate_hz = 30", 'arrival = {process = "trace", file = "gaps.csv"}')
    scenario = load_scenario(written(folders, text))
    assert [float(t) for t in scenario.streams[0].arrivals_ms or ()] == [5, 7.5]
    assert scenario.streams[0].arrival is None
    (folders / "gaps.csv").unlink()
    assert load_scenario(scenario.to_dict()) == scenario


def test_loading_imports_no_terminal_code() -> None:
    """The catalog is cheap to import: no platformdirs, textual, rich or onnxruntime."""
    heavy = "{'platformdirs', 'textual', 'rich', 'typer', 'onnxruntime', 'numpy'}"
    modules = "sys, emulator.catalog, emulator.schema.fit"
    code = f"import {modules}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(catalog.__file__).parent.parent,
    )
    assert done.stdout.strip() == "[]"
