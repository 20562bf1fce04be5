"""What all tables of profile and scenario files share: known keys, safe text, short forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from emulator.names import MAX_NAME, shown

MAX_TEXT = 10_000


def fault(what: str, key: str = "", *, named: bool = False) -> PydanticCustomError:
    """A mistake in the table being validated, at its dotted `key` (`named`: `what` names it)."""
    return PydanticCustomError("user", "{what}", {"what": what, "key": key, "named": named})


def _text(value: object) -> str:
    if isinstance(value, int | float | Decimal | date) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {shown(value)}")
    if len(value) > MAX_TEXT:
        raise ValueError(f"expected at most {MAX_TEXT} characters, not {len(value)}")
    # Control characters would reach the terminal of whoever opens the file.
    if not value.isprintable() and not all(c.isprintable() or c in "\n\t" for c in value):
        raise ValueError("expected text without control characters")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a name, not {shown(value)}")
    if not value or value != value.strip() or not value.isprintable():
        raise ValueError(f"expected a name of printable characters, not {shown(value)}")
    if len(value) > MAX_NAME:
        raise ValueError(f"expected a name of at most {MAX_NAME} characters, not {len(value)}")
    return value


def _format(value: object) -> int:
    if isinstance(value, bool) or value != 1:
        raise ValueError(f"format {shown(value)} is unknown: this version reads format 1")
    return 1


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {shown(value)}")
    return value


Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
"""Free text for people; numbers and dates are taken as they print."""
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string"})]
"""What other keys refer to: printable, not empty, no space around it."""
Format = Annotated[int, PlainValidator(_format), WithJsonSchema({"const": 1})]
"""The format of the file; its number stands for the defaults as well as the keys."""
Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]


@dataclass(frozen=True, slots=True)
class Entries:
    """Marks a tuple as a list of a file with `least` to `most` entries.

    It takes a list or tuple and nothing else; a bare text would be read letter by letter. The
    length is checked before any entry, and the first wrong entry ends the check: a small file of a
    million wrong ones would otherwise take gigabytes for mistakes that nobody is told.
    """

    least: int
    most: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        entries = handler(source)
        bounds = {"min_length": self.least, "max_length": self.most, "fail_fast": True}
        bounded = cast("CoreSchema", {**entries, **bounds})
        return core_schema.no_info_before_validator_function(self._as_tuple, bounded)

    def _as_tuple(self, value: object) -> object:
        if not isinstance(value, list | tuple):
            raise ValueError(f"expected a list, not {shown(value)}")
        if len(value) > self.most:
            raise ValueError(f"more than {self.most:,} entries")
        return tuple(value)


class ShortForm:
    """Adds the short ways of writing a table to its JSON Schema."""

    def __init__(self, *schemas: JsonSchemaValue) -> None:
        self.schemas = schemas

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [*self.schemas, handler(core_schema)]}


class Table(BaseModel):
    """A frozen table of a file, which refuses keys that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    home: ClassVar[str] = ""
    """What is true of this table's keys, after "'late' ...": "is a key of the stream, ..."."""

    homes: ClassVar[Mapping[str, str]] = {}
    """The same in other words, by the name of the table in which the key was found."""

    @classmethod
    def file_keys(cls) -> tuple[str, ...]:
        """The keys a person may write in this table, its own before those of its base."""
        own = [key for key in cls.model_fields if key in cls.__annotations__]
        return (*own, *(key for key in cls.model_fields if key not in own))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types that load again to an equal table, without the defaults of format 1."""
        written: dict[str, object] = self.model_dump(mode="json", exclude_defaults=True)
        return written

    @classmethod
    def check_keys(cls, data: object) -> Mapping[str, object]:
        """`data`, if it is a table whose keys are all known; raises a fault otherwise."""
        if not isinstance(data, Mapping):
            keys = ", ".join(cls.file_keys()[:4])
            raise fault(f"expected a table with keys such as {keys}, not {shown(data)}")
        known = frozenset(cls.file_keys())
        for key in data:
            if not isinstance(key, str):
                raise fault(f"expected keys that are text, not {shown(key)}")
            if key not in known and cls.model_config.get("extra") == "forbid":
                # Where the key belongs is said by whoever knows the other tables of the file.
                where = {"key": key, "table": cls.__name__}
                raise PydanticCustomError("unknown_key", "unknown key", where)
        return data

    @model_validator(mode="before")
    @classmethod
    def _know_the_keys(cls, data: object) -> object:
        return data if isinstance(data, BaseModel) else cls.check_keys(data)


def duplicates(names: Iterable[str]) -> list[str]:
    """The names that occur more than once, in order."""
    seen: set[str] = set()
    return [name for name in names if name in seen or seen.add(name)]  # type: ignore[func-returns-value]


def one_of(data: Mapping[str, object], key: str, words: tuple[str, ...]) -> Mapping[str, object]:
    """`data`, if its `key` is one of `words`; raises a fault that lists them otherwise."""
    allowed = ", ".join(words)
    if key not in data:
        raise fault(f"missing: one of {allowed}", key)
    if data[key] not in words:
        raise fault(f"expected one of {allowed}, not {shown(data[key])}", key)
    return data
