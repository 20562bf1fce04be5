"""The last 200 ms, and the lanes it is made of."""

import pytest

from emulator.snapshot import SliceView, Snapshot
from rtgen_tui.symbols import ASCII
from rtgen_tui.widgets.gantt import MiniGantt
from rtgen_tui.widgets.lanes import short_label
from tests.rtgen_tui.snapshots_for_tests import MS, T_NS, make_backends, make_snapshot
from tests.rtgen_tui.widgets.stage import Refreshes, drawn, picture, staged

START = T_NS - 200 * MS


def one_lane(*slices: SliceView, **changes: object) -> Snapshot:
    """A snapshot with one backend and these slices."""
    return make_snapshot(backends=make_backends()[:1], slices=slices, **{"swaps_ns": (), **changes})


def run(start_ms: float, end_ms: float, *, missed: bool = False) -> SliceView:
    """A slice on the first backend; ``end_ms`` below 0 means that it runs."""
    end_ns = START + int(end_ms * MS) if end_ms >= 0 else -1
    return SliceView(0, 0, 1, "bg-blur", START + int(start_ms * MS), end_ns, missed)


async def lane(*slices: SliceView, **changes: object) -> str:
    """The lane of 40 cells, 5 ms each."""
    rows = await drawn(MiniGantt(), 48, 3, one_lane(*slices, **changes))
    return rows[1].removeprefix("│ CPU ").removesuffix(" │")


async def test_a_lane_per_backend_on_an_absolute_axis() -> None:
    """Ticks stand at round instants of virtual time."""
    rows = await drawn(MiniGantt(), 100, 6, make_snapshot())

    assert rows[0].endswith("─ ✗ missed deadline   ┆ policy swap ─╮")
    assert rows[1] == (
        "│     ╷14.100  ╷14.120  ╷14.140  ╷14.160  ╷14.180   ╷14.200  ╷14.220  ╷14.240  ╷14.260"
        "  ╷14.280    │"
    )
    assert [row[2:5] for row in rows[2:5]] == ["CPU", "GPU", "NPU"]
    assert "super-res" in rows[3]


@pytest.mark.parametrize(
    ("slices", "expected"),
    [
        ((run(10, 60),), "  bg-blur  ▉"),
        # 12.5 ms is half a cell; what begins there is drawn as the rest of the cell.
        ((run(12.5, 60),), "  ▌bg-blur ▉"),
        ((run(10, 62.5),), "  bg-blur   ▍"),
        # Two slices of one stream without a pause between them stay two.
        ((run(0, 50), run(50, 100)), "bg-blur  ▉bg-blur  ▉"),
        # Three eighths of a millisecond are still seen.
        ((run(10, 10.4),), "  ▏"),
        ((run(14, 14.9),), "  ▉"),
        ((run(160, -1),), " " * 32 + "bg-blur"),
        ((run(-50, 50),), "bg-blur  ▉"),
        ((run(10, 60, missed=True),), "  bg-blur ✗▉"),
    ],
)
async def test_slices_are_drawn_to_an_eighth_of_a_cell(
    slices: tuple[SliceView, ...], expected: str
) -> None:
    """The last eighth of a slice is a gap; a running slice reaches the edge."""
    assert (await lane(*slices)).rstrip() == expected


async def test_a_missed_slice_ends_in_a_cross() -> None:
    """Even one that is shorter than a cell."""
    assert "✗" in await lane(run(100, 101, missed=True))
    assert "✗" not in await lane(run(-50, -10, missed=True))


async def test_a_swap_is_a_line_through_every_lane() -> None:
    """Whether or not something runs there."""
    assert (await lane(run(0, 80), swaps_ns=(START + 40 * MS, START + 120 * MS)))[8] == "┆"
    assert (await lane(run(0, 80), swaps_ns=(START + 40 * MS, START + 120 * MS)))[24] == "┆"


async def test_streams_differ_in_color_and_slices_in_label() -> None:
    """Labels tell slices apart where colors cannot."""
    gantt = MiniGantt()
    other = run(50, 100)._replace(stream=1, label="eye")

    async with staged(gantt, 48, 3, one_lane(run(0, 50), other)):
        styles = {segment.text.strip(): segment.style for segment in gantt.render_line(1)}

    assert styles["bg-blur"] != styles["eye"]


async def test_without_subcells_slices_are_outlined() -> None:
    """The form needs neither color nor box characters."""
    rows = await drawn(MiniGantt(), 48, 3, one_lane(run(10, 60), run(100, 104)), ASCII)

    assert rows[1] == "| CPU   [bg-blur-]        [                    |"


@pytest.mark.parametrize(
    ("room", "expected"),
    [(14, "npc-dialogue-2"), (13, "npc2"), (4, "npc2"), (3, "np2"), (2, "n2"), (1, "n"), (0, "")],
)
def test_labels_shorten_to_the_first_word_and_the_number(room: int, expected: str) -> None:
    """Copies of a stream are told apart by their number."""
    assert short_label("npc-dialogue-2", room) == expected


async def test_a_picture_is_held_for_half_a_second_while_the_engine_runs() -> None:
    """A window of 200 ms that moved ten times a second would be a blur."""
    gantt = MiniGantt()

    async with staged(gantt, 100, 6, make_snapshot()):
        with Refreshes(gantt) as refreshes:
            gantt.show(make_snapshot(t_ns=T_NS + 400 * MS))
        assert refreshes.rows == set()
        with Refreshes(gantt) as refreshes:
            gantt.show(make_snapshot(t_ns=T_NS + 500 * MS))
        assert refreshes.rows != set()


@pytest.mark.parametrize("changes", [{"state": "paused"}, {"speed": 0.1}, {"run": 2}])
async def test_a_picture_is_exact_when_it_can_be_read(changes: dict[str, object]) -> None:
    """Paused, stepping, in slow motion, and after a restart."""
    gantt = MiniGantt()

    async with staged(gantt, 100, 6, make_snapshot()):
        before = picture(gantt)
        gantt.show(make_snapshot(t_ns=T_NS + 7 * MS, **changes))

        assert picture(gantt) != before


async def test_lanes_without_room_are_counted() -> None:
    """Three backends in two rows."""
    rows = await drawn(MiniGantt(), 60, 4, make_snapshot())

    assert rows[2].startswith("│ 2 more")
