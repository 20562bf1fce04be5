"""A run without a screen of its own that can be watched and steered on a socket."""

import shlex
from pathlib import Path

from emulator.errors import UserError
from emulator.serving.public import PublicRun
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.dashboard import asked, recording
from rtgen_tui.commands.farewell import farewell
from rtgen_tui.exits import note
from rtgen_tui.render import line


def serve_run(choices: Choices, socket: str) -> None:
    """Runs at the pace of the wall clock until the duration is over, or somebody ends it.

    Raises:
        UserError: an option, a file or the socket is wrong.
    """
    if choices.headless is False or choices.as_json:
        option = "--json" if choices.as_json else "--dashboard"
        raise UserError(f"--serve runs without a screen until it is ended: leave out {option}")
    request, record = asked(choices), recording(choices)
    opening = [request.command(), *([record] if record is not None else [])]
    run = PublicRun(Path(socket), opening, on_problem=note)
    note(f"watch it: rtgen-tui attach {shlex.quote(socket)}; end it: Ctrl+C")
    end_s = request.duration_s
    reason = run.serve(None if end_s is None else round(end_s * 1_000_000_000))
    note(reason)
    if run.last is not None:
        for each in farewell(run.last):
            line(each)
