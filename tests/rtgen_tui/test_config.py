"""The config file: what it may say, and one clear sentence where it says something else."""

from pathlib import Path

import pytest

from emulator.session.folder import default_path, sessions_folder
from emulator.user_config import CONFIG_VARIABLE, config_file
from rtgen_tui.actions import ACTIONS
from rtgen_tui.config import Config, ConfigError, load
from rtgen_tui.config_keys import FIXED, names, remapped
from rtgen_tui.config_schema import in_force, json_schema, template
from rtgen_tui.config_settings import SETTINGS

EVERYTHING = """
theme = "rtgen-light"
symbols = "ascii"
layout = "streams"
color = "never"
fps = 4.5
remember = true
scenario = "game-npc"
profile = "ryzen-ai-9-hx-370"
policy = "edf"
sessions = "~/calls"

[keys]
pick-policy = "W"
line-up = ["up", "U"]
"""


def said(text: str, folder: Path) -> str:
    """What is wrong with a file of this text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def loaded(text: str, folder: Path) -> Config:
    """The settings of a file of this text."""
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load(file)


def test_without_a_file_the_program_decides() -> None:
    """Nobody needs one."""
    assert not config_file().exists()
    assert load() == Config()


def test_a_file_may_say_everything(tmp_path: Path) -> None:
    """Each setting arrives as it is written."""
    config = loaded(EVERYTHING, tmp_path)

    assert config == Config(
        theme="rtgen-light",
        symbols="ascii",
        layout="streams",
        color="never",
        fps=4.5,
        remember=True,
        scenario="game-npc",
        profile="ryzen-ai-9-hx-370",
        policy="edf",
        sessions="~/calls",
        keys={"pick_policy": ("W",), "line_up": ("up", "U")},
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("theme = 3", "theme: expected one of rtgen-dark"),
        ('theme = "rtgen-drak"', "theme: unknown theme 'rtgen-drak', did you mean 'rtgen-dark'?"),
        ('symbols = "brail"', "symbols: unknown symbols 'brail', did you mean 'braille'?"),
        ('layout = "x"', "expected one of balanced, backends, streams, dialogue"),
        ('color = ""', "color: expected one of auto, always, never, not ''"),
        ("fps = 31", "fps: expected a number from 1 to 30, not 31"),
        ("fps = nan", "fps: expected a number from 1 to 30"),
        ('fps = "10"', "fps: expected a number from 1 to 30, not '10'"),
        ("fps = true", "fps: expected a number from 1 to 30, not true"),
        ("fps = 2026-01-31", "fps: expected a number from 1 to 30"),
        ("remember = 1", "remember: expected true or false, not 1"),
        ("policy = []", "policy: expected a text, not a list"),
        ('sessions = "a\\u0000b"', "sessions: expected a text"),
        ('thema = "x"', "unknown key 'thema', did you mean 'theme'?"),
        ("keys = 3", "keys: expected a table such as [keys]"),
        ("theme = ", "is not valid TOML"),
        ("[keys]\nfrezze = 'F'", "keys.frezze: unknown action 'frezze', did you mean 'freeze'?"),
        ("[keys]\nfreeze = 'spce'", "keys.freeze: there is no key 'spce', did you mean 'space'?"),
        ("[keys]\nfreeze = 'shift+a'", "keys.freeze: there is no key 'shift+a'"),
        ("[keys]\nfreeze = ''", "keys.freeze: there is no key ''"),
        ("[keys]\nfreeze = 3", "keys.freeze: there is no key 3"),
        ("[keys]\nfreeze = []", "keys.freeze: expected at least one key"),
        ("[keys]\nquit-now = 'Q'", "keys.quit-now: keeps ctrl+q"),
        ("[keys]\nswap-policy = 'a'", "keys.swap-policy: expected a list of 9 keys"),
        ("[keys]\nmark = 'r'", "keys: r would be both record and mark in the view Dashboard"),
        ("[keys]\nmark = 'ctrl+p'", "ctrl+p would be both mark and command-palette"),
    ],
)
def test_a_mistake_is_one_sentence(text: str, sentence: str, tmp_path: Path) -> None:
    """It names the file, the key and what would be right."""
    assert sentence in said(text, tmp_path)


def test_a_file_that_is_named_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the option or by the environment."""
    missing = tmp_path / "missing.toml"
    with pytest.raises(ConfigError, match="does not exist"):
        load(missing)
    monkeypatch.setenv(CONFIG_VARIABLE, str(missing))

    with pytest.raises(ConfigError, match="does not exist"):
        load()


def test_keys_that_change_places_do_not_clash(tmp_path: Path) -> None:
    """Two actions may swap their keys."""
    config = loaded("[keys]\nmark = 'r'\nrecord = 'm'", tmp_path)

    assert config.keys == {"mark": ("r",), "record": ("m",)}


def test_the_table_of_actions_does_not_clash_with_itself() -> None:
    """Without a config file."""
    assert remapped({}) == (ACTIONS, "")


def test_recordings_go_where_the_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The core reads that by itself; a wrong file changes nothing there."""
    from datetime import UTC, datetime

    file = tmp_path / "config.toml"
    monkeypatch.setenv(CONFIG_VARIABLE, str(file))
    usual = sessions_folder()
    file.write_text(f'sessions = "{tmp_path}/calls"', encoding="utf-8")
    assert default_path("x", datetime(2026, 1, 31, tzinfo=UTC)).parent == tmp_path / "calls"
    file.write_text("sessions = 3", encoding="utf-8")

    assert sessions_folder() == usual


def test_the_template_says_nothing_until_it_is_changed(tmp_path: Path) -> None:
    """Every line of it is a comment, and each is right once its mark is taken away."""
    assert loaded(template(), tmp_path) == Config()
    settings = [f"# {each.key} = " for each in SETTINGS] + [
        "# [keys]",
        "# pick-policy",
        "# line-up",
    ]
    lines = [line for line in template().splitlines() if line.startswith(tuple(settings))]
    config = loaded("\n".join(line.removeprefix("# ") for line in lines), tmp_path)

    assert len(lines) == len(settings)
    assert config.keys == {"pick_policy": ("W",), "line_up": ("up", "U")}


def test_what_is_in_force_is_a_config_file(tmp_path: Path) -> None:
    """That says the same."""
    config = loaded(EVERYTHING, tmp_path)

    assert loaded("\n".join(in_force(config)), tmp_path) == config


def test_the_schema_knows_each_setting_and_each_action() -> None:
    """And nothing else is allowed."""
    schema = json_schema()
    properties = schema["properties"]
    assert isinstance(properties, dict)

    assert set(properties) == {each.key for each in SETTINGS} | {"keys"} == set(Config._fields)
    assert schema["additionalProperties"] is False
    assert len(properties["keys"]["properties"]) == len(names()) - len(FIXED)
    assert "streams" in properties["layout"]["enum"]
    assert (properties["fps"]["minimum"], properties["fps"]["maximum"]) == (1, 30)
