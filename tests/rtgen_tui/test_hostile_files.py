"""Files made to fill a machine: the command refuses them within bounds of memory and CPU time."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from rtgen_tui import exits

REPOSITORY: Final = Path(__file__).parents[2]
MAX_MEMORY_BYTES: Final = 500_000_000
"""Of address space, of which a run of a good file takes about half."""
MAX_CPU_S: Final = 30
"""A guard against what is quadratic, for each file."""

STREAM: Final = '[[streams]]\nname = "s{}"\nmodel = "m"\nrate_hz = 1\n'
FRAMES: Final = '[[streams]]\nname = "s"\nmodel = "m"\n'
PIPELINE: Final = '[[streams]]\nname = "s"\nrate_hz = 1\n'
CHIP: Final = 'backends = ["cpu"]\n'

SCENARIOS: Final[dict[str, tuple[str, str]]] = {
    # what it is: its text, a part of the sentence
    "a line of 50 MB": (f"x = '{'a' * 50_000_000}'\n", "is larger than 4 MB"),
    "a million streams": (STREAM * 1_000_000, "is larger than 4 MB"),
    "as many streams as fit": (STREAM * 30_000, "streams: more than 10,000 entries"),
    "150,000 empty streams": (f"streams = [{'{},' * 150_000}]\n", "more than 10,000 entries"),
    "150,000 empty stages": (
        f"{PIPELINE}stages = [{'{},' * 150_000}]\n",
        "stages: more than 256 entries",
    ),
    "150,000 wrong arrivals": (
        f"{FRAMES}arrivals_ms = [{'-1,' * 150_000}]\n",
        "arrivals_ms[0]: expected a number at least 0, not -1",
    ),
    "a text of 4 MB": (
        f"title = '{'a' * 3_900_000}'\n",
        "title: expected at most 10000 characters",
    ),
    "a key of 4 MB": (f"{'a' * 3_900_000} = 1\n", "unknown key 'aaaa"),
    "100,000 keys": (
        STREAM + "".join(f"a{number} = 0\n" for number in range(100_000)),
        "unknown key 'a0'",
    ),
    "a list a million deep": (f"x = {'[' * 1_000_000}", "is nested too deeply"),
}
PROFILES: Final[dict[str, tuple[str, str]]] = {
    "150,000 backends": (f"backends = [{'{},' * 150_000}]\n", "more than 64 entries"),
    "30,000 models": (
        f"{CHIP}[models]\n" + "".join(f"a{number} = {{}}\n" for number in range(30_000)),
        "models: more than 2,000 entries",
    ),
    "a model on 30,000 backends": (
        f"{CHIP}[models.m]\n" + "".join(f"a{number} = 0\n" for number in range(30_000)),
        "models.m: more than 64 entries",
    ),
    "150,000 slices": (
        f"{CHIP}[models.m.cpu]\nslices_ms = [{'0,' * 150_000}]\n",
        "slices_ms: more than 10,000 entries",
    ),
}


LIMITED: Final = f"""
import io, json, resource, sys, time, traceback
from contextlib import redirect_stderr, redirect_stdout
resource.setrlimit(resource.RLIMIT_AS, ({MAX_MEMORY_BYTES}, {MAX_MEMORY_BYTES}))
from rtgen_tui.__main__ import main
for call in json.load(sys.stdin):
    end_s = int(time.process_time()) + {MAX_CPU_S}
    resource.setrlimit(resource.RLIMIT_CPU, (end_s, resource.RLIM_INFINITY))
    sys.argv, code = ["rtgen-tui", *call], 0
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            main()
        except SystemExit as exit:
            code = exit.code
        except BaseException:
            traceback.print_exc()
            code = -1
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
"""Commands where more memory is an error and more time is the end, in one process: the next one
has what the one before left it."""


class Done(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """How the command ended on a good scenario and on each file, by what it is."""
    folder = tmp_path_factory.mktemp("hostile")
    calls = {"good": ("run", "video-call", "--duration", "1s")}
    for number, (name, (text, _)) in enumerate({**SCENARIOS, **PROFILES}.items()):
        file = folder / f"{number}.toml"
        file.write_text(text, encoding="utf-8")
        command = ("run",) if name in SCENARIOS else ("show", "profile")
        calls[name] = (*command, str(file))
    process = subprocess.run(
        [sys.executable, "-c", LIMITED],
        cwd=REPOSITORY,
        input=json.dumps(list(calls.values())),
        capture_output=True,
        text=True,
        check=False,
    )
    done = [Done(*json.loads(line)) for line in process.stdout.splitlines()]
    # Files after one that ended the process are not known: they fail with what it said.
    ended = Done(process.returncode, "", process.stderr)
    return {name: done[at] if at < len(done) else ended for at, name in enumerate(calls)}


def test_a_good_run_is_within_the_bounds(limited: dict[str, Done]) -> None:
    """The limits are no obstacle to what people do."""
    assert limited["good"].code == exits.OK, limited["good"].stderr


@pytest.mark.parametrize("name", [*SCENARIOS, *PROFILES])
def test_a_hostile_file_is_refused_within_bounds(name: str, limited: dict[str, Done]) -> None:
    """One short sentence, exit code 2, and never more memory than a small machine can spare."""
    _, sentence = {**SCENARIOS, **PROFILES}[name]
    done = limited[name]

    assert (done.code, done.stdout) == (exits.USER_ERROR, ""), done.stderr[-2000:]
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 1000
