"""Recording a run without a screen, and what is said of it afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.schema.exact import floor_ns, s_to_ns
from rtgen_tui.commands.chosen import Choices
from rtgen_tui.commands.report import Run
from rtgen_tui.exits import RunError, note

if TYPE_CHECKING:
    from emulator.ort.real_backends import RealBackends
    from emulator.session.virtual_recording import VirtualRecording


@contextmanager
def recording_of(
    choices: Choices, run: Run, real: "RealBackends | None" = None
) -> "Iterator[VirtualRecording | None]":
    """The recording that was chosen, if any; ``real`` are the backends of a live run.

    Raises:
        UserError: its file exists already, or cannot be made.
    """
    if choices.record is None:
        yield None
        return
    from emulator.session.origin import Origin
    from emulator.session.rotation import Rotation
    from emulator.session.virtual_recording import VirtualRecording

    to_record = Origin(
        profile=run.profile,
        scenario=run.scenario,
        policy=run.policy.name,
        seed=run.seed,
        noise=run.noise,
        duration_ns=floor_ns(s_to_ns(run.duration_s)),
        effects=run.effects,
        live={} if real is None else real.table,
        versions={} if real is None else real.versions,
    )
    rotate = choices.rotate
    rotation = Rotation()
    if rotate is not None:
        rotation = Rotation(rotate.size_bytes, floor_ns(s_to_ns(rotate.duration_s)))
    with VirtualRecording(
        Path(choices.record), to_record, rotation=rotation, overwrite=choices.force
    ) as recording:
        yield recording


def tell(recording: "VirtualRecording") -> None:
    """Says where the run was recorded. Raises RunError: not to its end."""
    for path in recording.paths:
        note(f"recorded in {path} ({path.stat().st_size:,} bytes)")
    if recording.problem:
        raise RunError(recording.problem)
