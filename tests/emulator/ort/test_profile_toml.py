"""A profile written as a file, and read again."""

from pathlib import Path

import pytest

from emulator.catalog import load_profile, profile_names
from emulator.ort.profile_toml import profile_toml
from emulator.profile import Profile
from tests.emulator.strategies import Dict


def read_again(profile: Profile, folder: Path) -> Profile:
    """Through a file."""
    file = folder / "written.toml"
    file.write_text(profile_toml(profile), encoding="utf-8")
    return load_profile(str(file))


@pytest.mark.parametrize("name", profile_names())
def test_every_bundled_profile_comes_back_as_it_was(name: str, tmp_path: Path) -> None:
    """Every value and where it is from."""
    profile = load_profile(name)
    assert read_again(profile, tmp_path) == profile


def test_numbers_names_and_texts_survive(tmp_path: Path) -> None:
    """Thirds, quantiles, names that need quotes, texts that look like numbers."""
    table: Dict = {
        "name": 'a "b" \\ c.d',
        "title": "007",
        "backends": [{"name": "my npu", "kind": "npu", "slowdown": {"cpu": "1.5"}}, "cpu"],
        "memory": {"usable_gb_s": "100/3", "kv_transfer": {"fixed_us": "1/3"}},
        "models": {
            "m.1": {
                "about": {"params": "55", "title": "über [all] = #1"},
                "my npu": {
                    "latency_ms": "1/3",
                    "note": "1.5",
                    "noise": {"dist": "quantiles", "factors": [0.5, 1, 2.25]},
                },
                "cpu": 7,
            },
            "llm": {"cpu": {"prefill_ms": [[32, "1.25"], [512, 20]], "decode_ms": "2/7"}},
        },
    }
    profile = load_profile(table)
    assert read_again(profile, tmp_path) == profile


def test_exact_decimals_are_written_as_numbers() -> None:
    """As a person would write them; a third has to stay a text."""
    models = {"m": {"a": {"latency_ms": "2.50"}}, "n": {"a": "1/3"}}
    text = profile_toml(load_profile({"backends": ["a"], "models": models}))
    assert "latency_ms = 2.5\n" in text
    assert 'latency_ms = "1/3"\n' in text
