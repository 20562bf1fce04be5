"""What can be wrong with a session file."""

from emulator.errors import UserError


class SessionError(UserError):
    """A session file that cannot be read; one sentence that names the file and what is wrong."""


class DamageError(ValueError):
    """A piece of a session file that is not what it should be; the message ends a sentence."""
