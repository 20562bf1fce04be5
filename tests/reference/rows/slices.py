"""Slices, roundings, estimates and placements."""

from tests.reference.rows.row import Row, llm, once, one, tokens

SLICE_ROWS = [
    Row(
        "the slices of one inference stay on their backend and may be displaced",
        "At 2 small is due first; then big waits for x although y is idle.",
        {
            "backends": ["x", "y"],
            "models": {
                "big": {"x": {"slices_ms": [2, 3]}, "y": {"slices_ms": [5, 5]}},
                "small": {"x": 1},
            },
        },
        [once("big", "big", deadline_ms=20), once("small", "small", 1, deadline_ms=5)],
        "edf/fastest-idle",
        """
        big   0 met | big: x 0-2 x 3-6
        small 0 met | small: x 2-3
        """,
    ),
    Row(
        "a chunk pays dispatch, and the overhead after the first",
        "1 + 1 + 0.1; 1 + 0.2 + 0.1; 0.5 + 0.2 + 0.1; decode 2 + 0.1.",
        {
            "backends": [{"name": "x", "dispatch_us": 100}],
            "models": {
                "chat": {
                    "x": {
                        "prefill_ms": {"base": 1, "per_token": 0.5},
                        "decode_ms": 2,
                        "chunk_overhead_ms": 0.2,
                    }
                }
            },
        },
        [once("chat", "chat", **tokens(5, 2))],
        "fcfs/first-idle/keep/chunk-2",
        "chat 0 met | chat: x 0-2.1 x 2.1-3.4 x 3.4-4.2* x 4.2-6.3",
    ),
    Row(
        "chunks let a frame in between",
        "cam comes at 1 and is due before the chat, which has no deadline.",
        one(v=2, chat=llm(1, 1)),
        [once("chat", "chat", **tokens(4, 1)), once("cam", "v", 1, deadline_ms=4)],
        "edf/first-idle/keep/chunk-2",
        """
        chat 0 met | chat: x 0-2 x 4-6*
        cam  0 met | cam: x 2-4
        """,
    ),
    Row(
        "curves are read between their points, from the cached prefix on",
        "T(150) - T(50) = 125 - 50; decode at 151: 10 + 0.51 x 10, at 152: 10 + 0.52 x 10.",
        one(
            chat={
                "prefill_tokens_per_s": [[100, 1000], [300, 1500]],
                "decode_tokens_per_s": [[100, 100], [200, 50]],
            }
        ),
        [once("chat", "chat", cached_prefix_tokens=50, **tokens(100, 3))],
        "fcfs",
        "chat 0 met | chat: x 0-75* x 75-90.1 x 90.1-105.3",
    ),
    Row(
        "decode is placed anew where the prefill's backend lists none, and stays there",
        "At 3 the CPU is the fastest idle; at 4 cam goes first, and the chat waits for the CPU.",
        {
            "backends": ["npu", "gpu", "cpu"],
            "models": {
                "chat": {"npu": llm(1, None), "gpu": {"decode_ms": 2}, "cpu": {"decode_ms": 1}},
                "v": {"cpu": 3},
            },
        },
        [
            {"name": "cam", "model": "v", "period_ms": 100, "phase_ms": 3.5},
            once("chat", "chat", **tokens(3, 3)),
        ],
        "rm/fastest-idle",
        """
        chat 0 met | chat: npu 0-3* cpu 3-4 cpu 7-8
        cam  0 met | cam: cpu 4-7
        """,
    ),
    Row(
        "affinity is the fastest of those that list both phases, for 512 + 128",
        "GPU 5.12 + 128, NPU 0.512 + 384; v's home is the GPU: it waits while the NPU is idle.",
        {
            "backends": ["npu", "gpu"],
            "models": {
                "chat": {"npu": llm("0.001", 3), "gpu": llm("0.01", 1)},
                "v": {"npu": 2, "gpu": 1},
            },
        },
        [once("chat", "chat", **tokens(100, 2)), once("cam", "v", 0.5)],
        "static",
        """
        chat 0 met | chat: gpu 0-1* gpu 2-3
        cam  0 met | cam: gpu 1-2
        """,
    ),
    Row(
        "durations are rounded half-even once, and last at least 1 ns",
        "0.5 ns is 0, so 1; 2.5 ns is 2; 3.5 ns is 4.",
        one(a="0.0000005", b="0.0000025", c="0.0000035"),
        [once("a", "a"), once("b", "b"), once("c", "c")],
        "fcfs",
        """
        a 0 met | a: x 0-0.000001
        b 0 met | b: x 0.000001-0.000003
        c 0 met | c: x 0.000003-0.000007
        """,
    ),
    Row(
        "earliest finish weighs the whole remaining prefill, chunk overheads included",
        "NPU 4 + 1 for the second chunk, GPU 4 x 1.2.",
        {
            "backends": ["npu", "gpu"],
            "models": {"chat": {"npu": llm(1, 1, chunk_overhead_ms=1), "gpu": llm("1.2", 1)}},
        },
        [once("chat", "chat", **tokens(4, 1))],
        "fcfs/earliest-finish/keep/chunk-2",
        "chat 0 met | chat: gpu 0-2.4 gpu 2.4-4.8*",
    ),
    Row(
        "an estimate of several chunks pays several dispatches",
        "NPU 4 + 2 x 1, GPU 4 x 1.4.",
        {
            "backends": [{"name": "npu", "dispatch_us": 1000}, "gpu"],
            "models": {"chat": {"npu": llm(1, 1), "gpu": llm("1.4", 1)}},
        },
        [once("chat", "chat", **tokens(4, 1))],
        "fcfs/fastest-idle/keep/chunk-2",
        "chat 0 met | chat: gpu 0-2.8 gpu 2.8-5.6*",
    ),
    Row(
        "affinity weighs 512 tokens in the policy's chunks",
        "NPU 512 + 3 x 50 + 128, GPU 640 + 128: whole would favor the NPU by 128.",
        {
            "backends": ["npu", "gpu"],
            "models": {
                "chat": {"npu": llm(1, 1, chunk_overhead_ms=50), "gpu": llm("1.25", 1)},
            },
        },
        [once("chat", "chat", **tokens(4, 1))],
        "fcfs/affinity/keep/chunk-128",
        "chat 0 met | chat: gpu 0-5*",
    ),
    Row(
        "fastest-idle weighs the whole inference, not its first slice",
        "x 1 + 5, y 2 + 2.",
        {
            "backends": ["x", "y"],
            "models": {"m": {"x": {"slices_ms": [1, 5]}, "y": {"slices_ms": [2, 2]}}},
        },
        [once("cam", "m")],
        "fcfs/fastest-idle",
        "cam 0 met | cam: y 0-2 y 2-4",
    ),
    Row(
        "equal latencies and equal finishes go in profile order",
        "A: 3 on both, so NPU. B: NPU 3 + 1, GPU 0 + 4, so it waits for the NPU.",
        {
            "backends": ["npu", "gpu"],
            "models": {"a": {"npu": 3, "gpu": 3}, "b": {"npu": 1, "gpu": 4}},
        },
        [once("A", "a"), once("B", "b")],
        "fcfs/earliest-finish",
        """
        A 0 met | A: npu 0-3
        B 0 met | B: npu 3-4
        """,
    ),
    Row(
        "fastest-idle: equal latencies go in profile order",
        "2 on both.",
        {"backends": ["npu", "gpu"], "models": {"a": {"npu": 2, "gpu": 2}}},
        [once("A", "a")],
        "fcfs/fastest-idle",
        "A 0 met | A: npu 0-2",
    ),
]
