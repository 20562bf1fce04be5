"""Writes the streams of a run, as they are now, to a scenario file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from emulator.ort.toml_text import Value, table
from emulator.schema.stream_forms import ONE_STAGE_KEYS
from emulator.snapshot import Snapshot
from rtgen_tui.run_inputs import RunInputs
from rtgen_tui.widgets.numbers import clock

_UNITS: Final = ("_ms", "_s", "_hz", "probability", "slices_per_tokens")


def scenario_text(inputs: RunInputs, snapshot: Snapshot) -> str:
    """The file: streams that are stopped are left out, and named in a comment.

    Raises:
        ValueError: all streams are stopped.
    """
    stopped = {each.name for each in snapshot.streams if each.state == "stopped"}
    running = [each for each in inputs.streams if each["name"] not in stopped]
    if not running:
        raise ValueError("all streams are stopped: there is nothing to save")
    known = {each["name"] for each in inputs.streams}
    profile = inputs.profile["name"]
    about = [
        f"Saved by rtgen-tui from a run of {inputs.scenario['name']!r}, profile {profile!r},",
        f"at {clock(snapshot.t_ns)} of it, under policy {inputs.policy!r}, seed {inputs.seed}.",
    ]
    if stopped & known:
        about.append(f"Left out, because stopped: {', '.join(sorted(stopped & known))}.")
    comments = "".join(f"# {_one_line(each)}\n" for each in about)
    head = {key: value for key, value in inputs.scenario.items() if key != "format"}
    parts = [comments + table("format = 1", _plain(head))]
    parts += [_stream(each) for each in running]
    return "\n".join(parts)


def _stream(stream: Mapping[str, Any]) -> str:
    """One stage is written on the stream itself, where that says the same."""
    own = {key: value for key, value in stream.items() if key != "stages"}
    stages = stream["stages"]
    first = {key: value for key, value in stages[0].items() if key != "name"}
    alone = len(stages) == 1 and stages[0].get("name", stream["name"]) == stream["name"]
    if alone and first.keys() <= set(ONE_STAGE_KEYS):
        return table("[[streams]]", _plain({"name": own.pop("name"), **first, **own}))
    texts = [table("[[streams.stages]]", _plain(each)) for each in stages]
    return "\n".join([table("[[streams]]", _plain(own)), *texts])


def _plain(values: Mapping[str, Any]) -> dict[str, Value | None]:
    return {key: _value(key, value) for key, value in values.items()}


def _value(key: str, value: Any) -> Value:  # noqa: ANN401  # plain JSON types
    """Lists for tuples, and numbers for exact texts that a number says as well."""
    if isinstance(value, Mapping):
        return {name: _value(name, each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_value(key, each) for each in value]
    if isinstance(value, str) and key.endswith(_UNITS) and _is_float(value):
        return float(value)
    return value  # type: ignore[no-any-return]


def _is_float(text: str) -> bool:
    try:
        return repr(float(text)) == text
    except ValueError:
        return False


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


class ScenarioSaver:
    """Saves to the path that is typed, and asks before it overwrites a file.

    Args:
        inputs: what the run goes by now.
        snapshot: of the run at this instant.
    """

    def __init__(self, inputs: RunInputs, snapshot: Snapshot) -> None:
        self._inputs = inputs
        self._snapshot = snapshot
        self._asked: Path | None = None
        """A file that is there, and that the user was asked about."""
        self.path = Path(f"{inputs.scenario['name']}-edited.toml")
        """The last one that was typed; the proposal before."""
        self._proposed = self.path

    def save(self, text: str) -> str:
        """Write the file; returns what is wrong, or asked, in a sentence, or nothing."""
        path = self.path = Path(text).expanduser() if text else self._proposed
        if path.suffix != ".toml":
            return "a scenario is a .toml file: give its name that ending"
        if path.exists() and path != self._asked:
            self._asked = path
            return f"{path} exists: enter again overwrites it"
        try:
            path.write_text(scenario_text(self._inputs, self._snapshot), encoding="utf-8")
        except OSError as error:
            return f"{path} cannot be written: {error.strerror or error}"
        except ValueError as error:
            return str(error)
        return ""
