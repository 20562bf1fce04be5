"""What a user's mistake must look like, whichever command it was made with."""

import re
from collections.abc import Sequence

from typer.testing import CliRunner

from rtgen_tui import exits
from rtgen_tui.cli import app


def assert_one_sentence(call: str, words: Sequence[str]) -> None:
    """Exit code 2, nothing on stdout, one line on stderr that holds these words."""
    done = CliRunner().invoke(app, call)

    assert done.exit_code == exits.USER_ERROR, done.stdout
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(r"error: [^\x00-\x1f│╭]+", line)
    assert len(line) < 500
    for word in words:
        assert word in line
