"""The header of a session: everything that the run depended on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Final, TypeAlias, cast

from emulator.journal import FIELDS
from emulator.session.errors import DamageError
from emulator.session.packing import unpack_body

Table: TypeAlias = Mapping[str, object]
PlainInput: TypeAlias = tuple[int, str, object]
"""(virtual ns, command, argument); see ``inputs``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHeader:
    """What a run can be simulated again from. Profile and scenario are dicts of formats.md."""

    created_ns: int
    """Unix time at which the recording began."""
    versions: Mapping[str, str]
    """Of ``rtgen-tui`` and ``python``."""
    seed: int
    profile: Table
    scenario: Table
    policy: str
    """At the start of the run."""
    noise: bool = True
    duration_ns: int | None = None
    """Bound of the releases; None: the run was stopped by hand."""
    effects: str = ""
    """What the run took into account beyond the law; names separated by commas."""
    live: Mapping[str, Table] = field(default_factory=dict)
    """The backends that were real, by name, with what executed them; none in an emulated run."""
    run: int = 1
    begins_ns: int = 0
    """Virtual time at which the recording begins: above 0 if the run was under way."""
    begins_event: int = 0
    """Number of the first event of the file in the run."""
    inputs: tuple[PlainInput, ...] = ()
    """The commands that were carried out before the recording began, in order."""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(FIELDS))
    """Names of the fields of each kind of event, after kind and time."""

    @property
    def providers(self) -> dict[str, str]:
        """What executed the slices of the real backends, by name."""
        return {name: str(facts.get("provider", "")) for name, facts in self.live.items()}

    def to_table(self) -> dict[str, object]:
        """What the header chunk holds."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def from_body(cls, body: bytes) -> "SessionHeader":
        """The header in the body of a chunk; keys that it does not know are ignored.

        Raises:
            DamageError: it is no header.
        """
        table = unpack_body(body)
        if not isinstance(table, dict):
            raise DamageError("holds no table")
        known = {each.name: table[each.name] for each in fields(cls) if each.name in table}
        for name, kind in _KINDS.items():
            if name in _REQUIRED and name not in known:
                raise DamageError(f"has no key {name!r}")
            if name in known and not isinstance(known[name], kind):
                raise DamageError(f"holds a wrong value for {name!r}")
        _check_inside(known)
        return cls(**known)


_KINDS: Final[dict[str, type | tuple[type, ...]]] = {
    "created_ns": int,
    "versions": dict,
    "seed": int,
    "profile": dict,
    "scenario": dict,
    "policy": str,
    "noise": bool,
    "duration_ns": (int, type(None)),
    "effects": str,
    "live": dict,
    "run": int,
    "begins_ns": int,
    "begins_event": int,
    "inputs": tuple,
    "fields": dict,
}
_REQUIRED: Final = ("created_ns", "versions", "seed", "profile", "scenario", "policy")
_INPUT_PARTS: Final = 3


def _check_inside(table: Mapping[str, object]) -> None:
    for each in cast("tuple[object, ...]", table.get("inputs", ())):
        if not isinstance(each, tuple) or len(each) < _INPUT_PARTS or type(each[0]) is not int:
            raise DamageError("holds an input that is not (time, command, argument)")
    for name, values in (("versions", str), ("fields", tuple), ("live", dict)):
        inner = cast("Mapping[str, object]", table.get(name, {}))
        if not all(isinstance(each, values) for each in inner.values()):
            raise DamageError(f"holds a wrong value in {name!r}")
    for names in cast("Mapping[str, tuple[object, ...]]", table.get("fields", {})).values():
        if not all(isinstance(name, str) for name in names):
            raise DamageError("holds a field whose name is no text")
    for name in ("begins_ns", "begins_event"):
        if cast("int", table.get(name, 0)) < 0:
            raise DamageError(f"holds a negative {name!r}")
