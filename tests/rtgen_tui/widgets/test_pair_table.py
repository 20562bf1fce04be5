"""The figures of two sessions: all streams of either, and power where there is any."""

from emulator.snapshot import Snapshot
from rtgen_tui.beside import Pair
from rtgen_tui.whole_files import WholeFiles
from rtgen_tui.widgets.pair_rows import PairRow, pair_rows
from rtgen_tui.widgets.pair_table import PairTable
from tests.rtgen_tui.snapshots_for_tests import (
    make_backends,
    make_llm_stream,
    make_snapshot,
    make_stream,
)
from tests.rtgen_tui.widgets.stage import picture, staged

BLUR = make_stream(0, "blur", missed=0)
ONLY_A = make_stream(1, "captions", missed=0, p95_ms=12.5)
ONLY_B = make_llm_stream(1, "chat", missed=3, ttft_p50_ms=None, tpot_p50_ms=None)


def rows_of(a: Snapshot, b: Snapshot) -> dict[str, PairRow]:
    """The rows by name."""
    return {each.name: each for each in pair_rows(Pair(a, b))}


async def drawn(a: Snapshot, b: Snapshot, filter_text: str) -> list[list[str]]:
    """The words of the rows that pass the filter, as drawn beside an empty comparison."""
    table = PairTable()
    async with staged(table, 118, 16, a):
        table.whole = WholeFiles({}, (), (), 0, 0, None)
        table.pair = Pair(a, b)
        table.filter_text = filter_text
        return [row.strip("│ ").split() for row in picture(table)[3:-1] if row.strip("│ ")]


def test_streams_without_a_miss_and_of_one_side_have_rows() -> None:
    """In the order of A, then what only B has; TTFT and TPOT of those that talk, from the start."""
    rows = rows_of(make_snapshot(streams=(BLUR, ONLY_A)), make_snapshot(streams=(BLUR, ONLY_B)))
    names = [name for name in rows if name.split()[0] in {"blur", "captions", "chat"}]

    assert names == [
        "blur misses",
        "blur p95",
        "captions misses",
        "captions p95",
        "chat misses",
        "chat p95",
        "chat TTFT p50",
        "chat TPOT p50",
    ]
    assert (rows["blur misses"].a, rows["blur misses"].b) == (0, 0)
    assert (rows["captions p95"].a, rows["captions p95"].b) == (12.5, None)
    assert rows["chat misses"].a is None
    assert rows["chat misses"].b


async def test_a_missing_figure_is_a_dash() -> None:
    """Now, and of the whole files."""
    a, b = make_snapshot(streams=(BLUR, ONLY_A)), make_snapshot(streams=(BLUR,))

    assert await drawn(a, b, "captions p95") == [
        ["captions", "p95", "ms", "12.5", "-", "-", "-", "-", "-"]
    ]


async def test_a_long_name_keeps_its_unit() -> None:
    """Whatever is cut off of it."""
    snapshot = make_snapshot(streams=(make_stream(0, "a-camera-with-a-long-name"),))
    table = PairTable()
    async with staged(table, 46, 40, snapshot):
        table.pair = Pair(snapshot, snapshot)
        table.rebuild()
        rows = [row for row in picture(table) if "a-camera" in row]

    assert [row.split("…")[1].split()[0] for row in rows] == ["%", "ms"]


async def test_power_and_energy_stand_with_their_backend() -> None:
    """A dash where only one run has them; the sum only where all backends are known."""
    cpu, gpu, npu = make_backends()
    with_energy = (
        cpu._replace(power_w=12.25, energy_j=900.0),
        gpu._replace(power_w=13.9, energy_j=1000.5),
        npu._replace(power_w=1.57, energy_j=99.5),
    )
    a = make_snapshot(backends=with_energy)
    b = make_snapshot(backends=(cpu, *with_energy[1:]))

    assert await drawn(a, a, "energy") == [
        ["energy,", "all", "J", "2.0k", "2.0k", "0"],
        ["CPU", "energy", "J", "900", "900", "0"],
        ["GPU", "energy", "J", "1.0k", "1.0k", "0"],
        ["NPU", "energy", "J", "99.5", "99.5", "0"],
    ]
    rows = rows_of(a, b)
    assert (rows["CPU power"].a, rows["CPU power"].b) == (12.25, None)
    assert (rows["energy, all"].a, rows["energy, all"].b) == (2000, None)


def test_without_energy_there_is_no_row_of_it() -> None:
    """Neither of power."""
    rows = rows_of(make_snapshot(), make_snapshot())

    assert not [name for name in rows if "energy" in name or "power" in name]
