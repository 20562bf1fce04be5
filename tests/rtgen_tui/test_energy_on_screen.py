"""Power, energy per token and degraded jobs on the dashboard."""

import os
from pathlib import Path

import pytest

from emulator.snapshot import Snapshot
from rtgen_tui.widgets.backends import BackendMeters, BackendTile
from rtgen_tui.widgets.header import HeaderBar
from rtgen_tui.widgets.miss import MissDetail
from rtgen_tui.widgets.streams import StreamTable
from tests.rtgen_tui.screens_for_tests import running
from tests.rtgen_tui.snapshots_for_tests import (
    make_backends,
    make_llm_stream,
    make_miss,
    make_snapshot,
    make_stream,
)
from tests.rtgen_tui.widgets.stage import drawn

GOLDEN = Path(__file__).parent / "goldens" / "dashboard-energy-120x40.txt"
POWERS_W = (12.25, 13.9, 1.57)


def with_energy() -> Snapshot:
    """The example with the power of each backend, and what tokens cost."""
    snapshot = make_snapshot()
    backends = tuple(
        each._replace(power_w=power_w)
        for each, power_w in zip(snapshot.backends, POWERS_W, strict=True)
    )
    streams = tuple(
        each if each.tokens_per_s is None else each._replace(mj_per_token=71.3)
        for each in snapshot.streams
    )
    return snapshot._replace(backends=backends, streams=streams)


async def test_the_dashboard_with_energy_looks_as_it_did() -> None:
    """It equals its golden; UPDATE_GOLDENS=1 writes it anew."""
    async with running(with_energy(), size=(120, 40)) as run:
        await run.press("down", "down", "down", "down", "down")
        await run.frame()
        text = run.text()
    if "UPDATE_GOLDENS" in os.environ:
        GOLDEN.write_text(text, encoding="utf-8")

    assert text == GOLDEN.read_text(encoding="utf-8")


async def test_a_tile_gives_the_power_beside_the_share() -> None:
    """Both of the last second; the title of the backend goes before they do."""
    full = make_backends()[2]._replace(power_w=1.57)
    wide = await drawn(BackendTile(0), 40, 6, make_snapshot(backends=(full,)))
    small = await drawn(BackendTile(0), 30, 6, make_snapshot(backends=(full,)))

    assert wide[0] == "╭─ NPU  XDNA 2 ────── 1.6 W │  97 % ▲ ─╮"
    assert small[0] == "╭─ NPU ──── 1.6 W │  97 % ▲ ─╮"


async def test_meters_give_the_power_in_a_column() -> None:
    """At the same place in each row, whatever it is."""
    rows = await drawn(BackendMeters(), 80, 3, with_energy())

    assert {row.index(" W ") for row in rows} == {68}
    assert [row[62:70].strip() for row in rows] == ["12.2 W", "13.9 W", "1.6 W"]


async def test_the_header_adds_the_power_up() -> None:
    """If it is known of all backends: a sum of some would look like that of all."""
    snapshot = with_energy()
    (whole,) = await drawn(HeaderBar(), 160, 1, snapshot)
    unknown = (snapshot.backends[0]._replace(power_w=None), *snapshot.backends[1:])
    (part,) = await drawn(HeaderBar(), 160, 1, snapshot._replace(backends=unknown))

    assert "27.7 W in all" in whole
    assert " W" not in part


@pytest.mark.parametrize(("mj", "text"), [(71.3, "71.3 mJ/token"), (1250.0, "1.2 J/token")])
async def test_the_box_of_a_stream_gives_the_energy_of_a_token(mj: float, text: str) -> None:
    """With its unit."""
    chat = make_llm_stream(0, "chat", mj_per_token=mj)
    rows = await drawn(MissDetail(), 100, 6, make_snapshot(streams=(chat,)))

    assert f"energy {text}" in "\n".join(rows)


async def test_degraded_jobs_are_counted_beside_the_misses() -> None:
    """In the table and in the box, where a stream has cheaper models; nowhere else."""
    cheap = make_stream(0, "frames", missed=3, degraded=1234, last_miss=make_miss())
    snapshot = make_snapshot(streams=(cheap, make_stream(1, "voice")))
    table = await drawn(StreamTable(), 78, 5, snapshot)
    box = await drawn(MissDetail(), 100, 6, snapshot)

    assert table[1].endswith("miss % degr. │")
    assert [row.split()[-2] for row in table[2:4]] == ["1.2k", "-"]
    assert table[0].endswith("over 10 s, degr. since start ─╮")
    assert "missed 3 of 4.0k, 1.2k degraded since start" in box[0]
    plain = make_snapshot(streams=(make_stream(0, "voice"),))
    assert "degr" not in "\n".join(await drawn(StreamTable(), 158, 5, plain))
    assert "degr" not in "\n".join(await drawn(MissDetail(), 100, 6, plain))


@pytest.mark.parametrize("state", ["late", "miss"])
async def test_a_stream_that_misses_says_where(state: str) -> None:
    """The backend that held its last missed job up, though its last slice ran elsewhere."""
    chain = make_stream(
        0, "turn", state=state, backend="cpu", window_missed=2, last_miss=make_miss(backend="gpu")
    )
    rows = await drawn(StreamTable(), 78, 5, make_snapshot(streams=(chain,)))

    assert "✗ GPU" in rows[2]
    assert "CPU" not in rows[2]
    assert "✗ on: where its last missed job was held up" in rows[-1]


async def test_a_stream_that_has_recovered_says_where_it_runs() -> None:
    """An old miss is in the box; the legend goes with the last mark."""
    chain = make_stream(0, "turn", backend="cpu", missed=2, last_miss=make_miss(backend="gpu"))
    rows = await drawn(StreamTable(), 78, 5, make_snapshot(streams=(chain,)))

    assert "  CPU" in rows[2]
    assert "GPU" not in "\n".join(rows)
    assert "held up" not in rows[-1]
