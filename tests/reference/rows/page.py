"""The worked example of the semantics page."""

from typing import Any

from tests.reference.rows.row import Row

PAGE_STREAMS = [
    {"name": "A", "model": "a", "period_ms": 10, "deadline_ms": 10},
    {"name": "B", "model": "b", "period_ms": 20, "deadline_ms": 12},
]


def page(b_on_gpu: float) -> dict[str, Any]:
    """The profile of the page's worked example."""
    return {
        "backends": ["npu", "gpu"],
        "models": {"a": {"npu": 6, "gpu": 9}, "b": {"npu": 5, "gpu": b_on_gpu}},
    }


PAGE_ROWS = [
    Row(
        "page, fastest idle",
        "A0 is due first and takes the NPU; of the idle backends only the GPU is left for B0.",
        page(7),
        PAGE_STREAMS,
        "edf/fastest-idle",
        """
        A 0 met | A: npu 0-6
        B 0 met | B: gpu 0-7
        A 1 met | A: npu 10-16
        """,
    ),
    Row(
        "page, earliest finish takes the slower backend now",
        "B0: NPU 6 + 5 = 11, GPU 0 + 7 = 7.",
        page(7),
        PAGE_STREAMS,
        "edf/earliest-finish",
        """
        A 0 met | A: npu 0-6
        B 0 met | B: gpu 0-7
        A 1 met | A: npu 10-16
        """,
    ),
    Row(
        "page, a finish equal to the deadline is met",
        "B0 on the GPU ends at 12, its deadline.",
        page(12),
        PAGE_STREAMS,
        "edf/fastest-idle",
        """
        A 0 met | A: npu 0-6
        B 0 met | B: gpu 0-12
        A 1 met | A: npu 10-16
        """,
    ),
    Row(
        "page, earliest finish waits on purpose",
        "B0: NPU 6 + 5 = 11 < 12. A1: NPU 11 + 6 = 17 < GPU 10 + 9 = 19.",
        page(12),
        PAGE_STREAMS,
        "edf/earliest-finish",
        """
        A 0 met | A: npu 0-6
        B 0 met | B: npu 6-11
        A 1 met | A: npu 11-17
        """,
    ),
]
