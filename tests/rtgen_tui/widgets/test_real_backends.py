"""What the screen says of real backends, and of those that are down."""

import pytest

from emulator.snapshot import from_wire
from rtgen_tui.widgets.backends import BackendMeters, BackendTile
from rtgen_tui.widgets.dialogue import DialoguePane
from rtgen_tui.widgets.header import HeaderBar
from tests.rtgen_tui.snapshots_for_tests import make_backends, make_llm_stream, make_snapshot
from tests.rtgen_tui.widgets.stage import drawn

CPU, GPU, NPU = make_backends()
REAL = CPU._replace(provider="CPUExecutionProvider")
DEAD = REAL._replace(down="its process 12 was ended by signal 9")


@pytest.mark.parametrize(
    ("width", "expected"),
    [(160, "│ real: cpu, gpu │"), (60, "│ real: cpu, gpu │"), (34, "│ 2 real")],
)
async def test_the_header_names_the_real_backends(width: int, expected: str) -> None:
    """Beside the state and the time; fewer words where there is less room."""
    gpu = GPU._replace(provider="WebGpuExecutionProvider")
    (line,) = await drawn(HeaderBar(), width, 1, make_snapshot(backends=(REAL, gpu, NPU)))
    assert expected in line


async def test_a_real_tile_says_so() -> None:
    """After its name; a tile that the profile times does not."""
    real = await drawn(BackendTile(0), 40, 5, make_snapshot(backends=(REAL,)))
    emulated = await drawn(BackendTile(0), 40, 5, make_snapshot(backends=(CPU,)))
    assert "CPU real" in real[0]
    assert "real" not in emulated[0]


async def test_a_tile_that_is_down_says_why() -> None:
    """A word and a glyph where the busy share was, and the reason below."""
    tile = await drawn(BackendTile(0), 60, 5, make_snapshot(backends=(DEAD,)))
    assert tile[0].endswith("! DOWN ─╮")
    assert "its process 12" in tile[-1]


async def test_a_meter_that_is_down_says_why() -> None:
    """In its one line."""
    (line,) = await drawn(BackendMeters(), 60, 1, make_snapshot(backends=(DEAD,)))
    assert line == " CPU ! DOWN  its process 12 was ended by signal 9"


async def test_tokens_of_a_real_backend_have_measured_timing() -> None:
    """The pane says whose timing it shows."""
    stream = make_llm_stream(0)._replace(backend=CPU.name)
    snapshot = make_snapshot(streams=(stream,), backends=(REAL,))
    rows = await drawn(DialoguePane(), 80, 6, snapshot)
    assert rows[-1].endswith("─ built-in text, measured timing ─╯")


def test_both_fields_survive_the_wire_and_may_be_missing() -> None:
    """A core of another version may not send them."""
    snapshot = make_snapshot(backends=(DEAD, NPU[:9]))
    dead, npu = from_wire(tuple(snapshot)).backends
    assert (dead.down, dead.provider) == (DEAD.down, DEAD.provider)
    assert (npu.down, npu.provider) == ("", "")
