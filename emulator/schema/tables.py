"""What all tables of profile and scenario files share: known keys, safe text, short forms.

Nothing here loads pydantic: the marks in annotations speak to it when a file is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Self, cast, get_args

from emulator.names import MAX_NAME, shown
from emulator.schema.exact import written
from emulator.schema.record import REQUIRED, Record

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema, PydanticCustomError

MAX_TEXT = 10_000


def fault(what: str, key: str = "", *, named: bool = False) -> PydanticCustomError:
    """A mistake in the table being validated, at its dotted `key` (`named`: `what` names it)."""
    from pydantic_core import PydanticCustomError

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


@dataclass(frozen=True, slots=True, eq=False)
class Parsed:
    """Marks a field that a function reads, which raises ValueError. `schema` is for editors."""

    parse: Callable[[object], object]
    schema: Mapping[str, object]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(self.schema)


Text = Annotated[str, Parsed(_text, {"type": "string"})]
"""Free text for people; numbers and dates are taken as they print."""
Name = Annotated[str, Parsed(_name, {"type": "string"})]
"""What other keys refer to: printable, not empty, no space around it."""
Format = Annotated[int, Parsed(_format, {"const": 1})]
"""The format of the file; its number stands for the defaults as well as the keys."""
Flag = Annotated[bool, Parsed(_flag, {"type": "boolean"})]


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
        from pydantic_core import core_schema

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


@dataclass(frozen=True, slots=True)
class AtMost:
    """Marks a mapping of at most so many entries."""

    most: int

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        key, value = map(handler.generate_schema, get_args(source))
        return core_schema.dict_schema(key, value, max_length=self.most)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Marks a choice of tables, told apart by the word under `key`."""

    key: str

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from emulator.schema.checking import tagged

        return tagged(get_args(source), self.key, handler)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Marks a field with shorter ways of writing it, which a function turns into the long one."""

    rewrite: Callable[[object], object]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(self.rewrite, handler(source))


class ShortForm:
    """Adds the short ways of writing a table to its JSON Schema."""

    def __init__(self, *schemas: JsonSchemaValue) -> None:
        self.schemas = schemas

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [*self.schemas, handler(core_schema)]}


class Table(Record):
    """A table of a file, which refuses keys that it does not know."""

    model_config: ClassVar[Mapping[str, object]] = {"extra": "forbid"}
    """As pydantic names it, which makes the JSON Schema."""

    extra_type: ClassVar[object] = None
    """What stands under names of the writer's own, where `model_config` allows any."""

    home: ClassVar[str] = ""
    """What is true of this table's keys, after "'late' ...": "is a key of the stream, ..."."""

    homes: ClassVar[Mapping[str, str]] = {}
    """The same in other words, by the name of the table in which the key was found."""

    @classmethod
    def model_validate(cls, data: object, *, folder: Path | None = None) -> Self:
        """The table that `data` describes; files that it names are relative to `folder`.

        Raises:
            pydantic.ValidationError: a ValueError; explain.py puts it in words.
        """
        from emulator.schema.checking import checked

        return checked(cls, data, folder or Path())

    @classmethod
    def prepared(cls, data: object, folder: Path) -> object:  # noqa: ARG003
        """A table with the fields as keys, from what was written; raises a fault."""
        return cls.check_keys(data)

    def check(self) -> None:
        """Raises a fault where fields that are right by themselves contradict each other."""

    @classmethod
    def file_keys(cls) -> tuple[str, ...]:
        """The keys a person may write in this table, its own before those of its base."""
        own = [key for key in cls.defaults if key in cls.__annotations__]
        return (*own, *(key for key in cls.defaults if key not in own))

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types that load again to an equal table, without the defaults of format 1."""
        given = {
            key: self.plain_field(key, value)
            for key, value in vars(self).items()
            if self.defaults[key] is REQUIRED or value != self.defaults[key]
        }
        return {**given, **{key: plain(value) for key, value in (self.extra or {}).items()}}

    def to_plain(self) -> object:
        """The shortest way of writing it inside another table."""
        return self.to_dict()

    def plain_field(self, key: str, value: object) -> object:
        """The value of a field in plain JSON types."""
        return plain(value)

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
            if key not in known and cls.extra_type is None:
                from pydantic_core import PydanticCustomError

                # Where the key belongs is said by whoever knows the other tables of the file.
                where = {"key": key, "table": cls.__name__}
                raise PydanticCustomError("unknown_key", "unknown key", where)
        return data

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        from emulator.schema.checking import table_schema

        return table_schema(cls, handler)


def plain(value: object) -> object:
    """A value of a table in plain JSON types."""
    match value:
        case Table():
            return value.to_plain()
        case Fraction():
            return written(value)
        case tuple():
            return [plain(each) for each in value]
        case Mapping():
            return {key: plain(each) for key, each in value.items()}
    return value


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
