"""Policies that are loaded when they are asked for: from a Python file, or an installed package.

A file is code and runs with the rights of whoever loads it. Each version of it is a module of its
own, named by its digest, so that the version before goes on while a new one is saved.
"""

import sys
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from emulator.errors import PolicyError
from emulator.names import shown, unknown
from emulator.policies.base import GroupedPolicy, NamedPolicy
from emulator.policies.overtime import LOADING_NS, CallTimes, TimeLimit
from emulator.policies.own import Decides, remembered
from emulator.policies.own_name import OwnName, digest_of, own_name
from emulator.policies.trace import headline

MAX_BYTES: Final = 4 * 1024 * 1024


def load_file(name: str) -> NamedPolicy:
    """The policy of a file, such as ``./mine.py:MyPolicy``; a version that is loaded stays so.

    Raises:
        PolicyError: no such file or class, code that raises or takes too long, a class that is no
        policy, or a file that is not of the version which the name asks for.
    """
    wanted = own_name(name)
    module = sys.modules.get(_module_name(wanted.path, wanted.digest)) if wanted.digest else None
    digest = wanted.digest
    if module is None:
        source = read_source(wanted)
        digest = digest_of(source)
        module = sys.modules.get(_module_name(wanted.path, digest)) or _executed(wanted, source)
    return _policy_in(module, wanted, f"{wanted.plain}@{digest}")


def is_loaded(name: str) -> bool:
    """Whether what it names was loaded before, so that no code of a file would be run."""
    wanted = own_name(name)
    if not wanted.is_file:
        return True  # a package: importing it is nothing that a run tries twice
    try:
        digest = wanted.digest or digest_of(read_source(wanted))
    except PolicyError:
        return True  # nothing to run either
    return _module_name(wanted.path, digest) in sys.modules


def read_source(wanted: OwnName) -> bytes:
    """What lies in the file now.

    Raises:
        PolicyError: it cannot be read, or is of another version than the name asks for.
    """
    path = Path(wanted.path)
    try:
        # Opening a pipe would wait for its writer.
        if not path.is_file():
            raise _error(wanted, "there is no such file")
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise _error(wanted, f"the file cannot be read: {why}") from None
    if len(source) > MAX_BYTES:
        raise _error(wanted, f"the file is larger than {MAX_BYTES:,} bytes")
    if wanted.digest and digest_of(source) != wanted.digest:
        raise _error(
            wanted,
            f"the file has changed: the SHA-256 of its source begins with {digest_of(source)}, "
            f"not with {wanted.digest}",
        )
    return source


def _error(wanted: OwnName, what: str) -> PolicyError:
    return PolicyError(f"policy {wanted.plain}: {what}", source=wanted.path, key="policy")


def _module_name(path: str, digest: str) -> str:
    return f"rtgen_tui_policy_{digest}_{digest_of(path.encode('utf-8', 'surrogateescape'))}"


def _executed(wanted: OwnName, source: bytes) -> ModuleType:
    """The file as a module. Raises PolicyError: it does not load."""
    module = ModuleType(_module_name(wanted.path, digest_of(source)))
    module.__file__ = wanted.path
    sys.modules[module.__name__] = module  # where dataclasses look for the module of a class
    try:
        TimeLimit(CallTimes(), LOADING_NS, "file").run(
            lambda: exec(_compiled(source, wanted.path), module.__dict__)  # noqa: S102
        )
    except Exception as error:
        del sys.modules[module.__name__]
        raise _error(wanted, f"the file does not load: {_with_line(error, wanted)}") from error
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _compiled(source: bytes, path: str) -> CodeType:
    return compile(source, path, "exec", dont_inherit=True)


def _with_line(error: Exception, wanted: OwnName) -> str:
    """The error with the line of the file in which it was raised."""
    trace, line = error.__traceback__, 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == wanted.path:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{headline(error)} (line {line})" if line else headline(error)


def _policy_in(module: ModuleType, wanted: OwnName, name: str) -> NamedPolicy:
    """The policy of a class. Raises PolicyError."""
    choices = [
        key
        for key, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__ and _decides(value)
    ]
    if not wanted.attribute:
        there = " or ".join(f"{wanted.path}:{each}" for each in choices[:3])
        raise _error(wanted, f"which class of the file? {there or 'It has none with decide'}")
    found = vars(module).get(wanted.attribute)
    if found is None:
        raise _error(wanted, unknown("class", wanted.attribute, choices))
    if not isinstance(found, type):
        raise _error(wanted, f"{wanted.attribute} is no class, but {shown(found)}")
    return remembered(found, name)


def _decides(found: type) -> bool:
    is_abstract = bool(getattr(found, "__abstractmethods__", None))
    return (issubclass(found, Decides) or issubclass(found, GroupedPolicy)) and not is_abstract
