"""The selected stream in words."""

import pytest

from emulator.snapshot import MissView
from rtgen_tui.widgets.miss import MissDetail
from tests.rtgen_tui.snapshots_for_tests import (
    make_llm_stream,
    make_miss,
    make_snapshot,
    make_stream,
)
from tests.rtgen_tui.widgets.stage import drawn, staged


async def told(miss: MissView | None, width: int = 120, height: int = 5) -> list[str]:
    """What is said of this miss of an otherwise healthy stream, without the frame."""
    snapshot = make_snapshot(streams=(make_stream(0, "eye-contact", last_miss=miss),))
    rows = await drawn(MissDetail(), width, height, snapshot)
    return [row.strip("│ ") for row in rows[1:-1]]


async def test_a_miss_is_explained_in_three_lines() -> None:
    """Figures, what the job waited for, and whether it could have been helped."""
    detail = MissDetail()
    detail.selected = 1

    rows = await drawn(detail, 120, 5, make_snapshot())

    assert rows[0].startswith("╭─ Selected 2 eye-contact  ▲ late ─")
    assert rows[0].endswith("─ missed 18 of 4.0k since start ─╮")
    assert [row.strip("│ ") for row in rows[1:4]] == [
        (
            "deadline 33.3 ms · p50 9.4 ms · p95 31.0 ms · in flight 1"
            " · longest streak 4 misses · freeze 167 ms"
        ),
        (
            "#412 late: 52.1 ms of 33.3 ms · waited 41.0 ms for NPU behind captions 38.2 ms,"
            " bg-blur 2.8 ms · ran 9.4 ms"
        ),
        "avoidable: it could be met at its release, by another order or placement",
    ]
    assert rows[4].startswith("╰─ this one at 02:14.21 ─")


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        ("avoidable", "avoidable: it could be met at its release, by another order or placement"),
        ("backlog", "doomed by backlog: the queue at release left it no time"),
        ("hopeless", "hopeless: too slow even alone on an idle chip"),
    ],
)
async def test_causes_are_said_plainly(cause: str, expected: str) -> None:
    """A word of theory and what it means."""
    assert any(row.startswith(expected) for row in await told(make_miss(cause=cause)))


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("late-rule", "given up by the stream's own rule for late jobs"),
        ("drop-late", "given up because a deadline had passed"),
        ("early-drop", "given up early, because it could not finish in time"),
        ("policy", "given up by the policy"),
    ],
)
async def test_a_drop_says_who_gave_the_job_up(reason: str, expected: str) -> None:
    """And after what time."""
    rows = await told(make_miss(outcome="dropped", reason=reason, behind=()))

    assert f"#412 dropped after 52.1 ms of 33.3 ms · {expected}" in rows[-3] + rows[-2]


async def test_a_job_that_never_waited_was_slow_by_itself() -> None:
    """Nothing is said of a queue, but where it ran and how long."""
    rows = await told(make_miss(waited_ms=0.0, behind=(), ran_ms=52.1, backend="cpu-small"))

    assert rows[-2] == ("#412 late: 52.1 ms of 33.3 ms · started at once, ran 52.1 ms on cpu-small")


async def test_long_durations_are_in_seconds() -> None:
    """A k before ms would be a unit that nobody uses."""
    rows = await told(make_miss(response_ms=9204.0, waited_ms=12_040.0, behind=(), ran_ms=999.0))

    assert rows[-2] == "#412 late: 9.2 s of 33.3 ms · waited 12.0 s for NPU · ran 999 ms"


async def test_a_healthy_stream_has_no_miss() -> None:
    """Said, not left blank."""
    assert (await told(None))[:2] == [
        (
            "deadline 33.3 ms · p50 6.1 ms · p95 11.9 ms · gap p99 35.0 ms (1.1 periods)"
            " · in flight 1 · freeze 36.7 ms"
        ),
        "no miss so far",
    ]


