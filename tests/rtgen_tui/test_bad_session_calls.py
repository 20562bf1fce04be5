"""Wrong calls about sessions and claims: one sentence on stderr, exit code 2, nothing on stdout."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.rtgen_tui.one_sentence import assert_one_sentence

SESSIONS = Path(__file__).parents[1] / "data" / "session"
FILES = {
    "empty.rtgen": b"",
    "text.rtgen": b"this is no session",
    "newer.rtgen": b"\x89RTGEN\r\n\x00\x09rest",
    "short.rtgen": b"\x89RTGEN\r\n\x00\x01",
    "long.txt": b"x" * 9000,
}
NO_SESSION = {
    "missing.rtgen": ["missing.rtgen", "No such file"],
    "dir.rtgen": ["dir.rtgen", "is not a file"],
    "pipe.rtgen": ["pipe.rtgen", "is not a file"],
    "empty.rtgen": ["empty.rtgen", "not a session file"],
    "text.rtgen": ["text.rtgen", "not a session file"],
    "newer.rtgen": ["newer.rtgen", "format version 9", "reads version 1"],
    "short.rtgen": ["short.rtgen", "ends before its header"],
}
READERS = (
    "session info {}",
    "session verify {}",
    "session repair {}",
    "session export {} --to jsonl",
    "check {} 'jobs > 1'",
    "compare {} clean.rtgen",
    "compare clean.rtgen {}",
)
CALLS = [
    ("session", ["info, verify, repair or export"]),
    ("session inf clean.rtgen", ["'inf'", "'info'"]),
    ("session info", ["FILE", "session info --help"]),
    ("session info ''", ["FILE", "''"]),
    ("session verify clean.rtgen twice", ["twice", "session verify --help"]),
    ("session repair torn-tail.rtgen --to", ["--to", "argument"]),
    ("session repair torn-tail.rtgen --to clean.rtgen", ["clean.rtgen exists already", "--to"]),
    ("session repair torn-tail.rtgen --to x --in-place", ["--to", "--in-place", "not both"]),
    ("session repair torn-tail.rtgen --to no/such.rtgen", ["such.rtgen", "No such file"]),
    ("session export clean.rtgen", ["--to", "session export --help"]),
    ("session export clean.rtgen --to xml", ["format 'xml'", "jsonl, csv, parquet"]),
    ("session export clean.rtgen --to csv --table job", ["table 'job'", "'jobs'"]),
    ("session export clean.rtgen --to csv --out long.txt", ["long.txt exists already", "--force"]),
    ("session export clean.rtgen --to csv --out no/x.csv", ["no/x.csv", "cannot be written"]),
    ("check", ["FILE", "check --help"]),
    ("check clean.rtgen", ["CLAIM", "check --help"]),
    ("check clean.rtgen cam.late", ["'cam.late'", "expected FIGURE OPERATOR VALUE"]),
    ("check clean.rtgen 'camm.late < 1'", ["'camm.late'", "'camm'", "'cam'"]),
    ("check clean.rtgen 'cam.lat < 1'", ["unknown metric 'lat'", "'late'"]),
    ("check clean.rtgen 'cam.ttft.p95 < 1s'", ["'cam' has no language model"]),
    ("check clean.rtgen 'chat.ttft.p95 < 1'", ["a time with its unit", "'1'"]),
    ("check clean.rtgen 'npu.late < 1'", ["late", "'npu'", "backend"]),
    ("check clean.rtgen 'npu.utilization < 90'", ["from 0 to 1", "90%"]),
    ("compare clean.rtgen", ["second session", "clean.rtgen"]),
    ("compare clean.rtgen game-npc", ["'game-npc'", "both are sessions (.rtgen)"]),
    ("compare clean.rtgen clean.rtgen --policies edf,fcfs", ["--policies", "recorded sessions"]),
    ("run video-call --record ''", ["--record", "''"]),
    ("run video-call --record clean.rtgen", ["--record", "exists already", "--force"]),
    ("run video-call --record no/such.rtgen", ["no/such.rtgen", "cannot be written"]),
    ("run video-call --record dir.rtgen --force", ["dir.rtgen", "cannot be written"]),
    ("run video-call --rotate 1h", ["--rotate needs --record"]),
    ("run video-call --force", ["--force needs --record"]),
    ("run video-call --record x --rotate 5", ["--rotate", "100MB", "1h", "'5'"]),
    ("run video-call --record x --rotate much", ["--rotate", "100MB", "'much'"]),
    ("run video-call --record x --rotate 1B", ["--rotate", "at least 10kB"]),
    ("run video-call --record x --rotate 1ms", ["--rotate", "at least 1s"]),
]
BAD = [
    *CALLS,
    *((reader.format(name), words) for name, words in NO_SESSION.items() for reader in READERS),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with sessions, and files that are none."""
    made = tmp_path_factory.mktemp("bad")
    for name, content in FILES.items():
        (made / name).write_bytes(content)
    for name in ("clean", "torn-tail"):
        shutil.copy(SESSIONS / f"{name}.rtgen", made)
    (made / "dir.rtgen").mkdir()
    os.mkfifo(made / "pipe.rtgen")
    return made


@pytest.mark.parametrize(("call", "words"), BAD, ids=[call for call, _ in BAD])
def test_bad_call_gets_one_sentence(
    call: str, words: Sequence[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names what is wrong and says what would be right."""
    monkeypatch.chdir(folder)
    assert_one_sentence(call, words)
