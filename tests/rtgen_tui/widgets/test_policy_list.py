"""The list of policies and the trends below it."""

from typing import ClassVar

from textual import on

from emulator.snapshot import PolicyView
from rtgen_tui.widgets.policies import PolicyList
from tests.rtgen_tui.snapshots_for_tests import make_snapshot
from tests.rtgen_tui.widgets.stage import Stage, drawn, picture, staged

TWENTY = tuple(PolicyView(f"p{n}", "", n == 15, 0, 0.0, 0, 0) for n in range(20))


async def test_a_row_per_policy_and_the_trends_of_the_run() -> None:
    """Digit, name, time active and the misses seen under it; ``-`` for what was never tried."""
    assert await drawn(PolicyList(), 36, 12, make_snapshot()) == [
        "╭─ Policy ──────── active    miss ─╮",
        "│   1 fcfs          01:02    8.4 % │",
        "│   2 static        00:31    3.8 % │",
        "│ ▶ 3 edf       now 00:41    2.1 % │",
        "│   4 llf               -        - │",
        "│   5 hybrid            -        - │",
        "│                                  │",
        "│ miss/min   120 ▂▄▁▃ ▂▄▁▃ max 500 │",
        "│ tok/s     21.4 ▃▃▄▃▄▃▂▃▃  max 50 │",
        "│ missed     1.7 % of jobs         │",
        "│            1.5 % mean of streams │",
        "╰──────────────────────────────────╯",
    ]


async def test_good_policies_can_be_told_apart() -> None:
    """Below one percent there are two decimals; none at all is a plain 0."""
    scores = [(0, 4000), (1, 30_000), (13, 40_000), (41, 4000)]
    policies = tuple(
        PolicyView(f"p{n}", "", n == 0, 1, 5.0, *each) for n, each in enumerate(scores)
    )
    rows = await drawn(PolicyList(), 26, 12, make_snapshot(policies=policies))

    assert [row[-10:-2].strip() for row in rows[1:5]] == ["0 %", "<0.01 %", "0.03 %", "1.0 %"]


async def test_descriptions_appear_with_width() -> None:
    """They tell a newcomer what a name means."""
    rows = await drawn(PolicyList(), 90, 12, make_snapshot())

    assert rows[3] == (
        "│ ▶ 3 edf     earliest slice deadline, earliest finish                now 00:41    2.1 % │"
    )
    assert rows[9].startswith("│ since start    1.7 % of jobs missed  1.5 % mean of streams")


async def test_a_narrow_list_keeps_names_and_misses() -> None:
    """The time goes first."""
    rows = await drawn(PolicyList(), 26, 12, make_snapshot())

    assert rows[:4] == [
        "╭─ Policy ──────── miss ─╮",
        "│   1 fcfs         8.4 % │",
        "│   2 static       3.8 % │",
        "│ ▶ 3 edf          2.1 % │",
    ]


async def test_the_active_policy_is_always_in_view() -> None:
    """Twenty policies in ten rows; only the first nine have a digit."""
    rows = await drawn(PolicyList(), 36, 12, make_snapshot(policies=TWENTY))

    assert rows[-1].startswith("╰─ 12-16 of 20 ─")
    assert rows[5].startswith("│ ▶   p15 ")


async def test_the_scale_of_a_trend_moves_in_round_steps() -> None:
    """70 and 90 misses a minute share the scale of 100."""
    pictures = [
        (await drawn(PolicyList(), 36, 12, make_snapshot(miss_history=(0.0, peak / 60))))[7]
        for peak in (70, 90)
    ]

    assert [row[-10:] for row in pictures] == [" max 100 │"] * 2
    assert pictures[0] != pictures[1]


class PickStage(Stage):
    """Remembers what was picked."""

    picked: ClassVar[list[str]] = []

    @on(PolicyList.Picked)
    def remember(self, event: PolicyList.Picked) -> None:
        """Keep the name."""
        self.picked.append(event.name)


async def test_a_click_picks_a_policy() -> None:
    """A click below the policies picks nothing."""
    policies = PolicyList()
    PickStage.picked.clear()

    async with PickStage(policies).run_test(size=(36, 12)) as pilot:
        await pilot.pause()
        policies.show(make_snapshot())
        await pilot.click(policies, offset=(8, 4))
        await pilot.click(policies, offset=(8, 8))
        await pilot.pause()

        assert PickStage.picked == ["llf"]


async def test_time_passing_redraws_once_a_second() -> None:
    """Fractions of a second are not shown, so they are not drawn."""
    widget = PolicyList()
    policies = make_snapshot().policies

    async with staged(widget, 36, 12, make_snapshot()):
        later = [policies[2]._replace(active_s=seconds) for seconds in (41.9, 42.0)]
        rows = []
        for each in later:
            widget.show(make_snapshot(policies=(*policies[:2], each, *policies[3:])))
            rows.append(picture(widget)[3])

        assert [row[16:25] for row in rows] == ["now 00:41", "now 00:42"]
