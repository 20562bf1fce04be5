"""Frozen records of named fields: what a table of a file becomes once it is read and checked.

Made and used without pydantic, which takes longer to load than the rest of the core; only reading
a file needs it (checking.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, NoReturn, Self, cast, dataclass_transform

REQUIRED: Final = object()
"""Stands for the default of a field that has none."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Record:
    """Fields are annotated in the class body, as in a dataclass; their values do not change.

    Slots and underscored names are those that pydantic-core fills in.

    Raises:
        TypeError: a field is missing, or there is none of this name.
    """

    __slots__ = (
        "__dict__",
        "__pydantic_extra__",
        "__pydantic_fields_set__",
        "__pydantic_private__",
    )
    __pydantic_extra__: dict[str, object] | None
    __pydantic_fields_set__: set[str]

    defaults: ClassVar[Mapping[str, object]] = {}
    """By the name of the field, those of the base first; REQUIRED where there is none."""

    def __init_subclass__(cls) -> None:
        own = [name for name, kind in cls.__annotations__.items() if "ClassVar" not in str(kind)]
        cls.defaults = {**cls.defaults, **{name: vars(cls).get(name, REQUIRED) for name in own}}

    def __init__(self, **values: object) -> None:
        for name, default in self.defaults.items():
            if name not in values and default is REQUIRED:
                raise TypeError(f"{type(self).__name__} needs {name}")
        for name in values:
            if name not in self.defaults:
                raise TypeError(f"{type(self).__name__} has no {name}")
        self._fill({**self.defaults, **values}, None, set(values))

    @classmethod
    def made_of(
        cls, values: Mapping[str, object], extra: Mapping[str, object] | None, given: set[str]
    ) -> Self:
        """A record of a value for every field, where only `given` were written down."""
        record = cls.__new__(cls)
        record.__setstate__((dict(values), None if extra is None else dict(extra), given))
        return record

    @property
    def extra(self) -> Mapping[str, object] | None:
        """Entries under names of the writer's own, None where there can be none."""
        return self.__pydantic_extra__

    @property
    def given(self) -> frozenset[str]:
        """The fields that were written down, even with the value that they have anyway."""
        return frozenset(self.__pydantic_fields_set__ & self.defaults.keys())

    def model_copy(self, *, update: Mapping[str, object]) -> Self:
        """The record with other values, which nobody checks."""
        given = self.__pydantic_fields_set__ | update.keys()
        return self.made_of({**self.__dict__, **update}, self.__pydantic_extra__, given)

    def _fill(
        self, values: dict[str, object], extra: dict[str, object] | None, given: set[str]
    ) -> None:
        object.__setattr__(self, "__dict__", values)
        object.__setattr__(self, "__pydantic_extra__", extra)
        object.__setattr__(self, "__pydantic_fields_set__", given)
        object.__setattr__(self, "__pydantic_private__", None)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        theirs = cast("Self", other)
        return self.__dict__ == theirs.__dict__ and self.extra == theirs.extra

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        values = {**self.__dict__, **(self.extra or {})}
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in values.items())})"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} does not change: make a copy")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} does not change: make a copy")

    def __getstate__(self) -> tuple[object, ...]:
        return self.__dict__, self.__pydantic_extra__, self.__pydantic_fields_set__

    def __setstate__(
        self, state: tuple[dict[str, object], dict[str, object] | None, set[str]]
    ) -> None:
        self._fill(*state)
