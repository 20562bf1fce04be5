"""`session export`: events or jobs as JSON Lines, CSV or Parquet."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO, cast

from emulator.errors import UserError
from emulator.session.export import TABLES, Row, Table, rows, write_csv, write_jsonl
from emulator.session.export_parquet import load_pyarrow, write_parquet
from emulator.session.reader import SessionReader
from rtgen_tui.commands import values
from rtgen_tui.exits import note

FORMATS: Final = ("jsonl", "csv", "parquet")
STDOUT: Final = "-"


def export_session(file: str, to: str, table: str | None, out: str | None, *, force: bool) -> None:
    """Writes the rows as they are read.

    Raises:
        UserError: an option or the file is wrong, or pyarrow is not installed.
    """
    values.choice(to, FORMATS, "format")
    default = "events" if to == "jsonl" else "jobs"
    chosen = cast("Table", values.choice(table or default, TABLES, "table"))
    target = None if out in {None, STDOUT} else Path(values.some(out, "--out"))
    source = Path(values.some(file, "FILE"))
    if target is not None and target.exists() and source.exists() and target.samefile(source):
        raise UserError(f"--out: {target} is the session itself: choose another name", key="--out")
    if target is not None and target.exists() and not force:
        raise UserError(
            f"--out: {target} exists already: choose another name, or --force to replace it",
            key="--out",
        )
    if to == "parquet":
        load_pyarrow()
        if target is None:
            raise UserError("--to parquet needs --out PATH: it is no text", key="--out")
    with SessionReader(source, scan=True) as reader:
        _write(rows(reader, chosen), to, chosen, target)
        for problem in reader.problems:
            note(f"{reader.path}: {problem}")


def _write(batches: Iterator[Sequence[Row]], to: str, table: Table, target: Path | None) -> None:
    try:
        if to == "parquet" and target is not None:
            write_parquet(batches, target, table)
            return
        with _opened(target) as file:
            if to == "csv":
                write_csv(batches, file, table)
            else:
                write_jsonl(batches, file)
    except OSError as error:
        if target is None or isinstance(error, BrokenPipeError):
            raise
        why = error.strerror or error
        raise UserError(f"--out: {target} cannot be written: {why}", key="--out") from None


@contextmanager
def _opened(target: Path | None) -> Iterator[TextIO]:
    if target is None and sys.stdout is not None:
        yield sys.stdout
        return
    with (target or Path(os.devnull)).open("w", encoding="utf-8", newline="") as file:
        yield file
