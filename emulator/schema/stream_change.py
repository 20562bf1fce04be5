"""What of a stream may be changed while it runs."""

from typing import Final

from emulator.errors import ScenarioError
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream

CHANGEABLE: Final = ("prompt_tokens", "output_tokens")
"""The keys of a stage that may change; all of a stream's own may but its name."""


def check_change(before: Stream, after: Stream) -> None:
    """Checks that one description of a stream can take the place of another while it runs.

    Raises:
        ScenarioError: another name, other stages, or stages that differ in more than how many
            tokens they read and write.
    """
    if after.name != before.name:
        raise _refused(before, "name", f"it cannot become {after.name!r}")
    if len(after.stages) != len(before.stages):
        raise _refused(before, "stages", "a stream that runs keeps its stages")
    for i, (old, new) in enumerate(zip(before.stages, after.stages, strict=True)):
        for key in Stage.defaults:
            if key not in CHANGEABLE and getattr(old, key) != getattr(new, key):
                place = key if len(before.stages) == 1 else f"stages[{i}].{key}"
                raise _refused(before, place, "a stream that runs keeps it")


def _refused(stream: Stream, key: str, why: str) -> ScenarioError:
    what = f"stream {stream.name!r}: {key}: {why}; stop the stream, and add another one instead"
    return ScenarioError(what, source=stream.name, key=key)
