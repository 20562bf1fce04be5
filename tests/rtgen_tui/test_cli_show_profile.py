"""`rtgen-tui show profile`: every value with its basis and source, of a profile or one model."""

import json
import shlex
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emulator.catalog import load_profile, profile_names
from rtgen_tui.cli import app
from rtgen_tui.commands import busy
from rtgen_tui.commands.provenance import shares, values_of

PROFILE = "ryzen-ai-9-hx-370"


@pytest.fixture(autouse=True)
def short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What busy time rests on is found from a tenth of a second; it has tests of its own."""
    monkeypatch.setattr(busy, "DURATION_S", Fraction(1, 10))


def printed(*arguments: str) -> str:
    """Stdout of a call that must succeed."""
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def record(*arguments: str) -> dict[str, object]:
    """The JSON object that a call prints."""
    loaded = json.loads(printed(*arguments, "--json"))
    assert isinstance(loaded, dict)
    return loaded


@pytest.mark.parametrize("name", profile_names())
def test_show_profile_counts_every_value_once(name: str) -> None:
    """The shares add up to the values, and each value has a place and a source or a basis."""
    shown = record("show", "profile", name)
    values, counts = shown["values"], shown["shares"]

    assert isinstance(values, list)
    assert isinstance(counts, Mapping)
    assert sum(counts.values()) == len(values) > 0
    assert len({value["key"] for value in values}) == len(values)
    assert all(value["basis"] or value["source"] for value in values)


@pytest.mark.parametrize("name", profile_names())
def test_show_profile_holds_all_costs(name: str) -> None:
    """Whatever a profile says of a model on a backend is among the values shown."""
    profile = load_profile(name)
    keys = {(value.place, value.key) for value in values_of(profile)}

    for model, costs in profile.models.items():
        for backend, cost in costs.items():
            for key in ("latency_ms", "p99_ms", "prefill_tokens_per_s", "decode_tokens_per_s"):
                if getattr(cost, key) is not None:
                    assert (("models", model, backend), key) in keys


def test_show_profile_is_a_profile() -> None:
    """The profile in the JSON loads again to an equal one."""
    shown = record("show", "profile", PROFILE)["profile"]

    assert isinstance(shown, Mapping)
    assert load_profile(shown) == load_profile(PROFILE)


def test_show_profile_names_each_basis() -> None:
    """The page says which share of the values is measured, derived and estimated."""
    values = values_of(load_profile(PROFILE))
    page = " ".join(printed("show", "profile", PROFILE).split())

    for basis, count in shares(values).items():
        if basis != "unstated":
            assert f"{count} {basis} ({100 * count / len(values):.1f} %)" in page


def test_show_profile_of_a_file_says_how_to_go_on_with_it(tmp_path: Path) -> None:
    """The hint is a command that works as printed; what names no source has no list of them."""
    path = tmp_path / "my chip.toml"
    path.write_text('backends = ["npu"]\n[models]\nblur = { npu = 6.0 }\n')
    page = printed("show", "profile", str(path))
    *_, hint = page.splitlines()
    program, *arguments = shlex.split(hint.replace("NAME", "blur"))

    assert program == "rtgen-tui"
    assert "blur" in printed(*arguments)
    assert "sources" not in page.splitlines()


def test_show_one_model() -> None:
    """With --model, only its values are shown, with their derivations."""
    shown = record("show", "profile", PROFILE, "--model", "llama-3.2-1b")
    values = shown["values"]
    assert isinstance(values, list)

    assert {value["key"].split(".npu.")[0].split(".gpu.")[0] for value in values} >= {
        "models.llama-3.2-1b"
    }
    page = " ".join(printed("show", "profile", PROFILE, "--model", "llama-3.2-1b").split())
    for value in values:
        assert " ".join((value["derivation"] or "").split()) in page


def test_show_profile_lists_sources_below() -> None:
    """Each mark of a source in the tables has its line in the list of sources."""
    page = printed("show", "profile", PROFILE)
    tables, _, sources = page.partition("\nsources\n")
    marks = {row.split()[-1] for row in tables.splitlines() if row.endswith("]")}

    assert marks
    assert marks == {row.split()[0] for row in sources.splitlines() if row.startswith("  [")}
