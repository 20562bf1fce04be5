"""`rtgen-tui config`, --config and --color."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.user_config import CONFIG_VARIABLE, config_file
from rtgen_tui import exits
from rtgen_tui.cli import app
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.screen_looks import COLOR_VARIABLE, looks_of, with_defaults
from rtgen_tui.config import Config, ConfigError
from rtgen_tui.config_memory import Chosen, memory_file, remember, remembered
from rtgen_tui.config_schema import template
from rtgen_tui.symbols import ASCII, BLOCK, BRAILLE, detected


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders and variables of this test alone."""
    for kind in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    for name in (CONFIG_VARIABLE, COLOR_VARIABLE, "NO_COLOR"):
        # Set first, so that what a command sets is undone.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = CliRunner().invoke(app, list(arguments))
    return done.exit_code, done.stdout, done.stderr


def test_init_writes_the_template_where_path_says() -> None:
    """And leaves an existing file alone."""
    code, path, _ = run("config", "path")
    assert (code, path.strip()) == (exits.OK, str(config_file()))
    assert run("config", "init")[0] == exits.OK
    assert config_file().read_text(encoding="utf-8") == template()
    config_file().write_text("fps = 5\n", encoding="utf-8")
    code, _, words = run("config", "init")

    assert code == exits.USER_ERROR
    assert "exists already" in words
    assert config_file().read_text(encoding="utf-8") == "fps = 5\n"


def test_show_prints_what_applies(tmp_path: Path) -> None:
    """As TOML and as JSON, of the file that --config names."""
    file = tmp_path / "mine.toml"
    file.write_text('fps = 5\n[keys]\npick-policy = "W"\n', encoding="utf-8")

    assert "fps = 5\n" in run("--config", str(file), "config", "show")[1]
    shown = json.loads(run("--config", str(file), "config", "show", "--json")[1])
    assert shown["keys"] == {"pick-policy": ["W"]}
    assert shown["layout"] == "balanced"


def test_schema_prints_json() -> None:
    """For editors."""
    assert "keys" in json.loads(run("config", "schema")[1])["properties"]


def test_a_wrong_file_ends_with_exit_code_2(tmp_path: Path) -> None:
    """And one sentence."""
    file = tmp_path / "mine.toml"
    file.write_text("fps = 0\n", encoding="utf-8")
    code, _, words = run("--config", str(file), "config", "show")

    assert code == exits.USER_ERROR
    assert words == f"error: config {file}: fps: expected a number from 1 to 30, not 0\n"


def test_a_wrong_file_ends_a_run_that_would_follow_it(tmp_path: Path) -> None:
    """Without a command, and without a screen."""
    file = tmp_path / "mine.toml"
    file.write_text('scenari = "x"\n', encoding="utf-8")
    code, _, words = run("--config", str(file))

    assert code == exits.USER_ERROR
    assert "did you mean 'scenario'?" in words


def test_what_the_file_chooses_may_be_unknown(tmp_path: Path) -> None:
    """Then the sentence names the file, where nobody has typed the name."""
    file = tmp_path / "mine.toml"
    file.write_text('scenario = "game-npx"\n', encoding="utf-8")
    code, _, words = run("--config", str(file))

    assert code == exits.USER_ERROR
    assert "unknown scenario 'game-npx', did you mean 'game-npc'?" in words
    assert words.endswith(f"(chosen in {file})\n")


def test_an_unknown_color_mode_is_one_sentence() -> None:
    """With the nearest one."""
    code, _, words = run("--color", "nevr", "config", "show")

    assert code == exits.USER_ERROR
    assert "did you mean 'never'?" in words


@pytest.mark.parametrize(
    ("color", "option", "before", "is_colorless"),
    [
        ("auto", "", "1", True),
        ("auto", "", None, False),
        ("never", "", None, True),
        ("always", "", "1", False),
        ("always", "never", None, True),
        ("never", "always", None, False),
    ],
)
def test_color_is_as_the_option_says_then_the_file_then_no_color(
    color: str,
    option: str,
    before: str | None,
    is_colorless: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In this order."""
    if before is not None:
        monkeypatch.setenv("NO_COLOR", before)
    if option:
        monkeypatch.setenv(COLOR_VARIABLE, option)
    looks_of(Config(color=color))

    assert ("NO_COLOR" in os.environ) is is_colorless


@pytest.mark.parametrize(
    ("term", "encoding", "expected"),
    [
        ("xterm-256color", "UTF-8", BLOCK),
        ("tmux-256color", "utf8", BLOCK),
        ("linux", "UTF-8", ASCII),
        ("dumb", "UTF-8", ASCII),
        ("xterm-256color", "ANSI_X3.4-1968", ASCII),
        ("xterm-256color", "ISO-8859-1", ASCII),
    ],
)
def test_symbols_suit_the_terminal(term: str, encoding: str, expected: object) -> None:
    """ASCII where the locale or the font has no more."""
    assert detected({"TERM": term}, encoding) is expected


def test_symbols_of_the_file_win_over_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for braille gets braille."""
    monkeypatch.setenv("TERM", "linux")

    assert looks_of(Config()).symbols is ASCII
    assert looks_of(Config(symbols="braille")).symbols is BRAILLE


def test_the_run_without_a_command_is_that_of_the_file() -> None:
    """A run that is named is not touched."""
    config = Config(scenario="game-npc", policy="edf")

    unnamed = Choices("video-call", from_config=True)
    assert with_defaults(unnamed, config) == replace(unnamed, scenario="game-npc", policy="edf")
    assert with_defaults(unnamed, Config()) == unnamed
    assert with_defaults(Choices("captions"), config) == Choices("captions")


def test_looks_are_remembered_if_the_file_says_so() -> None:
    """Then they win over the file."""
    remember(Chosen("rtgen-light", "ascii", "streams"))

    assert looks_of(Config(symbols="block")).theme == "rtgen-dark"
    assert looks_of(Config(symbols="block", remember=True))[:3] == ("rtgen-light", ASCII, "streams")


@pytest.mark.parametrize("text", ["", "[]", '{"theme": "x", "symbols": "y", "layout": "z"}', "{}"])
def test_what_is_remembered_may_be_broken(text: str) -> None:
    """Then nothing was."""
    memory_file().parent.mkdir(parents=True)
    memory_file().write_text(text, encoding="utf-8")

    assert remembered() is None


def test_a_config_error_is_a_mistake_of_the_user() -> None:
    """It ends with exit code 2 wherever it is raised."""
    assert exits.exit_code_of(lambda: (_ for _ in ()).throw(ConfigError("x"))) == exits.USER_ERROR
