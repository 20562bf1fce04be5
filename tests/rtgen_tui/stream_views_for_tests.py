"""Hand-made streams and misses for tests; all figures are invented."""

from typing import Final

from emulator.snapshot import MissView, StreamView

T_NS: Final = 134_300_000_000
MS: Final = 1_000_000


def make_miss(**changes: object) -> MissView:
    """An avoidable miss of stream ``eye-contact``."""
    miss = MissView(
        job=412,
        t_ns=134_210_000_000,
        stage="eye-contact",
        backend="npu",
        outcome="late",
        reason="",
        cause="avoidable",
        response_ms=52.1,
        deadline_ms=33.3,
        waited_ms=41.0,
        ran_ms=9.4,
        behind=(("captions", 38.2), ("bg-blur", 2.8)),
    )
    return miss._replace(**changes)  # type: ignore[arg-type]


def make_stream(index: int = 0, name: str = "bg-blur", **changes: object) -> StreamView:
    """A healthy 30 fps stream."""
    stream = StreamView(
        index=index,
        name=name,
        state="ok",
        phase="run",
        backend="npu",
        rate_hz=30.0,
        target_hz=30.0,
        deadline_ms=33.3,
        p50_ms=6.1,
        p95_ms=11.9,
        frame_gap_p99_ms=35.0,
        window_missed=0,
        window_known=300,
        missed=0,
        known=4018,
        dropped=0,
        in_flight=1,
        tokens_per_s=None,
        ttft_p50_ms=None,
        tpot_p50_ms=None,
        llm_targets_met=0,
        llm_targets_known=0,
        llm_job=-1,
        llm_tokens=0,
        llm_total=0,
        longest_streak=0,
        longest_freeze_ms=36.7,
        last_miss=None,
    )
    return stream._replace(**changes)  # type: ignore[arg-type]


def make_llm_stream(index: int = 6, name: str = "npc-dialogue", **changes: object) -> StreamView:
    """A game character in the middle of answer 7."""
    stream = make_stream(
        index,
        name,
        phase="decode",
        rate_hz=0.1,
        target_hz=None,
        deadline_ms=800.0,
        p50_ms=410.0,
        p95_ms=640.0,
        frame_gap_p99_ms=9200.0,
        window_known=2,
        known=7,
        tokens_per_s=21.4,
        ttft_p50_ms=312.0,
        tpot_p50_ms=44.6,
        llm_targets_met=8,
        llm_targets_known=9,
        longest_freeze_ms=14_200.0,
        llm_job=7,
        llm_tokens=34,
        llm_total=60,
    )
    return stream._replace(**changes)  # type: ignore[arg-type]


# fmt: off
_ROWS: Final = (
    # name, state, backend, rate, target, deadline, p50, p95, missed and known in the window, in all
    ("bg-blur", "ok", "npu", 30.0, 30.0, 33.3, 6.1, 11.9, 0, 300, 0, 4018),
    ("eye-contact", "late", "npu", 29.8, 30.0, 33.3, 9.4, 31.0, 7, 300, 18, 4012),
    ("noise-suppress", "ok", "cpu", 100.0, 100.0, 10.0, 1.2, 2.2, 0, 1000, 0, 13_430),
    ("super-res", "miss", "gpu", 27.1, 30.0, 33.3, 24.8, 39.7, 61, 280, 412, 3996),
    ("captions", "ok", "cpu", 0.2, 0.2, 5000.0, 610.0, 702.0, 0, 2, 0, 27),
    ("summary", "ok", "gpu", 0.1, None, None, 14_200.0, 14_900.0, 0, 0, 0, 0),
    ("npc-dialogue", "ok", "npu", 0.1, None, 800.0, 410.0, 640.0, 0, 2, 0, 7),
    ("tts", "idle", "", 0.0, None, 33.3, None, None, 0, 0, 0, 0),
)
# fmt: on
_GAPS: Final = (
    # frame gap p99, longest freeze
    *((35.0, 36.7), (66.7, 166.7), (11.3, 12.9), (73.1, 1240.0), (5010.0, 5060.0)),
    *((None, None), (9200.0, 14_200.0), (None, None)),
)
_FIELDS: Final = (
    *("state", "backend", "rate_hz", "target_hz", "deadline_ms", "p50_ms", "p95_ms"),
    *("window_missed", "window_known", "missed", "known"),
)


def make_streams() -> tuple[StreamView, ...]:
    """Eight streams in all states but ``stopped``."""
    streams = [
        make_stream(
            index,
            str(name),
            frame_gap_p99_ms=gap_ms,
            longest_freeze_ms=freeze_ms,
            **dict(zip(_FIELDS, values, strict=True)),
        )
        for index, ((name, *values), (gap_ms, freeze_ms)) in enumerate(
            zip(_ROWS, _GAPS, strict=True)
        )
    ]
    streams[1] = streams[1]._replace(longest_streak=4, last_miss=make_miss())
    given_up = make_miss(job=4018, outcome="dropped", reason="early-drop", cause="backlog")
    given_up = given_up._replace(
        backend="gpu", response_ms=33.3, waited_ms=33.3, ran_ms=0.0, behind=(("summary", 21.0),)
    )
    streams[3] = streams[3]._replace(dropped=27, longest_streak=9, last_miss=given_up)
    summary = streams[5]._replace(phase="prefill", llm_job=2, llm_total=180)
    streams[5] = summary._replace(tokens_per_s=0.0, ttft_p50_ms=312.0, tpot_p50_ms=44.6)
    streams[6] = make_llm_stream(6, "npc-dialogue")
    streams[7] = streams[7]._replace(phase="", in_flight=0)
    return tuple(streams)
