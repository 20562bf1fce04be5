"""Orders and ties."""

from tests.reference.rows.row import Row, graph, llm, once, one, tokens

ORDER_ROWS = [
    Row(
        "a tie is won by the stage whose slice just ended",
        "No periods, so all keys of rm are equal: `second` keeps going at 2 and 3.",
        one(chat=llm(1, 1)),
        [once("first", "chat", 1, **tokens(2, 2)), once("second", "chat", 0, **tokens(2, 3))],
        "rm/first-idle/keep/whole",
        """
        second 0 met | second: x 0-2* x 2-3 x 3-4
        first  0 met | first: x 4-6* x 6-7
        """,
    ),
    Row(
        "a tie goes to stream order, then job number, then stage order",
        "All released at 0 or queued with one key; the DAG's two roots are ready together.",
        one(m=2),
        [
            graph("D", {"name": "d1", "model": "m"}, {"name": "d2", "model": "m"}),
            once("E", "m"),
        ],
        "rm/first-idle",
        """
        D 0 met | d1: x 0-2; d2: x 2-4
        E 0 met | E: x 4-6
        """,
    ),
    Row(
        "fcfs sorts by the job's release",
        "speak belongs to a job released at 0, Q was released at 1.",
        one(a=3, b=2, q=4),
        [
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"]},
            ),
            once("Q", "q", 1),
        ],
        "fcfs/first-idle",
        """
        P 0 met | hear: x 0-3; speak: x 3-5
        Q 0 met | Q: x 5-9
        """,
    ),
    Row(
        "fcfs-slice sorts by when the slice became ready",
        "speak became ready at 3, Q at 1.",
        one(a=3, b=2, q=4),
        [
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"]},
            ),
            once("Q", "q", 1),
        ],
        "fcfs-slice/first-idle",
        """
        P 0 met | hear: x 0-3; speak: x 7-9
        Q 0 met | Q: x 3-7
        """,
    ),
    Row(
        "a stage inherits the deadlines of the stages after it",
        "hear has none of its own but speak's 9, which is before Q's 10.",
        one(a=3, b=4, q=5),
        [
            once("Q", "q", deadline_ms=10),
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"], "deadline_ms": 9},
            ),
        ],
        "edf/first-idle",
        """
        Q 0 late | Q: x 7-12
        P 0 met  | hear: x 0-3; speak: x 3-7
        """,
    ),
    Row(
        "targets of an LLM are deadlines of its slices, and never make it late",
        "Prefill is due at 5, before cam's 6; token 1 after the first at 5 + 10 = 15.",
        one(v=3, chat=llm(1, 1)),
        [
            once("cam", "v", deadline_ms=6),
            once("chat", "chat", ttft_ms=5, tpot_ms=10, **tokens(2, 2)),
        ],
        "edf/first-idle",
        """
        cam  0 met | cam: x 2-5
        chat 0 met | chat: x 0-2* x 5-6
        """,
    ),
    Row(
        "llf subtracts the work that is left",
        "P: 20 - 8 = 12 before Q: 18 - 5 = 13; then speak: 20 - 4 = 16 after Q.",
        one(a=4, b=4, q=5),
        [
            once("Q", "q", deadline_ms=18),
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"]},
                deadline_ms=20,
            ),
        ],
        "llf/first-idle/keep",
        """
        Q 0 met | Q: x 4-9
        P 0 met | hear: x 0-4; speak: x 9-13
        """,
    ),
    Row(
        "sjf sorts by what is left of the whole job",
        "P has 1 + 9 = 10 left, Q 5.",
        one(a=1, b=9, q=5),
        [
            graph(
                "P",
                {"name": "hear", "model": "a"},
                {"name": "speak", "model": "b", "after": ["hear"]},
            ),
            once("Q", "q"),
        ],
        "sjf/first-idle",
        """
        P 0 met | hear: x 5-6; speak: x 6-15
        Q 0 met | Q: x 0-5
        """,
    ),
    Row(
        "rm sorts by the period",
        "B's period is the shorter.",
        one(a=4, b=3),
        [
            {"name": "A", "model": "a", "period_ms": 20},
            {"name": "B", "model": "b", "period_ms": 10},
        ],
        "rm/first-idle",
        """
        A 0 met | A: x 3-7
        B 0 met | B: x 0-3
        B 1 met | B: x 10-13
        """,
    ),
    Row(
        "sjf takes the longest path of a job, not the sum of its branches",
        "P has max(2, 3) left, before Q's 4; while its t1 runs, that still counts in full.",
        {"backends": ["x", "y"], "models": {"a": {"x": 2}, "b": {"y": 3}, "q": {"x": 4}}},
        [
            once("Q", "q"),
            graph("P", {"name": "t0", "model": "a"}, {"name": "t1", "model": "b"}),
        ],
        "sjf/first-idle",
        """
        Q 0 met | Q: x 2-6
        P 0 met | t0: x 0-2; t1: y 0-3
        """,
    ),
    Row(
        "a running inference counts on the backend that it runs on",
        "t1 runs on slow from 0 (fast is taken until 1): 6 left, so at 1 the job's rest is 6, "
        "after Q's 4; on its best backend t1 would take 1.",
        {
            "backends": ["x", "fast", "slow"],
            "models": {
                "a": {"x": 3},
                "block": {"x": 1},
                "hold": {"fast": 1},
                "b": {"fast": 1, "slow": 6},
                "q": {"x": 4},
            },
        },
        [
            once("block", "block"),
            once("hold", "hold"),
            once("Q", "q"),
            graph("P", {"name": "t0", "model": "a"}, {"name": "t1", "model": "b"}),
        ],
        "sjf/first-idle",
        """
        block 0 met | block: x 0-1
        hold  0 met | hold: fast 0-1
        Q     0 met | Q: x 1-5
        P     0 met | t0: x 5-8; t1: slow 0-6
        """,
    ),
    Row(
        "llf heeds the targets of an LLM",
        "Prefill: 9 - 4 = 5 before Q: 10 - 3 = 7 before the decode: 9 + 4 - 1 = 12.",
        one(chat=llm(1, 1), q=3),
        [
            once("Q", "q", deadline_ms=10),
            once("chat", "chat", ttft_ms=9, tpot_ms=4, **tokens(4, 2)),
        ],
        "llf/first-idle",
        """
        Q    0 met | Q: x 4-7
        chat 0 met | chat: x 0-4* x 7-8
        """,
    ),
]
