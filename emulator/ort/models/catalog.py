"""All models that can be run by name, and files of the user's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from emulator.errors import UserError
from emulator.names import shown, unknown
from emulator.ort.models.authored import AUTHORED
from emulator.ort.models.card import ModelCard, ModelFile
from emulator.ort.models.packaged import PACKAGED
from emulator.ort.sessions import ModelError

OPTION: Final = "--model"
CONTEXT: Final = "context"
"""Stands among the dimensions of a user's own decoder: its context in tokens."""
SUFFIX: Final = ".onnx"


def cards() -> tuple[ModelCard, ...]:
    """Authored ones first; none is built or opened."""
    return (*AUTHORED, *PACKAGED)


def card(name: str) -> ModelCard:
    """The model of this name.

    Raises:
        UserError: there is none; names the nearest one.
    """
    for each in cards():
        if each.name == name:
            return each
    raise UserError(unknown("model", name, [each.name for each in cards()]))


def parse_model(text: str) -> tuple[str, ModelFile | ModelCard]:
    """`NAME=FILE.onnx`, with sizes of open dimensions after commas, or `NAME=CATALOG NAME`.

    As in `background-blur=./my.onnx,height=256,width=256` and `llama-3.2-1b=decoder-55m`.

    Raises:
        UserError: it is neither, or there is no such file or model.
    """
    name, equals, target = (part.strip() for part in text.partition("="))
    if not name or not equals or not target:
        raise UserError(
            f"{OPTION}: expected NAME=FILE.onnx, as in background-blur=./my.onnx, "
            f"not {shown(text)}",
            key=OPTION,
        )
    file, *sizes = (part.strip() for part in target.split(","))
    path = Path(file).expanduser()
    if path.suffix.lower() != SUFFIX and not path.is_file():
        if sizes:
            raise UserError(f"{OPTION}: only a file takes sizes, not {shown(target)}", key=OPTION)
        return name, card(file)
    if not path.is_file():
        raise ModelError(f"{OPTION} {name}: there is no file {path}", key=OPTION)
    dims = dict(_size(text, size) for size in sizes)
    context = dims.pop(CONTEXT, None)
    return name, ModelFile(path, dims, context=context)


def parse_models(texts: Iterable[str]) -> dict[str, ModelFile | ModelCard]:
    """What each name is to run, of several such texts.

    Raises:
        UserError: as for `parse_model`, or a name is given twice.
    """
    models: dict[str, ModelFile | ModelCard] = {}
    for text in texts:
        name, model = parse_model(text)
        if name in models:
            raise UserError(f"{OPTION}: {shown(name)} is given twice", key=OPTION)
        models[name] = model
    return models


def _size(text: str, size: str) -> tuple[str, int]:
    name, equals, number = (part.strip() for part in size.partition("="))
    if not name or not equals or not number.isdecimal() or not 0 < int(number) < 2**31:
        raise UserError(
            f"{OPTION}: expected the size of a dimension, as in height=256, not {shown(size)} "
            f"in {shown(text)}",
            key=OPTION,
        )
    return name, int(number)
