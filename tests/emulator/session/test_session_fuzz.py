"""Some of the cases of ``python -m tests.fuzz_sessions``."""

from pathlib import Path

import pytest

from tests.emulator.strategies import examples
from tests.fuzz_sessions import Fuzzer

STEP = 50


@pytest.fixture(scope="module")
def fuzzer() -> Fuzzer:
    """The same cases as in the script."""
    return Fuzzer()


@pytest.mark.parametrize("first", range(0, examples(300), STEP))
def test_mutated_files_end_in_a_sentence_or_a_read(
    first: int, fuzzer: Fuzzer, tmp_path: Path
) -> None:
    """Never in another error; repair makes clean what can be read."""
    outcomes = {
        fuzzer.check(fuzzer.case(number), tmp_path) for number in range(first, first + STEP)
    }
    assert outcomes == {"refused", "recovered", "whole"}


def test_the_same_number_is_the_same_case(fuzzer: Fuzzer) -> None:
    """So that a case that was found can be looked at."""
    assert Fuzzer().case(11) == fuzzer.case(11)
    assert fuzzer.case(11) != fuzzer.case(12)
