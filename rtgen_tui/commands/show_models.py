"""What `rtgen-tui models` prints."""

from collections.abc import Sequence
from typing import Final

from emulator.errors import UserError
from emulator.ort.models.card import ModelCard, Packaged, digest, installed_version
from emulator.ort.models.catalog import card, cards
from emulator.ort.runtime import INSTALL, RuntimeMissingError, runtime
from rtgen_tui import exits, render

LARGE: Final = 100_000_000
"""Parameters from which on a model is only built when it is named or used."""
LABEL_CELLS: Final = 11
_MB: Final = 1_000_000


def print_list(*, as_json: bool) -> None:
    """Prints every model of the catalogue; a note says why none can run, where that is so."""
    runtime_hint = _runtime_hint()
    listed = [(each, _hints(each, runtime_hint)) for each in cards()]
    if as_json:
        render.print_json({"models": [_record(each, hints) for each, hints in listed]})
        return
    columns = (
        render.Column("model"),
        render.Column("weights"),
        render.Column("can run"),
        render.Column("what it is", wraps=True),
    )
    render.table(
        columns,
        [(each.name, each.weights, "no" if hints else "yes", each.title) for each, hints in listed],
    )
    if found := dict.fromkeys(hint for _, hints in listed for hint in hints):
        render.heading("for those that cannot run")
        for hint in found:
            names = [each.name for each, hints in listed if hint in hints]
            render.line(f"  {hint}")
            which = "all of them" if len(names) == len(listed) else ", ".join(names)
            render.paragraph(f"for {which}", indent=4)


def build_models(names: Sequence[str]) -> None:
    """Builds models and prints a file a line.

    Raises:
        UserError: there is no such model, or something is missing to build it.
    """
    chosen = [card(name) for name in names] or [
        each
        for each in cards()
        if not isinstance(each.origin, Packaged) and (each.parameters or 0) < LARGE
    ]
    for each in chosen:
        render.line(str(each.file().path))


def show_model(name: str, *, as_json: bool) -> None:
    """Prints a model's card; builds the model if it can, to say what its file holds.

    Raises:
        UserError: there is no such model.
    """
    shown = card(name)
    record = _record(shown, _hints(shown, _runtime_hint()))
    record |= _file_facts(shown) if shown.missing() is None else {}
    if as_json:
        render.print_json(record)
        return
    render.title(shown.name, shown.title)
    weights = (
        "random: its timing is real, its output means nothing"
        if shown.weights == "random"
        else "trained"
    )
    millions = None if shown.parameters is None else f"{shown.parameters / 1e6:.0f} M"
    rows = {
        "weights": weights,
        "parameters": millions,
        "context": None if shown.context is None else f"{shown.context:,} tokens",
        "runs": shown.period,
        "license": shown.license,
        "source": shown.source,
        "package": _package_words(shown),
        "install": _text(record, "install"),
        "file": _text(record, "file"),
        "size": _size_words(record),
        "inputs": _text(record, "inputs"),
        "outputs": _text(record, "outputs"),
    }
    for label, text in rows.items():
        render.labeled(label, text, width=LABEL_CELLS)


def _record(shown: ModelCard, hints: Sequence[str]) -> dict[str, object]:
    origin = shown.origin
    return {
        "name": shown.name,
        "title": shown.title,
        "weights": shown.weights,
        "license": shown.license,
        "source": shown.source,
        "parameters": shown.parameters,
        "context": shown.context,
        "is_llm": shown.is_llm,
        "package": origin.package if isinstance(origin, Packaged) else None,
        "install": "; ".join(hints) or None,
    }


def _hints(shown: ModelCard, runtime_hint: str | None) -> list[str]:
    """What to install before it can run: what all models need, and what this one needs."""
    return list(filter(None, (runtime_hint, shown.missing())))


def _runtime_hint() -> str | None:
    """What to install where ONNX Runtime cannot be imported; a note says why it cannot."""
    try:
        runtime()
    except RuntimeMissingError as error:
        exits.note(str(error))
        return INSTALL
    return None


def _file_facts(shown: ModelCard) -> dict[str, object]:
    from emulator.ort.models.inspect import inputs_and_outputs

    path = shown.file().path
    facts: dict[str, object] = {
        "file": str(path),
        "bytes": path.stat().st_size,
        "sha256": digest(path),
    }
    origin = shown.origin
    if isinstance(origin, Packaged) and origin.adapt is None:
        facts["as_described"] = facts["sha256"] == origin.sha256
    try:
        inputs, outputs = inputs_and_outputs(path, shown.name)
    except UserError as error:
        return {**facts, "problem": str(error)}
    return {**facts, "inputs": list(map(str, inputs)), "outputs": list(map(str, outputs))}


def _package_words(shown: ModelCard) -> str | None:
    if not isinstance(shown.origin, Packaged):
        return None
    version = installed_version(shown.origin.package)
    return f"{shown.origin.package} {version or '(not installed)'}"


def _text(record: dict[str, object], name: str) -> str | None:
    value = record.get(name)
    if isinstance(value, list):
        few = 6
        more = f"; and {len(value) - few} more" if len(value) > few else ""
        return "; ".join(value[:few]) + more
    return None if value is None else str(value)


def _size_words(record: dict[str, object]) -> str | None:
    size = record.get("bytes")
    if not isinstance(size, int):
        return None
    differs = ", not the file described here" if record.get("as_described") is False else ""
    return f"{size / _MB:.1f} MB{differs}"
