"""What ``make fast`` builds does the same as the sources; skipped where it is not built."""

import pytest

from benchmarks import _compiled, same_journals


@pytest.mark.skipif(bool(_compiled.why_absent()), reason=_compiled.why_absent())
def test_compiled_and_pure_runs_are_the_same() -> None:
    """Journals, jobs and figures of every bundled scenario, byte for byte."""
    compiled = _compiled.call("benchmarks.same_journals", "digests", 1, 3)
    assert same_journals.digests(1, 3) == compiled
