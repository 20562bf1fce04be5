"""`session repair`: what is intact of a damaged session, in a whole file."""

from pathlib import Path

from emulator.errors import UserError
from emulator.session.reader import SessionReader
from emulator.session.repairing import repair
from rtgen_tui import render
from rtgen_tui.commands import values


def repair_session(file: str, to: str | None, *, in_place: bool) -> None:
    """Writes the file and says what was wrong; a clean one is left as it is.

    Raises:
        UserError: no session, its header is lost, or the new file exists or cannot be written.
    """
    path = Path(values.some(file, "FILE"))
    if to is not None and values.some(to, "--to") and in_place:
        raise UserError("give --to or --in-place, not both")
    with SessionReader(path) as reader:
        is_clean = reader.check()
        events = sum(span.events for span in reader.spans)
        problems = reader.problems
    if is_clean:
        render.line(f"{path} is clean: {events:,} events, nothing to repair")
        return
    target = path.with_stem(f"{path.stem}-repaired") if to is None else Path(to)
    if not in_place and target.exists():
        raise UserError(f"{target} exists already: choose another name with --to", key="--to")
    report = repair(path, None if in_place else target)
    for problem in problems:
        render.line(f"{path}: {problem}")
    render.line(f"wrote {path if in_place else target}: {report.events:,} events")
