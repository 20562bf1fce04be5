"""Mistakes of the person who wrote an input, as one sentence each."""

from __future__ import annotations


class UserError(Exception):
    """A mistake in something a person wrote; `str(error)` is one clear sentence.

    `source` is the file it stands in (`"<dict>"` for a Python dict), `key` the dotted key.
    The command line prints the sentence and exits with status 2.
    """

    def __init__(self, message: str, *, source: str | None = None, key: str | None = None) -> None:
        super().__init__(message)
        self.source = source
        self.key = key


class ProfileError(UserError):
    """A profile that cannot be found, read or understood."""


class ScenarioError(UserError):
    """A scenario that cannot be found, read or understood, or that does not fit its profile."""


class PolicyError(UserError):
    """A policy that cannot be found or understood."""
