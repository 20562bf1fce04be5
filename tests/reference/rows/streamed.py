"""Streamed edges."""

from typing import Any

from tests.reference.rows.row import Row, graph, llm, once, tokens


def talk(after_tokens: int, first_output_ms: float) -> list[dict[str, Any]]:
    """A language model whose tokens are spoken while it still decodes, and lips that follow."""
    speak = {"stage": "think", "stream": True, "after_tokens": after_tokens}
    return [
        graph(
            "npc",
            {"name": "think", "model": "llm", **tokens(2, 5)},
            {
                "name": "speak",
                "model": "tts",
                "after": [speak],
                "slices_per_tokens": 2,
                "first_output_deadline_ms": first_output_ms,
            },
            {
                "name": "lips",
                "model": "face",
                "after": [{"stage": "speak", "stream": True}],
                "slices_per_tokens": 1,
            },
        )
    ]


TALK: dict[str, Any] = {
    "backends": ["gpu", "cpu", "npu"],
    "models": {"llm": {"gpu": llm(1, 1)}, "tts": {"cpu": 3}, "face": {"npu": 2}},
}


STREAMED_ROWS = [
    Row(
        "a streamed stage runs while its predecessor decodes",
        "Tokens at 2, 3, 4, 5, 6; ceil(5 / 2) = 3 inferences need 2, 4 and 5; lips follow each. "
        "The first audio is there at 6, its deadline.",
        TALK,
        talk(1, 6),
        "fcfs",
        "npc 0 met | think: gpu 0-2* gpu 2-3 gpu 3-4 gpu 4-5 gpu 5-6; "
        "speak: cpu 3-6 cpu 6-9 cpu 9-12; lips: npu 6-8 npu 9-11 npu 12-14",
    ),
    Row(
        "after_tokens holds the first inference back, and a late first output makes the job late",
        "The first inference needs 3 tokens: 4-7, one after the deadline of the first audio.",
        TALK,
        talk(3, 6),
        "fcfs",
        "npc 0 late | think: gpu 0-2* gpu 2-3 gpu 3-4 gpu 4-5 gpu 5-6; "
        "speak: cpu 4-7 cpu 7-10 cpu 10-13; lips: npu 7-9 npu 10-12 npu 13-15",
    ),
    Row(
        "remaining work over a streamed edge is the maximum, not the sum",
        "think 6, speak 9: early-drop keeps the job with 12 left at 0, and at 3, 6 and 9.",
        TALK,
        [
            graph(
                "npc",
                {"name": "think", "model": "llm", **tokens(2, 5)},
                {
                    "name": "speak",
                    "model": "tts",
                    "after": [{"stage": "think", "stream": True}],
                    "slices_per_tokens": 2,
                },
                deadline_ms=12,
            )
        ],
        "fcfs/first-idle/early-drop",
        "npc 0 met | think: gpu 0-2* gpu 2-3 gpu 3-4 gpu 4-5 gpu 5-6; "
        "speak: cpu 3-6 cpu 6-9 cpu 9-12",
    ),
    Row(
        "llf counts the work until a first output over a streamed edge",
        "First audio: 20 - max(3, prefill 2 + decode 1) = 17, after Q: 20.5 - 4 = 16.5.",
        {**TALK, "models": {**TALK["models"], "q": {"gpu": 4}}},
        [
            graph(
                "npc",
                {"name": "think", "model": "llm", **tokens(2, 4)},
                {
                    "name": "speak",
                    "model": "tts",
                    "after": [{"stage": "think", "stream": True}],
                    "slices_per_tokens": 2,
                    "first_output_deadline_ms": 20,
                },
                deadline_ms=30,
            ),
            once("Q", "q", deadline_ms=20.5),
        ],
        "llf/first-idle",
        """
        npc 0 met | think: gpu 4-6* gpu 6-7 gpu 7-8 gpu 8-9; speak: cpu 7-10 cpu 10-13
        Q   0 met | Q: gpu 0-4
        """,
    ),
    Row(
        "fcfs-slice: a streamed inference is ready when its tokens are there",
        "Inference 2 needs the token of 6, Q came at 5: at 8 Q goes first.",
        {
            "backends": ["gpu", "cpu"],
            "models": {
                "llm": {"gpu": llm(1, 4)},
                "tts": {"cpu": 1},
                "q": {"cpu": 2},
                "r": {"cpu": "3.5"},
            },
        },
        [
            graph(
                "npc",
                {"name": "think", "model": "llm", **tokens(2, 2)},
                {
                    "name": "speak",
                    "model": "tts",
                    "after": [{"stage": "think", "stream": True}],
                    "slices_per_tokens": 1,
                },
            ),
            once("R", "r", 4.5),
            once("Q", "q", 5),
        ],
        "fcfs-slice/first-idle",
        """
        npc 0 met | think: gpu 0-2* gpu 2-6; speak: cpu 2-3 cpu 10-11
        R   0 met | R: cpu 4.5-8
        Q   0 met | Q: cpu 8-10
        """,
    ),
    Row(
        "llf: a stage's own predecessors do not count in its work",
        "At 4 speak: 14 - 3 = 11, after Q: 13 - 3 = 10; with think's rest of 6 it would be 8.",
        {
            "backends": ["gpu", "cpu"],
            "models": {"llm": {"gpu": llm(1, 2)}, "tts": {"cpu": 1}, "q": {"cpu": 3}},
        },
        [
            once("Q", "q", 4, deadline_ms=9),
            graph(
                "npc",
                {"name": "think", "model": "llm", **tokens(2, 5)},
                {
                    "name": "speak",
                    "model": "tts",
                    "after": [{"stage": "think", "stream": True}],
                    "slices_per_tokens": 2,
                    "deadline_ms": 14,
                },
            ),
        ],
        "llf/first-idle",
        "npc 0 met | think: gpu 0-2* gpu 2-4 gpu 4-6 gpu 6-8 gpu 8-10; "
        "speak: cpu 7-8 cpu 8-9 cpu 10-11\n"
        "Q   0 met | Q: cpu 4-7",
    ),
    Row(
        "a first output that exists no longer hurries the stages before it",
        "At 2 the audio is there: think is due at 60 from then on, and Q at 15.",
        {
            "backends": ["npu", "gpu"],
            "models": {"llm": {"npu": llm(1, 1)}, "tts": {"gpu": 1}, "q": {"npu": 2}},
        },
        [
            once("Q", "q", deadline_ms=15),
            graph(
                "npc",
                {"name": "think", "model": "llm", **tokens(1, 4)},
                {
                    "name": "speak",
                    "model": "tts",
                    "after": [{"stage": "think", "stream": True}],
                    "slices_per_tokens": 1,
                    "first_output_deadline_ms": 6,
                },
                deadline_ms=60,
            ),
        ],
        "edf/first-idle",
        "Q   0 met | Q: npu 2-4\n"
        "npc 0 met | think: npu 0-1* npu 1-2 npu 4-5 npu 5-6; "
        "speak: gpu 1-2 gpu 2-3 gpu 5-6 gpu 6-7",
    ),
    Row(
        "the first output of a streamed stage needs all of its tokens",
        "Prefill 2 + decode 1 for two tokens: 3 from 0 on, but at 2 not before 5, after 4.5.",
        {
            "backends": ["gpu", "cpu"],
            "models": {"llm": {"gpu": llm(1, 1)}, "tts": {"cpu": 1}, "block": {"gpu": 2}},
        },
        [
            once("block", "block"),
            graph(
                "npc",
                {"name": "think", "model": "llm", **tokens(2, 4)},
                {
                    "name": "speak",
                    "model": "tts",
                    "after": [{"stage": "think", "stream": True}],
                    "slices_per_tokens": 2,
                    "first_output_deadline_ms": 4.5,
                },
            ),
        ],
        "fcfs/first-idle/early-drop",
        """
        block 0 met     | block: gpu 0-2
        npc   0 dropped | think: -; speak: -
        """,
    ),
]
