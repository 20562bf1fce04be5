"""Files of models that were built here, in the user's cache; written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from emulator.catalog import APPLICATION
from emulator.errors import UserError

GENERATOR: Final = 1
"""Goes up with every change to what is written for a model, so that old files are not used."""


class StoreError(UserError):
    """The cache cannot be written."""


def folder() -> Path:
    """Where built models are kept; it need not exist."""
    from platformdirs import user_cache_path

    return user_cache_path(APPLICATION) / "models"


def stored_path(name: str, key: int | str) -> Path:
    """Where a model with this name and seed (or digest of its origin) is kept."""
    return folder() / f"{name}-g{GENERATOR}-{key}.onnx"


def stored(name: str, key: int | str, build: Callable[[], bytes]) -> Path:
    """The model's file, built now if it is not there.

    Raises:
        StoreError: the cache cannot be written.
    """
    path = stored_path(name, key)
    if path.is_file():
        return path
    data = build()
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        reason = error.strerror or str(error)
        raise StoreError(f"the model {name} cannot be kept in {path.parent}: {reason}") from None
    return path
