"""The name of a policy that is somebody's own: ``./mine.py:MyPolicy``, or that of a package.

Once loaded it is ``./mine.py:MyPolicy@0123456789ab``: the digits are the first of the SHA-256 of
the source, so that a recording says which version of the file it ran, and ``verify`` says when that
is not the one that lies there now.
"""

import re
from dataclasses import dataclass
from typing import Final

DIGITS: Final = 12
"""Hexadecimal digits of the SHA-256 that a name holds."""

_BRIEF: Final = 4
"""Of them, where versions of a file that was just saved are told apart."""
_VERSION: Final = re.compile(rf"(?P<plain>.+)@(?P<digest>[0-9a-f]{{{DIGITS}}})", re.DOTALL)
_SUFFIX: Final = ".py"


@dataclass(frozen=True, slots=True)
class OwnName:
    """The parts of a name."""

    plain: str
    """Without the version: what the user writes."""
    digest: str
    """Of the source; empty: whatever there is now."""

    @property
    def is_file(self) -> bool:
        """Whether it names a file, rather than a policy of an installed package."""
        return self.path.endswith(_SUFFIX)

    @property
    def path(self) -> str:
        """Of the file; the whole name where it names none."""
        return self.plain.rpartition(":")[0] if self._has_attribute else self.plain

    @property
    def attribute(self) -> str:
        """Name of the class in the file; empty where there is none."""
        return self.plain.rpartition(":")[2] if self._has_attribute else ""

    @property
    def _has_attribute(self) -> bool:
        # The colon of a drive (C:) is followed by a path.
        return self.plain.rpartition(":")[0].endswith(_SUFFIX)


def own_name(name: str) -> OwnName:
    """The parts of any name."""
    match = _VERSION.fullmatch(name)
    return OwnName(name, "") if match is None else OwnName(match["plain"], match["digest"])


def is_own(name: str) -> bool:
    """Whether a name is that of a policy of one's own: a file, or one that was loaded before."""
    parts = own_name(name)
    return parts.is_file or bool(parts.digest)


def without_version(name: str) -> str:
    """The name as the user writes it: whatever lies there now."""
    return own_name(name).plain


def brief(name: str) -> str:
    """A name where there is little room: version and class of one's own, any other as it is."""
    parts = own_name(name)
    if not parts.digest:
        return name
    return f"{parts.digest[:_BRIEF]} {parts.attribute or parts.plain}"


def versioned(plain: str, source: bytes) -> str:
    """The name of this version of a source."""
    return f"{plain}@{digest_of(source)}"


def digest_of(source: bytes) -> str:
    """The digits that name a version."""
    import hashlib

    return hashlib.sha256(source).hexdigest()[:DIGITS]
