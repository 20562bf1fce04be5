"""Exact instants: every one is floored once from its exact value."""

from tests.reference.rows.row import Row, once, one

INSTANT_ROWS = [
    Row(
        "releases are floored once: 30, 60, 90 and 120 Hz meet at 33.333333 ms",
        "k / rate floored; at one instant in stream order.",
        one(m=1),
        [{"name": f"c{rate}", "model": "m", "rate_hz": rate} for rate in (30, 60, 90, 120)],
        "fcfs",
        """
        c30  0 met | c30: x 0-1
        c60  0 met | c60: x 1-2
        c90  0 met | c90: x 2-3
        c120 0 met | c120: x 3-4
        c120 1 met | c120: x 8.333333-9.333333
        c90  1 met | c90: x 11.111111-12.111111
        c60  1 met | c60: x 16.666666-17.666666
        c120 2 met | c120: x 17.666666-18.666666
        c90  2 met | c90: x 22.222222-23.222222
        c120 3 met | c120: x 25-26
        c30  1 met | c30: x 33.333333-34.333333
        c60  2 met | c60: x 34.333333-35.333333
        c90  3 met | c90: x 35.333333-36.333333
        c120 4 met | c120: x 36.333333-37.333333
        c120 5 met | c120: x 41.666666-42.666666
        c90  4 met | c90: x 44.444444-45.444444
        """,
        duration_s=0.05,
    ),
    Row(
        "the implicit deadline of 90 Hz is the next floored release, not release + rounded period",
        "Frame 1 is released at 11111111 ns and due at 22222222; it ends then, and 1 ns later.",
        {
            "backends": ["x", "y"],
            "models": {"m": {"x": "11.111111"}, "n": {"y": "11.111112"}},
        },
        [
            {"name": "fits", "model": "m", "rate_hz": 90},
            {"name": "over", "model": "n", "rate_hz": 90},
        ],
        "fcfs",
        """
        fits 0 met  | fits: x 0-11.111111
        over 0 late | over: y 0-11.111112
        fits 1 met  | fits: x 11.111111-22.222222
        over 1 late | over: y 11.111112-22.222224
        """,
    ),
    Row(
        "phase counts from start_s, stop_s is exclusive",
        "3 + 2, 3 + 2 + 5; 15 is no more.",
        one(v=1),
        [
            {
                "name": "cam",
                "model": "v",
                "period_ms": 5,
                "phase_ms": 2,
                "start_s": 0.003,
                "stop_s": 0.015,
            }
        ],
        "fcfs",
        """
        cam 0 met | cam: x 5-6
        cam 1 met | cam: x 10-11
        """,
        duration_s=0.1,
    ),
    Row(
        "the implicit deadline is the next exact release",
        "Frame 8 of 90 Hz is due at 9 / 90 s = 100 ms sharp, not at release + rounded period.",
        one(block=11, m=1),
        [once("block", "block", 88), {"name": "cam", "model": "m", "rate_hz": 90}],
        "fcfs",
        """
        cam   0 met | cam: x 0-1
        cam   1 met | cam: x 11.111111-12.111111
        cam   2 met | cam: x 22.222222-23.222222
        cam   3 met | cam: x 33.333333-34.333333
        cam   4 met | cam: x 44.444444-45.444444
        cam   5 met | cam: x 55.555555-56.555555
        cam   6 met | cam: x 66.666666-67.666666
        cam   7 met | cam: x 77.777777-78.777777
        block 0 met | block: x 88-99
        cam   8 met | cam: x 99-100
        """,
        duration_s=0.1,
    ),
    Row(
        "a deadline counts from the exact release, not from the floored one",
        "66 2/3 + 33 1/3 = 100 ms; frame 2 ends there.",
        one(block=33, m=1),
        [
            once("block", "block", 66),
            {"name": "cam", "model": "m", "rate_hz": 30, "deadline_ms": "100/3"},
        ],
        "fcfs",
        """
        cam   0 met | cam: x 0-1
        cam   1 met | cam: x 33.333333-34.333333
        block 0 met | block: x 66-99
        cam   2 met | cam: x 99-100
        """,
        duration_s=0.1,
    ),
]
