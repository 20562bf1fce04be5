"""A session as a Parquet file, with pyarrow: an extra, because most people do not need it."""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from emulator.errors import UserError
from emulator.session.export import COLUMNS, Row, Table, flat

MISSING: Final = (
    "Parquet needs pyarrow, which is not installed: pip install 'rtgen-tui[parquet]', "
    "or export to csv or jsonl"
)
_BATCH: Final = 65_536
"""Rows of a row group."""


def load_pyarrow() -> tuple[Any, Any]:
    """The modules pyarrow and pyarrow.parquet. Raises UserError: they are not installed."""
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError:
        raise UserError(MISSING, key="--to") from None


def write_parquet(batches: Iterable[Sequence[Row]], path: Path, table: Table) -> None:
    """A file of row groups; nested values are JSON text.

    Raises:
        UserError: pyarrow is not installed.
        OSError: the file cannot be written.
    """
    pa, pq = load_pyarrow()
    types = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string()}
    columns = COLUMNS[table]
    schema = pa.schema([(name, types[kind]) for name, kind in columns.items()])
    with pq.ParquetWriter(path, schema) as writer:
        for group in _groups(batches):
            data = {
                name: [_cell(row.get(name), kind) for row in group]
                for name, kind in columns.items()
            }
            writer.write_table(pa.table(data, schema=schema))


def _cell(value: object, kind: type) -> object:
    """The value where it is of the column's type; a journal from elsewhere may hold others."""
    if kind is bool:
        return value
    value = flat(value)
    if kind is str:
        return None if value is None else str(value)
    return value if isinstance(value, kind) else None


def _groups(batches: Iterable[Sequence[Row]]) -> Iterable[list[Row]]:
    group: list[Row] = []
    for batch in batches:
        group += batch
        if len(group) >= _BATCH:
            yield group
            group = []
    if group:
        yield group
