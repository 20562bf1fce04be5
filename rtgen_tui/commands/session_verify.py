"""`session verify`: the recorded run simulated again, and the first event that differs."""

from dataclasses import asdict
from pathlib import Path

from emulator.session.reader import SessionReader
from emulator.session.run_inputs import run_inputs
from emulator.session.verify import Verification, verify
from rtgen_tui import render
from rtgen_tui.commands import values
from rtgen_tui.commands.differing import Names, difference_dict, print_difference
from rtgen_tui.commands.headless import progress
from rtgen_tui.exits import DIFFERENT, EndedError, note


def verify_session(file: str, *, as_json: bool) -> None:
    """Prints whether every event is equal.

    Raises:
        UserError: the session cannot be read, or its run cannot be made again.
        EndedError: it is different.
    """
    path = Path(values.some(file, "FILE"))
    with SessionReader(path, scan=True) as reader:
        with progress(f"verifying {path.name}") as report:
            done = verify(reader, report)
        problems = reader.problems
        inputs = run_inputs(reader.header, str(path))
    names = {
        "stream": [name for name, _ in inputs.streams_at_start()],
        "backend": inputs.profile.backend_names,
    }
    if as_json:
        render.print_json(_record(path, done, problems))
    else:
        for problem in problems:
            note(f"{path}: {problem}")
        _print(done, names)
    if done.difference is not None:
        raise EndedError(DIFFERENT)


def _record(path: Path, done: Verification, problems: tuple[str, ...]) -> dict[str, object]:
    record = asdict(done)
    record["notes"] = list(done.notes)
    record["difference"] = difference_dict(done.difference, "recorded", "simulated")
    record["t_s"] = record.pop("t_ns") / 1e9
    return {
        "file": str(path),
        "equal": done.difference is None,
        **record,
        "problems": list(problems),
    }


def _print(done: Verification, names: Names) -> None:
    commands = f"{done.commands:,} command{'' if done.commands == 1 else 's'}"
    upto = f"{done.events:,} events up to {done.t_ns / 1e9:.3f} s"
    if done.difference is None:
        render.line(render.styled("equal", render.GOOD), f": {upto}, with {commands} given again")
    else:
        render.line(render.styled("different", render.BAD), f" after {upto}, {commands}")
        print_difference(done.difference, "recorded", "simulated again", names)
    if done.missing:
        render.line(f"{done.missing:,} events are missing in the file and were passed over")
    for words in done.notes:
        render.paragraph(words)
