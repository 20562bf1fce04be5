"""Skipped stages, drops and cuts."""

from tests.reference.rows.row import Row, graph, llm, once, one, tokens

RARE = 1e-9
"""A probability above 0 that no draw of the examples meets."""

JOB_ROWS = [
    Row(
        "what comes only after skipped stages is skipped, a join waits for the others",
        "classify is never triggered, describe has no other predecessor, log has detect.",
        one(m=2, n=1),
        [
            graph(
                "door",
                {"name": "detect", "model": "m"},
                {"name": "classify", "model": "m", "after": ["detect"], "probability": RARE},
                {"name": "describe", "model": "m", "after": ["classify"]},
                {"name": "log", "model": "n", "after": ["describe", "detect"]},
            ),
            graph(
                "tail",
                {"name": "look", "model": "m"},
                {"name": "act", "model": "m", "after": ["look"], "probability": RARE},
                deadline_ms=5,
            ),
            once("never", "m", probability=RARE),
        ],
        "fcfs",
        """
        door  0 met     | detect: x 0-2; classify: skipped; describe: skipped; log: x 2-3
        tail  0 met     | look: x 3-5; act: skipped
        never 0 skipped | never: skipped
        """,
    ),
    Row(
        "a stream's own rule drops what is too late, equal is not too late",
        "At 10 cam 0 is due now and stays; at 20 it goes, at 25 cam 1 goes.",
        one(long=25, v=4),
        [
            once("long", "long"),
            {"name": "cam", "model": "v", "period_ms": 10, "late": "drop"},
        ],
        "fcfs",
        """
        long 0 met     | long: x 0-25
        cam  0 dropped | cam: -
        cam  1 dropped | cam: -
        cam  2 met     | cam: x 25-29
        """,
        duration_s=0.03,
    ),
    Row(
        "early-drop gives up what cannot be met any more, before any start",
        "At 2 both could still end at 6; at 6 B would end at 10.",
        one(block=2, v=4),
        [
            once("block", "block"),
            once("A", "v", deadline_ms=6),
            once("B", "v", deadline_ms=6),
        ],
        "fcfs/first-idle/early-drop",
        """
        block 0 met     | block: x 0-2
        A     0 met     | A: x 2-6
        B     0 dropped | B: -
        """,
    ),
    Row(
        "drop-late looks at the clock, not at the work that is left",
        "At 5 P cannot be met any more, but its deadline of 9 has not passed.",
        one(a=5, b=5),
        [
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"]},
                deadline_ms=9,
            ),
            once("Q", "b", 1),
        ],
        "fcfs/first-idle/drop-late",
        """
        P 0 late | hear: x 0-5; speak: x 5-10
        Q 0 met  | Q: x 10-15
        """,
        duration_s=0.01,
    ),
    Row(
        "a started job can be dropped between its stages",
        "At 5 it could still end at 10, but Q is due first; at 7: 7 + 5 > 10.",
        one(a=5, b=5, q=2),
        [
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"]},
                deadline_ms=10,
            ),
            once("Q", "q", 1, deadline_ms=8),
        ],
        "edf/first-idle/early-drop",
        """
        P 0 dropped | hear: x 0-5; speak: -
        Q 0 met     | Q: x 5-7
        """,
    ),
    Row(
        "completions at the instant of a cut count, decisions do not follow",
        "a ends at the cut; b is ready but never starts.",
        one(m=10),
        [once("a", "m"), once("b", "m")],
        "fcfs",
        """
        a 0 met     | a: x 0-10
        b 0 running | b: -
        """,
        duration_s=0.01,
        drain=False,
    ),
    Row(
        "early-drop heeds the deadline of the first output",
        "At 2 the prefill of 4 would end at 6, after 5.",
        one(v=2, chat=llm(1, 1)),
        [once("cam", "v"), once("chat", "chat", first_output_deadline_ms=5, **tokens(4, 2))],
        "fcfs/first-idle/early-drop",
        """
        cam  0 met     | cam: x 0-2
        chat 0 dropped | chat: -
        """,
    ),
    Row(
        "a stage is judged by its own deadline, else by the job's",
        "P's hear is due at 3 and ends at 5; R is judged at 30, not at 10.",
        one(m=5),
        [
            graph(
                "P",
                {"name": "hear", "model": "m", "deadline_ms": 3},
                {"name": "speak", "model": "m", "after": ["hear"]},
                deadline_ms=20,
            ),
            graph("R", {"name": "r", "model": "m", "deadline_ms": 30}, deadline_ms=10),
        ],
        "fcfs",
        """
        P 0 late | hear: x 0-5; speak: x 5-10
        R 0 met  | r: x 10-15
        """,
    ),
    Row(
        "drop-late drops after a deadline, not at it",
        "At 5 A's 3 has passed and B's 5 has not: B starts, and is late.",
        one(long=5, v=1),
        [
            once("long", "long"),
            once("A", "v", deadline_ms=3),
            once("B", "v", deadline_ms=5),
        ],
        "fcfs/first-idle/drop-late",
        """
        long 0 met     | long: x 0-5
        A    0 dropped | A: -
        B    0 late    | B: x 5-6
        """,
    ),
    Row(
        "remaining work is that of the policy's chunks",
        "4 + 1 for the second chunk is after 4.5; whole it could be met.",
        one(chat=llm(1, 1, chunk_overhead_ms=1)),
        [once("chat", "chat", deadline_ms=4.5, **tokens(4, 1))],
        "fcfs/first-idle/early-drop/chunk-2",
        "chat 0 dropped | chat: -",
    ),
]
