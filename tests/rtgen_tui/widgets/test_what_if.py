"""The counterfactual in the policy list and in the strip."""

from rtgen_tui.session import Outcome, WhatIf
from rtgen_tui.widgets.policies import PolicyList
from rtgen_tui.widgets.policy_strip import PolicyStrip
from tests.rtgen_tui.snapshots_for_tests import make_snapshot
from tests.rtgen_tui.widgets.stage import drawn

END_NS = make_snapshot().t_ns - 12_000_000_000
OUTCOMES = (
    Outcome("", 4000, 84, 412.0, 21.4, ""),
    Outcome("fcfs", 4000, 336, 908.0, 20.1, ""),
    Outcome("static", 4000, 152, None, 19.0, ""),
    Outcome("edf", 4000, 84, 412.0, 21.4, ""),
    Outcome("llf", 4000, 0, 1412.0, 21.4, ""),
    Outcome("hybrid", 0, 0, None, None, "policy hybrid ended its process"),
)
ANSWER = WhatIf(END_NS - 60_000_000_000, END_NS, 1.0, "", True, OUTCOMES)


async def rows(what_if: WhatIf, width: int = 40) -> list[str]:
    """The list with this answer."""
    box = PolicyList()
    box.what_if = what_if
    return await drawn(box, width, 12, make_snapshot())


async def test_each_policy_shows_what_it_would_have_made() -> None:
    """Misses, TTFT p95 and tokens/s, how old they are, and the run as it was."""
    assert (await rows(ANSWER))[:7] == [
        "╭─ If 60 s, -12 s ─ miss   TTFT tok/s ─╮",
        "│   1 fcfs         8.4 %  908 ms  20.1 │",
        "│   2 static       3.8 %       -  19.0 │",
        "│ ▶ 3 edf          2.1 %  412 ms  21.4 │",
        "│   4 llf            0 %   1.4 s  21.4 │",
        "│   5 hybrid      failed       -     - │",
        "│     as it was    2.1 %  412 ms  21.4 │",
    ]


async def test_the_way_to_the_figures_is_shown() -> None:
    """First in percent; then each policy as it comes, the others without a figure."""
    catching_up = await rows(ANSWER._replace(share=0.43, done=False, outcomes=()))
    half = await rows(ANSWER._replace(done=False, outcomes=OUTCOMES[:2]))

    assert "If 60 s 43%" in catching_up[0]
    assert "If 60 s ..." in half[0]
    assert "fcfs         8.4 %" in half[1]
    assert "static           -" in half[2]


async def test_a_failure_is_named() -> None:
    """Instead of figures that never come."""
    assert "If 60 s: fail" in (await rows(ANSWER._replace(error="no fork", outcomes=())))[0]


async def test_little_room_leaves_the_misses() -> None:
    """What matters most."""
    assert (await rows(ANSWER, width=26))[1] == "│   1 fcfs         8.4 % │"


async def test_the_strip_shows_all_three_figures() -> None:
    """The same question where the list has no room, one figure below the other."""
    strip = PolicyStrip()
    strip.what_if = ANSWER
    shown = await drawn(strip, 80, 3, make_snapshot())

    assert [row.rstrip() for row in shown] == [
        " if 60 s  fcfs 8.4 %  static 3.8 % ▶edf 2.1 %  llf 0 %  hybrid -   miss/min 120",
        " TTFT p95     908 ms             -     412 ms    1.4 s         -",
        " tok/s          20.1          19.0       21.4     21.4         -",
    ]
