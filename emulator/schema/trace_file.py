"""Arrivals read from a text file: one number per line, or a column of a CSV file."""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from pathlib import Path

from emulator.names import shown
from emulator.schema.exact import exact
from emulator.schema.stream import MAX_ARRIVALS
from emulator.schema.text_files import read_text

MAX_TRACE_BYTES = 16_000_000
DEFAULT_COLUMN = "arrival_ms"


def read_arrivals(path: Path, column: str | None = None) -> tuple[Fraction, ...]:
    """Milliseconds of each arrival, in the order of the file. Raises ValueError with a sentence.

    Without a header line the first column counts, in milliseconds. With one, `column` names the
    column (default `arrival_ms`); a column whose name ends in `_s` holds seconds.
    """
    rows = csv.reader(io.StringIO(read_text(path, MAX_TRACE_BYTES), newline=""))
    arrivals: list[Fraction] = []
    index, scale = 0, 1
    try:
        for number, row in enumerate(row for row in rows if any(row)):
            if number == 0 and (column is not None or not _is_number(row[0])):
                name = column or DEFAULT_COLUMN
                index, scale = _column(row, name), 1000 if name.endswith("_s") else 1
                continue
            arrivals.append(_cell(row, index) * scale)
    except (csv.Error, ValueError) as error:
        raise ValueError(f"line {rows.line_num}: {error}") from None
    if not 0 < len(arrivals) <= MAX_ARRIVALS:
        raise ValueError(f"holds {len(arrivals):,} arrivals, expected 1 to {MAX_ARRIVALS:,}")
    return tuple(arrivals)


def _is_number(cell: str) -> bool:
    try:
        exact(cell)
    except ValueError:
        return False
    return True


def _column(header: list[str], name: str) -> int:
    names = [cell.strip() for cell in header]
    if name not in names:
        raise ValueError(f"no column {shown(name)}, the file has {shown(', '.join(names))}")
    return names.index(name)


def _cell(row: list[str], index: int) -> Fraction:
    if index >= len(row):
        raise ValueError(f"expected at least {index + 1} columns, not {len(row)}")
    return exact(row[index])
