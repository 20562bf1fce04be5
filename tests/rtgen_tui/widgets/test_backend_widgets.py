"""Tiles and meters of the backends."""

from rtgen_tui.symbols import BRAILLE
from rtgen_tui.widgets.backends import BackendMeters, BackendTile
from tests.rtgen_tui.snapshots_for_tests import make_backends, make_snapshot
from tests.rtgen_tui.widgets.stage import drawn

RAMP = tuple(step / 16 for step in range(17))
"""From idle to full, a quarter of a cell per step in a chart four rows high."""


async def test_a_tile_shows_its_history_with_the_figures_in_its_frame() -> None:
    """Name and busy share above, queue and average below, the newest sample at the right."""
    npu = make_backends()[2]._replace(history=RAMP)

    assert await drawn(BackendTile(0), 40, 6, make_snapshot(backends=(npu,))) == [
        "╭─ NPU  XDNA 2 ──────────────  97 % ▲ ─╮",
        "│                                 ▂▄▆█ │",
        "│                             ▂▄▆█████ │",
        "│                         ▂▄▆█████████ │",
        "│                     ▂▄▆█████████████ │",
        "╰─ -18 s ──────── q 6 │ avg 92 % 10 s ─╯",
    ]


async def test_braille_shows_twice_the_time() -> None:
    """Two samples per cell, and the reach of the chart says so."""
    cpu = make_backends()[0]._replace(history=RAMP)
    snapshot = make_snapshot(backends=(cpu,), t_ns=8_500_000_000)

    tile = await drawn(BackendTile(0), 40, 6, snapshot, BRAILLE)

    # 17 buckets of 0.5 s have passed, so the last one still waits for its partner.
    assert [row.strip("│ ") for row in tile[1:5]] == ["⢀⣴", "⢀⣴⣿⣿", "⢀⣴⣿⣿⣿⣿", "⢀⣴⣿⣿⣿⣿⣿⣿"]
    assert tile[5] == "╰─ -36 s ──────── q 2 │ avg 36 % 10 s ─╯"


async def test_a_full_backend_is_marked() -> None:
    """Above 95 % of the last second, by a glyph and not by color alone."""
    first, *_ = make_backends()
    busy = [first._replace(busy_last_second=share) for share in (0.95, 0.96)]

    marks = [
        "▲" in (await drawn(BackendTile(0), 40, 5, make_snapshot(backends=(each,))))[0]
        for each in busy
    ]

    assert marks == [False, True]


async def test_what_runs_is_named_while_the_engine_stands_still() -> None:
    """While it runs the name would flicker."""
    live = await drawn(BackendTile(0), 40, 5, make_snapshot())
    paused = await drawn(BackendTile(0), 40, 5, make_snapshot(state="paused"))

    assert live[-1] == "╰─ -18 s ──────── q 2 │ avg 36 % 10 s ─╯"
    assert paused[-1] == "╰─ bg-blur#4002 ─ q 2 │ avg 36 % 10 s ─╯"


async def test_a_tile_without_its_backend_says_so() -> None:
    """A new profile may have fewer backends."""
    tile = await drawn(BackendTile(7), 20, 3, make_snapshot())

    assert tile == ["╭─ no backend ─────╮", "│                  │", "╰──────────────────╯"]


async def test_meters_take_one_line_per_backend() -> None:
    """Name, bar, share, history, queue and a mark for a full one."""
    backends = tuple(each._replace(history=(0.0, 0.5, 1.0)) for each in make_backends())

    assert await drawn(BackendMeters(), 60, 3, make_snapshot(backends=backends)) == [
        " CPU ━━━━──────  41 %                           ▄█  q 2",
        " GPU ━━━━━━━───  71 %                           ▄█  q 3",
        " NPU ━━━━━━━━━╸  97 %                           ▄█  q 6   ▲",
    ]


async def test_backends_without_room_are_counted() -> None:
    """Nothing is left out silently."""
    backends = (*make_backends(), *make_backends())
    rows = await drawn(BackendMeters(), 40, 2, make_snapshot(backends=backends))

    assert rows[1] == " 5 more backends"


async def test_backends_share_rows_where_there_are_few() -> None:
    """Each with its figure, so that none is cut off."""
    backends = (*make_backends(), *make_backends()[:1])
    meters = BackendMeters()
    rows = await drawn(meters, 40, 2, make_snapshot(backends=backends))

    assert meters.rows_for(4, 40, few=True) == 2
    assert meters.rows_for(4, 40, few=False) == 4
    assert meters.rows_for(3, 12, few=True) == 3
    assert [row.split() for row in rows] == [
        ["CPU", "41", "%", "GPU", "71", "%"],
        ["NPU", "97", "%", "▲", "CPU", "41", "%"],
    ]
