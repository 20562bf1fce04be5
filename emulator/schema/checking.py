"""Has pydantic check what was read from a file, and describe the files to editors.

The only place where a table meets pydantic, which is loaded when the first file is checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TypeVar, cast, get_args, get_type_hints

from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from emulator.schema.record import REQUIRED
from emulator.schema.tables import Table

T = TypeVar("T", bound=Table)


def checked(table: type[T], data: object, folder: Path) -> T:
    """The `table` that `data` describes; files that it names are relative to `folder`.

    Raises:
        pydantic.ValidationError: with every mistake that can be told apart.
    """
    return cast("T", _adapter(table).validate_python(data, context=folder))


def json_schema_of(table: type[Table]) -> JsonSchemaValue:
    """The JSON Schema of a table and of all that it holds."""
    return _adapter(table).json_schema()


def _adapter(table: type[Table]) -> TypeAdapter[Table]:
    return _made_adapter(table)  # type: ignore[arg-type]  # mypy means the hash of its instances


@cache
def _made_adapter(table: type[Table]) -> TypeAdapter[Table]:
    return TypeAdapter(table)


def make_ready(*tables: type[Table]) -> None:
    """Do what the first check of a table would have to wait for."""
    for table in tables:
        _adapter(table)


def table_schema(table: type[Table], handler: GetCoreSchemaHandler) -> CoreSchema:
    """How pydantic makes a table of a mapping: prepared, then field by field, then as a whole."""
    hints = get_type_hints(table, include_extras=True)
    allows = table.extra_type is not None
    fields = core_schema.model_fields_schema(
        {
            name: core_schema.model_field(_field(handler.generate_schema(hints[name]), default))
            for name, default in table.defaults.items()
        },
        model_name=table.__name__,
        extra_behavior="allow" if allows else "forbid",
        extras_schema=handler.generate_schema(table.extra_type) if allows else None,
    )
    prepared = core_schema.with_info_before_validator_function(partial(_prepared, table), fields)
    whole = core_schema.model_schema(table, prepared)
    ref = f"{table.__module__}.{table.__qualname__}:{id(table)}"
    return core_schema.no_info_after_validator_function(_whole, whole, ref=ref)


def tagged(tables: Sequence[type[Table]], key: str, handler: GetCoreSchemaHandler) -> CoreSchema:
    """A choice of tables by the word under `key`, of which each allows its own."""
    return core_schema.tagged_union_schema(
        {
            word: handler.generate_schema(table)
            for table in tables
            for word in get_args(get_type_hints(table)[key])
        },
        key,
    )


def _field(schema: CoreSchema, default: object) -> CoreSchema:
    if default is REQUIRED:
        return schema
    return core_schema.with_default_schema(schema, default=default)


def _prepared(table: type[Table], data: object, info: ValidationInfo) -> object:
    return table.prepared(data, cast("Path", info.context))


def _whole(table: T) -> T:
    table.check()
    return table
