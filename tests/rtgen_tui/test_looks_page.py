"""docs/looks.md says what the code has."""

import re
from pathlib import Path

from rtgen_tui.actions import action
from rtgen_tui.config_schema import template
from rtgen_tui.layouts import LAYOUTS
from rtgen_tui.symbols import SYMBOL_SETS
from rtgen_tui.themes import THEMES

PAGE = (Path(__file__).parents[2] / "docs" / "looks.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The part of the page below a heading."""
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_page_shows_the_template() -> None:
    """As `config init` writes it."""
    assert f"```toml\n{template()}```" in PAGE


def test_the_page_names_every_theme_and_layout() -> None:
    """In their order."""
    named = re.findall(r"^\| `([a-z-]+)` \|", section("Themes"), re.MULTILINE)
    layouts = [f"| `{each.id}` | {each.help} |" for each in LAYOUTS]

    assert named == [each.name for each in THEMES]
    assert [line for line in section("Layouts").splitlines() if line.startswith("| `")] == layouts
    assert all(f"`{name}`" in section("Symbols") for name in SYMBOL_SETS)


def test_the_keys_on_the_page_are_those_of_the_program() -> None:
    """Of the table at its beginning."""
    keys = re.findall(r"^\| `([^`]+)` \|", section("On the screen"), re.MULTILINE)
    actions = ("next_theme", "next_symbols", "next_layout", "zoom", "copy", "export", "screenshot")

    assert keys == [action(each).keys[0] for each in (*actions, "command_palette", "help")]
