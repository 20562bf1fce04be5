"""Writes profiles/*.toml from the recipes and the published figures.

python -m tools.build_profiles            write the profiles that differ
python -m tools.build_profiles --check    only name them
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.profile_toml import profile_text
from tools.recipe import read_recipe
from tools.records import Record, read_records

ROOT = Path(__file__).resolve().parent.parent
RECIPES = ROOT / "tools" / "recipes"
RECORDS = ROOT / "tools" / "data" / "records.jsonl"
PROFILES = ROOT / "profiles"


def recipes() -> list[Path]:
    """One recipe per profile; what they share is in a folder below."""
    return sorted(RECIPES.glob("*.toml"))


def build(recipe: Path, records: list[Record]) -> tuple[str, list[Record]]:
    """The text of one profile and the records it rests on."""
    read = read_recipe(recipe, records)
    text = profile_text(read.profile(), lambda name: read.facts[name])
    return text, read.facts.used


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, 1 when --check finds a profile that differs, or 2 for a mistake in a recipe."""
    parser = argparse.ArgumentParser(description="Write profiles/*.toml from their recipes.")
    parser.add_argument("--check", action="store_true", help="write nothing, name what differs")
    check = parser.parse_args(arguments).check
    records = read_records(RECORDS)
    differ = 0
    for recipe in recipes():
        target = PROFILES / recipe.name
        try:
            text, _ = build(recipe, records)
        except (LookupError, ValueError, TypeError) as error:
            print(f"{recipe.name}: {error}", file=sys.stderr)
            return 2
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        differ += 1
        if not check:
            target.write_text(text, encoding="utf-8")
        print(f"{target.name} {'is not what its recipe gives' if check else 'written'}")
    return 1 if check and differ else 0


if __name__ == "__main__":
    sys.exit(main())
