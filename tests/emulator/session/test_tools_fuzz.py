"""What reads whole sessions ends in one sentence or an answer, whatever is in the file."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator.claims import judge
from emulator.errors import UserError
from emulator.session import SessionReader
from emulator.session.export import TABLES, rows, write_csv, write_jsonl
from emulator.session.replayed import finished_run, read_run
from emulator.session.verify import verify
from emulator.study.two_sessions import compare_sessions
from tests.emulator.strategies import examples
from tests.fuzz_sessions import Fuzzer

GOLDEN = Path(__file__).parents[2] / "data" / "session" / "clean.rtgen"
CLAIMS = ("violation_rate < 1%", "npu.utilization < 1%", "cam.response.p95 < 1ms", "late == 0")


def _export(path: Path) -> None:
    for table in TABLES:
        with SessionReader(path, scan=True) as reader:
            batches = list(rows(reader, table))
        write_jsonl(batches, io.StringIO())
        write_csv(batches, io.StringIO(), table)


def _verify(path: Path) -> None:
    with SessionReader(path, scan=True) as reader:
        verify(reader)


def _info(path: Path) -> None:
    with SessionReader(path, scan=True) as reader:
        read_run(reader).result.summary.to_dict()


def _check(path: Path) -> None:
    judge(CLAIMS, finished_run(path))


def _compare(path: Path) -> None:
    compare_sessions(path, GOLDEN)


@pytest.mark.parametrize("tool", [_info, _verify, _export, _check, _compare])
def test_mutated_files_end_in_a_sentence_or_an_answer(
    tool: Callable[[Path], None], tmp_path: Path
) -> None:
    """Never in another error."""
    fuzzer, path, answers = Fuzzer(), tmp_path / "a.rtgen", 0
    cases = examples(120)
    for number in range(cases):
        path.write_bytes(fuzzer.case(number).data)
        try:
            tool(path)
            answers += 1
        except UserError as error:
            assert "\n" not in str(error)  # noqa: PT017 - both outcomes are fine

    assert 0 < answers < cases
