"""Commands, and the hybrid policy."""

from tests.reference.rows.row import Row, llm, once, one, tokens

COMMAND_ROWS = [
    Row(
        "a swap in mid-flight: the running chunk ends, the rest follows the new rules",
        "From 2 on whole: 4 tokens + 0.5 for a chunk that is not the first; then edf: R before Q.",
        one(chat=llm(1, 1, chunk_overhead_ms=0.5), v=1),
        [
            once("chat", "chat", deadline_ms=10, **tokens(6, 1)),
            once("Q", "v", 1, deadline_ms=40),
            once("R", "v", 1, deadline_ms=30),
        ],
        "fcfs/first-idle/keep/chunk-2",
        """
        chat 0 met | chat: x 0-2 x 2-6.5*
        Q    0 met | Q: x 7.5-8.5
        R    0 met | R: x 6.5-7.5
        """,
        commands=[(1_500_000, "swap", "edf/first-idle")],
    ),
    Row(
        "a stopped stream releases no more, a started one counts its phase from the command",
        "2, 12, stop at 15, start at 33: 35, 45, 55; the numbers go on.",
        one(v=1),
        [{"name": "cam", "model": "v", "period_ms": 10, "phase_ms": 2}],
        "fcfs",
        """
        cam 0 met | cam: x 2-3
        cam 1 met | cam: x 12-13
        cam 2 met | cam: x 35-36
        cam 3 met | cam: x 45-46
        cam 4 met | cam: x 55-56
        """,
        duration_s=0.06,
        commands=[(15_000_000, "stop_stream", "cam"), (33_000_000, "start_stream", "cam")],
    ),
    Row(
        "hybrid holds an LLM slice back for a frame that would miss",
        "The chat is due at 3, cam at 6; 3 + 4 > 6, so cam goes first.",
        one(v=4, chat=llm(1, 1)),
        [once("cam", "v", deadline_ms=6), once("chat", "chat", ttft_ms=3, **tokens(3, 1))],
        "hybrid",
        """
        cam  0 met | cam: x 0-4
        chat 0 met | chat: x 4-7*
        """,
    ),
    Row(
        "hybrid keeps to the deadlines' order where nothing would miss",
        "3 + 4 = 7, equal is met.",
        one(v=4, chat=llm(1, 1)),
        [once("cam", "v", deadline_ms=7), once("chat", "chat", ttft_ms=3, **tokens(3, 1))],
        "hybrid",
        """
        cam  0 met | cam: x 3-7
        chat 0 met | chat: x 0-3*
        """,
    ),
    Row(
        "hybrid prefills where prefill is fastest and decodes where decode is",
        "Prefill 0.5 per token on the NPU, decode 1 on the GPU; the cache moves for nothing.",
        {
            "backends": ["gpu", "npu"],
            "models": {"chat": {"gpu": llm(1, 1), "npu": llm(0.5, 3)}},
        },
        [once("chat", "chat", **tokens(4, 3))],
        "hybrid",
        "chat 0 met | chat: npu 0-2* gpu 2-3 gpu 3-4",
    ),
    Row(
        "the four axes keep the cache where the prefill ran",
        "Decode on the GPU would take 1, but the cache is on the NPU.",
        {
            "backends": ["gpu", "npu"],
            "models": {"chat": {"gpu": llm(1, 1), "npu": llm(0.5, 3)}},
        },
        [once("chat", "chat", **tokens(4, 2))],
        "fcfs/fastest-idle",
        "chat 0 met | chat: npu 0-2* npu 2-5",
    ),
    Row(
        "hybrid moves a cache, the four axes leave it where it is",
        "NPU until the swap at 3, then the GPU, where it stays after the swap back at 5.5.",
        {
            "backends": ["npu", "gpu"],
            "models": {"chat": {"npu": llm(0.5, 3), "gpu": llm(1, 1)}},
        },
        [once("chat", "chat", **tokens(4, 4))],
        "fcfs/first-idle",
        "chat 0 met | chat: npu 0-2* npu 2-5 gpu 5-6 gpu 6-7",
        commands=[(3_000_000, "swap", "hybrid"), (5_500_000, "swap", "fcfs/first-idle")],
    ),
    Row(
        "a start with phase 0 releases at its own instant, before the decisions",
        "A is started at 20, when B releases; A comes first in stream order.",
        one(v=2),
        [{"name": "A", "model": "v", "period_ms": 10}, once("B", "v", 20)],
        "fcfs",
        """
        A 0 met | A: x 0-2
        A 1 met | A: x 20-22
        B 0 met | B: x 22-24
        """,
        duration_s=0.03,
        commands=[(5_000_000, "stop_stream", "A"), (20_000_000, "start_stream", "A")],
    ),
    Row(
        "hybrid holds nothing back for a frame that would miss anyway",
        "At 1 cam ends at 5 + 4 or 1 + 7, after its 7; at 4 it is given up: 4 + 4 > 7.",
        {
            "backends": ["npu", "gpu"],
            "models": {
                "block": {"npu": 5},
                "v": {"npu": 4, "gpu": 7},
                "chat": {"gpu": llm(1, 1)},
            },
        },
        [
            once("block", "block"),
            once("cam", "v", 1, deadline_ms=6),
            once("chat", "chat", 1, ttft_ms=3, **tokens(3, 1)),
        ],
        "hybrid",
        """
        block 0 met     | block: npu 0-5
        cam   0 dropped | cam: -
        chat  0 met     | chat: gpu 1-4*
        """,
    ),
    Row(
        "hybrid weighs a prefill of 512 tokens in its chunks of 128",
        "NPU 512 + 3 x 50, GPU 640: whole would favor the NPU.",
        {
            "backends": ["npu", "gpu"],
            "models": {
                "chat": {"npu": llm(1, 1, chunk_overhead_ms=50), "gpu": llm("1.25", 1)},
            },
        },
        [once("chat", "chat", **tokens(4, 1))],
        "hybrid",
        "chat 0 met | chat: gpu 0-5*",
    ),
    Row(
        "hybrid weighs a decode at a context of 512",
        "There the NPU takes 10 and the GPU 5, although the NPU would take 1 at the context of 2.",
        {
            "backends": ["npu", "gpu"],
            "models": {
                "chat": {
                    "npu": {
                        "prefill_ms": {"per_token": 1},
                        "decode_tokens_per_s": [[100, 1000], [500, 100]],
                    },
                    "gpu": {"decode_ms": 5},
                }
            },
        },
        [once("chat", "chat", **tokens(1, 2))],
        "hybrid",
        "chat 0 met | chat: npu 0-1* gpu 1-6",
    ),
    Row(
        "a swap to affinity does not move a cache",
        "The GPU is the home, but the prefill ran on the NPU; a new chat goes home.",
        {
            "backends": ["npu", "gpu"],
            "models": {"chat": {"npu": llm(1, 2), "gpu": llm(1, 1)}},
        },
        [once("old", "chat", **tokens(3, 2)), once("new", "chat", 2, **tokens(3, 2))],
        "fcfs/first-idle",
        """
        old 0 met | old: npu 0-3* npu 3-5
        new 0 met | new: gpu 2-5* gpu 5-6
        """,
        commands=[(1_000_000, "swap", "static")],
    ),
]
