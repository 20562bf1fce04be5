"""`session`, `check`, `run --record` and `compare` of two sessions: pages, JSON, exit codes."""

import csv
import io
import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from emulator.session import SessionReader, SessionWriter
from emulator.simulation import simulate
from rtgen_tui import exits
from rtgen_tui.cli import app

GOLDENS = Path(__file__).parent / "goldens"
SESSIONS = Path(__file__).parents[1] / "data" / "session"
CHIP = """
backends = ["npu", "cpu"]
[models]
fast = {npu = 4.0, cpu = 18}
slow = {cpu = 150}
[models.chat.npu]
prefill_ms = {base = 5, per_token = 0.25}
decode_ms = 8
"""
APPLICATION = """
title = "Frames, hopeless frames and a talker"
[[streams]]
name = "frames"
model = "fast"
rate_hz = 50
deadline_ms = 16
[[streams]]
name = "hopeless"
model = "slow"
period_ms = 100
late = "drop"
[[streams]]
name = "talker"
arrivals_ms = [105, 505]
model = "chat"
prompt_tokens = 40
output_tokens = 10
ttft_ms = 100
"""
CLAIMS = (
    "frames.violation_rate < 1%",
    "talker.ttft.p95 < 100ms",
    "hopeless.dropped == 0",
    "npu.utilization < 20%",
)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A run of two seconds in a folder of its own, recorded in run.rtgen."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.time_ns", lambda: 1_767_225_600_000_000_000)
    monkeypatch.setattr("emulator.session.origin.package_version", lambda: "0.1.0")
    monkeypatch.setattr("platform.python_version", lambda: "3.11")
    Path("chip.toml").write_text(CHIP)
    Path("app.toml").write_text(APPLICATION)
    arguments = ("run", "app.toml", "--profile", "chip.toml", "--duration", "2s", "--headless")
    done = CliRunner().invoke(app, (*arguments, "--record", "run.rtgen"), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return arguments


def ran(*arguments: str) -> Result:
    """A call, however it ends."""
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def printed(*arguments: str, code: int = exits.OK) -> str:
    """Stdout of a call that ends with this code."""
    done = ran(*arguments)
    assert done.exit_code == code, done.stderr
    return done.stdout


def mistake(*arguments: str) -> str:
    """The one sentence of a call that must fail as the user's mistake."""
    done = ran(*arguments)
    assert done.exit_code == exits.USER_ERROR
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def check_golden(name: str, page: str) -> None:
    """The page is as it was; UPDATE_GOLDENS=1 writes it anew."""
    golden = GOLDENS / f"{name}.txt"
    if "UPDATE_GOLDENS" in os.environ:
        golden.write_text(page, encoding="utf-8")
    assert max(map(len, page.splitlines())) <= 80
    assert page == golden.read_text(encoding="utf-8")


def tampered(path: Path, to: Path) -> None:
    """The same session, but one slice takes a nanosecond longer."""
    with SessionReader(path) as reader, to.open("wb") as file:
        writer = SessionWriter(file, reader.header)
        for number, events in enumerate(reader.batches()):
            if not number:
                at = next(n for n, event in enumerate(events) if event[0] == "finished" and n > 60)
                events[at] = (events[at][0], int(str(events[at][1])) + 1, *events[at][2:])
            writer.append(events, int(str(events[-1][1])))
        writer.close()


@pytest.mark.usefixtures("call")
def test_info_page() -> None:
    """What was recorded, how large it is, its state, and the summary of the run."""
    size = Path("run.rtgen").stat().st_size
    page = printed("session", "info", "run.rtgen")

    assert f"{size:,} bytes" in page
    check_golden("session-info", re.sub(r"[\d,]+ bytes, ([\d,]+) events, .*", r"\1 events", page))


def test_info_has_the_summary_of_the_run(call: tuple[str, ...]) -> None:
    """The table under the header is what the run printed."""
    page = printed("session", "info", "run.rtgen")

    assert page.endswith(printed(*call))


@pytest.mark.usefixtures("call")
def test_info_as_json() -> None:
    """Facts of the header and the file, and the summary."""
    (found,) = json.loads(printed("session", "info", "run.rtgen", "--json"))["sessions"]
    expected = simulate("./chip.toml", "./app.toml", "fcfs", duration_s=2)

    assert found["summary"] == json.loads(json.dumps(expected.summary.to_dict()))
    assert (found["scenario"], found["profile"], found["policy"]) == ("app", "chip", "fcfs")
    assert found["events"] == len(expected.journal or ())
    assert found["bytes"] == Path("run.rtgen").stat().st_size
    assert (found["ended"], found["problems"], found["duration_s"]) == ("clean", [], 2.0)
    assert found["created"] == "2026-01-01 00:00:00 UTC"


def test_info_of_damaged_sessions_says_what_is_wrong() -> None:
    """Several files, each with its state; a torn one is still shown."""
    names = [str(SESSIONS / f"{name}.rtgen") for name in ("torn-tail", "flipped-bit")]
    page = printed("session", "info", *names)

    assert page.count("recovered") == 2
    assert "unfinished chunk" in page
    assert "are missing in 1 gaps" in page


@pytest.mark.usefixtures("call")
def test_verify_says_equal() -> None:
    """Exit code 0, how many events, and up to when."""
    page = printed("session", "verify", "run.rtgen")

    assert page.startswith("equal: ")
    assert json.loads(printed("session", "verify", "run.rtgen", "--json"))["equal"] is True


@pytest.mark.usefixtures("call")
def test_verify_shows_the_first_difference() -> None:
    """Exit code 3, the number, the time and both sides."""
    tampered(Path("run.rtgen"), Path("other.rtgen"))
    check_golden(
        "session-verify", printed("session", "verify", "other.rtgen", code=exits.DIFFERENT)
    )
    found = json.loads(printed("session", "verify", "other.rtgen", "--json", code=exits.DIFFERENT))[
        "difference"
    ]

    assert found["recorded"]["t_ns"] == found["simulated"]["t_ns"] + 1


@pytest.mark.usefixtures("call")
def test_check_page() -> None:
    """A table of verdicts, and when and why for each broken claim."""
    check_golden("check", printed("check", "run.rtgen", *CLAIMS, code=exits.DIFFERENT))


@pytest.mark.usefixtures("call")
def test_check_that_holds() -> None:
    """Exit code 0 and nothing to explain."""
    page = printed("check", "run.rtgen", "frames.jobs == 100", "dropped < 99")

    assert page.count("✓ holds") == 2
    assert len(page.splitlines()) == 3


@pytest.mark.usefixtures("call")
def test_check_as_json() -> None:
    """Value, bound and verdict of each claim, and for a broken one the job that says why."""
    found = json.loads(printed("check", "run.rtgen", *CLAIMS, "--json", code=exits.DIFFERENT))
    first, second, third, fourth = found["claims"]

    assert found["holds"] is False
    assert (second["holds"], second["unit"], second["bound"]) == (True, "ms", 100.0)
    assert third["worst"]["stream"] == "hopeless"
    assert first["worst"]["behind_ms"]
    assert fourth["held_by_ms"].keys() == {"frames", "talker"}


@pytest.mark.usefixtures("call")
def test_claims_are_read_before_the_file() -> None:
    """A wrong claim is said even when there is no such session."""
    assert "write == for equal" in mistake("check", "nope.rtgen", "jobs = 3")


def test_compare_page(call: tuple[str, ...]) -> None:
    """Figures side by side, which is better, and where the journals part."""
    printed(*call, "--policy", "edf", "--record", "edf.rtgen")

    check_golden("compare-sessions", printed("compare", "run.rtgen", "edf.rtgen"))


@pytest.mark.usefixtures("call")
def test_two_scenarios_have_their_own_names_where_they_part() -> None:
    """The first stream of one is not that of the other."""
    Path("other.toml").write_text(APPLICATION.replace("frames", "video"), encoding="utf-8")
    both = ("--profile", "chip.toml", "--duration", "2", "--headless")
    printed("run", "other.toml", *both, "--record", "other.rtgen")
    found = printed("compare", "run.rtgen", "other.rtgen")

    assert "the scenarios differ" in found
    assert "frames" in found.partition("first difference")[2]
    assert "video" in found.partition("first difference")[2]


def test_compare_as_json(call: tuple[str, ...]) -> None:
    """The same as one object."""
    printed(*call, "--seed", "4", "--record", "other.rtgen")
    found = json.loads(printed("compare", "run.rtgen", "other.rtgen", "--json"))

    assert found["warnings"] == ["the seeds differ: 0 and 4"]
    assert found["divergence"] is None
    assert {"figure", "unit", "a", "b", "difference", "better"} == found["figures"][0].keys()


@pytest.mark.usefixtures("call")
def test_repair_leaves_the_original() -> None:
    """A damaged file is made whole beside itself, and what was wrong is said."""
    torn = Path("run.rtgen").read_bytes()[:-300]
    Path("torn.rtgen").write_bytes(torn)
    page = printed("session", "repair", "torn.rtgen")

    assert "it has no end chunk" in page
    assert "wrote torn-repaired.rtgen" in page
    assert Path("torn.rtgen").read_bytes() == torn
    assert "nothing to repair" in printed("session", "repair", "torn-repaired.rtgen")
    assert "exists already" in mistake("session", "repair", "torn.rtgen")
    printed("session", "repair", "torn.rtgen", "--in-place")
    assert "is clean" in printed("session", "repair", "torn.rtgen")


@pytest.mark.usefixtures("call")
def test_export_to_stdout_and_to_a_file() -> None:
    """Both have the same rows, and a file that exists is not replaced by accident."""
    lines = printed("session", "export", "run.rtgen", "--to", "jsonl").splitlines()
    printed("session", "export", "run.rtgen", "--to", "jsonl", "--out", "events.jsonl")
    jobs = list(
        csv.DictReader(io.StringIO(printed("session", "export", "run.rtgen", "--to", "csv")))
    )

    assert Path("events.jsonl").read_text().splitlines() == lines
    assert json.loads(lines[0])["kind"] == "stream-added"
    assert {job["stream"] for job in jobs} == {"frames", "hopeless", "talker"}
    refused = mistake("session", "export", "run.rtgen", "--to", "csv", "--out", "events.jsonl")
    assert "--force" in refused


def test_recorded_run_prints_what_an_unrecorded_one_does(call: tuple[str, ...]) -> None:
    """Data on stdout is the same; where it was recorded is a note."""
    done = ran(*call, "--record", "again.rtgen")

    assert done.stdout == printed(*call)
    assert re.fullmatch(r"note: recorded in again\.rtgen \([\d,]+ bytes\)\n", done.stderr)


def test_rotated_recording(call: tuple[str, ...]) -> None:
    """Each file is noted, and verified by itself."""
    done = ran(*call, "--record", "part.rtgen", "--rotate", "1s")

    assert done.stderr.count("note: recorded in part") >= 2
    for path in Path().glob("part*.rtgen"):
        assert printed("session", "verify", str(path)).startswith("equal: ")


def test_existing_recording_needs_force(call: tuple[str, ...]) -> None:
    """It is refused before anything runs, and replaced when asked for."""
    before = Path("run.rtgen").read_bytes()

    assert "run.rtgen exists already" in mistake(*call, "--record", "run.rtgen")
    assert Path("run.rtgen").read_bytes() == before
    assert ran(*call, "--record", "run.rtgen", "--force", "--seed", "9").exit_code == 0
    assert Path("run.rtgen").read_bytes() != before


def test_scores_and_recording_go_together(call: tuple[str, ...]) -> None:
    """A run with scores is recorded too."""
    assert ran(*call, "--record", "scored.rtgen", "--scores").exit_code == 0
    assert Path("scored.rtgen").exists()


@pytest.mark.usefixtures("call")
def test_disk_that_fills_up(call: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary is printed, and the exit code says that the recording is not whole."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("emulator.session.file.SessionFile.append", full)
    done = ran(*call, "--record", "full.rtgen")

    assert done.exit_code == exits.FAILED
    assert done.stdout.startswith("scenario  app")
    assert "the recording stopped at" in done.stderr
    assert "No space left on device" in done.stderr