async def test_a_language_model_shows_its_token_times() -> None:
    """TTFT, TPOT and kept targets beside the percentiles; a pause in a chat is no freeze."""
    rows = await drawn(MissDetail(), 140, 5, make_snapshot(streams=(make_llm_stream(0),)))

    assert rows[1].strip("│ ") == (
        "deadline 800 ms · p50 410 ms · p95 640 ms · gap p99 9.2 s · TTFT p50 312 ms"
        " · TPOT p50 44.6 ms · targets 8 of 9 · in flight 1"
    )


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (142, ["gap p99", "targets", "freeze"]),
        (140, ["targets", "freeze"]),
        (105, ["targets"]),
        (85, []),
    ],
)
async def test_what_does_not_fit_goes_first(width: int, shown: list[str]) -> None:
    """The gap, the freeze, then the targets; what stood there before them stays."""
    stream = make_llm_stream(0, target_hz=0.1, deadline_ms=None)
    rows = await drawn(MissDetail(), width, 4, make_snapshot(streams=(stream,)))

    assert [each for each in ("gap p99", "targets", "freeze") if each in rows[1]] == shown
    assert "TPOT p50 44.6 ms" in rows[1]
    assert "in flight 1" in rows[1]
    assert "no miss so far" in rows[2]


async def test_only_what_is_shown_makes_it_draw() -> None:
    """Not the next token of an answer, nor the pause of a chat that grows with time."""
    detail = MissDetail()
    chat = make_llm_stream(0, longest_freeze_ms=900.0)
    later = chat._replace(longest_freeze_ms=933.3, llm_tokens=35, tokens_per_s=21.6)
    met = chat._replace(llm_targets_met=9)
    drawn_of = []
    async with staged(detail, 80, 6):
        for stream in (chat, later, met):
            snapshot = make_snapshot(streams=(stream,))
            detail.show(snapshot)
            drawn_of.append(detail.relevant(snapshot))

    assert drawn_of[0] == drawn_of[1] != drawn_of[2]


async def test_in_little_room_the_reason_comes_first() -> None:
    """The figures stand in the table too."""
    rows = await told(make_miss(), width=60, height=5)

    assert rows[0] == "#412 late: 52.1 ms of 33.3 ms"
    assert rows[1].startswith("waited 41.0 ms for NPU behind captions 38.2 ms")
    assert rows[2].startswith("avoidable: ")


async def test_the_explanation_can_be_copied() -> None:
    """One line of plain text with the name of the stream; empty without a miss."""
    detail = MissDetail()

    async with staged(detail, 80, 6, make_snapshot()):
        assert detail.explanation == ""
        detail.selected = 1
        assert detail.explanation == (
            "eye-contact #412 late: 52.1 ms of 33.3 ms · waited 41.0 ms for NPU behind captions"
            " 38.2 ms, bg-blur 2.8 ms · ran 9.4 ms · avoidable: it could be met at its release,"
            " by another order or placement"
        )


async def test_a_stream_that_is_gone_is_not_guessed() -> None:
    """A new run may have fewer streams."""
    detail = MissDetail()
    detail.selected = 40

    assert "no stream selected" in (await drawn(detail, 60, 4, make_snapshot()))[1]


async def test_the_lower_edge_says_since_when() -> None:
    """The log has scrolled on by then; nothing is said of a stream without a miss."""
    rows = []
    late = make_stream(0, "eye-contact", last_miss=make_miss(), first_miss_ns=4_200_000_000)
    for miss, first_ns in ((make_miss(), 4_200_000_000), (None, None)):
        stream = make_stream(0, "eye-contact", last_miss=miss, first_miss_ns=first_ns)
        rows += (await drawn(MissDetail(), 60, 5, make_snapshot(streams=(stream,))))[-1:]

    assert rows[0].startswith("╰─ first miss at 00:04.20, this one at 02:14.21 ─")
    assert "first miss" not in rows[1]
    narrow = await drawn(MissDetail(), 50, 5, make_snapshot(streams=(late,)))
    assert narrow[-1].startswith("╰─ first miss at 00:04.20 ─")
