"""The built wheel works by itself: code, bundled data and command, away from the checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def build(source: Path, target: str, folder: Path) -> Path:
    """Build a `wheel` or an `sdist` of the source tree into the folder, without network."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(folder)],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


def files_of(wheel: Path) -> set[str]:
    """Names in the archive."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that this checkout builds."""
    return build(REPOSITORY, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the unpacked wheel in it and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    shutil.unpack_archive(wheel, folder, "zip")
    return folder


def run_from(site: Path, *arguments: str) -> str:
    """Stdout of a Python that finds our packages in the site folder before anywhere else."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=site.parent,
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def checkout_names(folder: str) -> set[str]:
    """Names of the data files in a folder of the checkout."""
    return {path.stem for path in (REPOSITORY / folder).glob("*.toml")}


def test_wheel_holds_two_packages(wheel: Path) -> None:
    """The wheel puts two packages and its metadata into site-packages, and nothing else."""
    tops = {name.partition("/")[0] for name in files_of(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"emulator", "rtgen_tui"}


def test_wheel_is_typed(wheel: Path) -> None:
    """Both packages tell type checkers that they are typed."""
    assert {"emulator/py.typed", "rtgen_tui/py.typed"} <= files_of(wheel)


@pytest.mark.parametrize("folder", ["profiles", "scenarios"])
def test_wheel_holds_every_data_file(wheel: Path, folder: str) -> None:
    """Every profile and scenario of the checkout is in the wheel, under `emulator/data`."""
    expected = {f"emulator/data/{folder}/{name}.toml" for name in checkout_names(folder)}
    assert expected
    assert expected <= files_of(wheel)


def test_wheel_installs_the_command(site: Path) -> None:
    """The console script `rtgen-tui` runs `rtgen_tui.__main__:main`."""
    (metadata,) = site.glob("*.dist-info")
    entry_points = ConfigParser()
    entry_points.read(metadata / "entry_points.txt")
    assert dict(entry_points["console_scripts"]) == {"rtgen-tui": "rtgen_tui.__main__:main"}


def test_module_runs_from_the_wheel(site: Path) -> None:
    """`python -m rtgen_tui --help` works from the wheel."""
    assert "Usage" in run_from(site, "-m", "rtgen_tui", "--help")


@pytest.mark.parametrize(("folder", "kind"), [("profiles", "profile"), ("scenarios", "scenario")])
def test_bundled_data_loads_from_the_wheel(site: Path, folder: str, kind: str) -> None:
    """Away from the checkout, the catalog lists and loads every bundled file by name."""
    code = f"""
import emulator, emulator.catalog, json
names = emulator.catalog.{kind}_names()
for name in names:
    emulator.load_{kind}(name)
print(json.dumps([emulator.__file__, names]))
"""
    package_file, names = json.loads(run_from(site, "-c", code))
    assert Path(package_file).is_relative_to(site)
    assert set(names) == checkout_names(folder)


def test_headline_profile_loads_from_the_wheel(site: Path) -> None:
    """The profile of the paper's SoC comes with the wheel."""
    code = "import emulator; print(emulator.load_profile('ryzen-ai-9-hx-370').name)"
    assert run_from(site, "-c", code).strip() == "ryzen-ai-9-hx-370"


def test_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """The source distribution holds all that the wheel needs."""
    sdist = build(REPOSITORY, "sdist", tmp_path / "sdist")
    subprocess.run(
        [sys.executable, "-m", "tarfile", "-e", str(sdist), str(tmp_path / "source")], check=True
    )
    (source,) = (tmp_path / "source").iterdir()
    assert files_of(build(source, "wheel", tmp_path / "wheel")) == files_of(wheel)
