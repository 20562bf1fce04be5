"""Hand-made snapshots of a video call with a game character; all figures are invented."""

from typing import Final

from emulator.snapshot import (
    BackendView,
    LogLine,
    Pace,
    PolicyView,
    SliceView,
    Snapshot,
    StreamView,
)
from tests.rtgen_tui.stream_views_for_tests import (
    MS,
    T_NS,
    make_llm_stream,
    make_miss,
    make_stream,
    make_streams,
)

__all__ = [
    "HOSTILE_NAME",
    "MS",
    "T_NS",
    "empty_snapshot",
    "hostile_snapshot",
    "make_backends",
    "make_llm_stream",
    "make_log",
    "make_miss",
    "make_policies",
    "make_slices",
    "make_snapshot",
    "make_stream",
    "make_streams",
]

HOSTILE_NAME: Final = "[red]界界\x1b[2J\x1b]0;owned\x07[/]\u202e" + "長い名前" * 50
NAN: Final = float("nan")
HUGE: Final = 1e300


def make_backends() -> tuple[BackendView, ...]:
    """CPU at 41 %, GPU at 71 %, NPU at 97 %."""
    rows = (
        ("cpu", "8 cores", 0.41, 2),
        ("gpu", "Radeon 890M", 0.71, 3),
        ("npu", "XDNA 2", 0.97, 6),
    )
    return tuple(
        BackendView(
            name=name,
            kind=name,
            title=title,
            busy_last_second=busy,
            busy_window=busy - 0.05,
            busy_total=busy - 0.1,
            history=tuple(
                min(1.0, max(0.0, busy + ((number * 37 + queue * 11) % 29 - 14) / 100))
                for number in range(120)
            ),
            queue=queue,
            running=f"bg-blur#{4000 + queue}",
        )
        for name, title, busy, queue in rows
    )


def make_policies() -> tuple[PolicyView, ...]:
    """Five policies, the third active."""
    return (
        PolicyView("fcfs", "in order of release, first idle backend", False, 1, 62.0, 402, 4800),
        PolicyView("static", "each model where it is fastest alone", False, 1, 31.3, 90, 2400),
        PolicyView("edf", "earliest slice deadline, earliest finish", True, 2, 41.0, 60, 2857),
        PolicyView("llf", "least laxity, gives up hopeless jobs early", False, 0, 0.0, 0, 0),
        PolicyView("hybrid", "prefill and decode apart, real time first", False, 0, 0.0, 0, 0),
    )


def make_slices() -> tuple[SliceView, ...]:
    """200 ms of three backends; the last of each still runs."""
    start = T_NS - 200 * MS
    slices = [
        SliceView(2, 0, 4000 + k, "bg-blur", start + k * 33 * MS, start + (k * 33 + 6) * MS, False)
        for k in range(6)
    ]
    slices += [
        SliceView(
            2,
            1,
            405 + k,
            "eye-contact",
            start + (k * 33 + 7) * MS,
            start + (k * 33 + 16) * MS,
            k == 3,
        )
        for k in range(6)
    ]
    slices += [
        SliceView(
            2, 6, 7, "npc-dialogue", start + (k * 33 + 16) * MS, start + (k * 33 + 32) * MS, False
        )
        for k in range(6)
    ]
    slices += [
        SliceView(
            1, 3, 4010 + k, "super-res", start + (k * 40) * MS, start + (k * 40 + 37) * MS, k == 2
        )
        for k in range(4)
    ]
    slices.append(SliceView(1, 5, 2, "summary", start + 160 * MS, -1, False))
    slices += [
        SliceView(
            0,
            2,
            9000 + k,
            "noise-suppress",
            start + k * 10 * MS,
            start + k * 10 * MS + 1_200_000,
            False,
        )
        for k in range(20)
    ]
    slices.append(SliceView(0, 4, 27, "captions", start + 62 * MS, start + 69 * MS, False))
    return tuple(slices)


def make_log() -> tuple[LogLine, ...]:
    """One line of each kind, oldest first."""
    rows = (
        (121_000_000_000, "marker", -1, "second speaker joins"),
        (
            124_770_000_000,
            "error",
            -1,
            "policy my-policy raised ValueError; the run goes on under fcfs",
        ),
        (130_050_000_000, "stream", 6, "npc-dialogue started"),
        (133_620_000_000, "policy", -1, "fcfs → edf"),
        (
            133_900_000_000,
            "drop",
            3,
            "super-res #4018 dropped (early-drop) after 33.3 ms",
        ),
        (
            134_210_000_000,
            "miss",
            1,
            "eye-contact #412 52.1 ms > 33.3 ms, waited 41.0 ms behind captions on NPU",
        ),
    )
    return tuple(LogLine(seq, *row) for seq, row in enumerate(rows, 209))


def make_snapshot(**changes: object) -> Snapshot:
    """The whole example; keyword arguments replace fields."""
    snapshot = Snapshot(
        run=1,
        t_ns=T_NS,
        state="running",
        speed=1.0,
        pace=Pace(0.1, 0.4, 1.2, 1.0, True),
        scenario="video-call",
        profile="ryzen-ai-9-hx-370",
        profile_title="AMD Ryzen AI 9 HX 370 (Strix Point)",
        seed=42,
        policy="edf",
        window_s=10.0,
        bucket_s=0.5,
        backends=make_backends(),
        streams=make_streams(),
        policies=make_policies(),
        missed=430,
        known=25_490,
        window_missed=68,
        window_known=1884,
        violation_rate_mean=0.0154,
        miss_history=tuple(float((k * 7) % 5) for k in range(120)),
        tokens_per_s=21.4,
        token_history=tuple(15.0 + (k * 5) % 9 for k in range(120)),
        slices=make_slices(),
        swaps_ns=(T_NS - 88 * MS,),
        log=make_log(),
    )
    return snapshot._replace(**changes)  # type: ignore[arg-type]


def empty_snapshot() -> Snapshot:
    """A run in which nothing exists yet."""
    return make_snapshot(
        t_ns=0,
        backends=(),
        streams=(),
        policies=(),
        slices=(),
        swaps_ns=(),
        log=(),
        miss_history=(),
        token_history=(),
        missed=0,
        known=0,
        window_missed=0,
        window_known=0,
        violation_rate_mean=0.0,
        tokens_per_s=0.0,
        bucket_s=0.0,
    )


def hostile_snapshot(streams: int = 200) -> Snapshot:
    """Long names with escape sequences, markup and wide characters; 200 streams; odd numbers."""
    bad = HOSTILE_NAME
    backend = BackendView(bad, bad, bad, NAN, HUGE, -1.0, (NAN, -3.0, HUGE, 0.5), 10**18, bad)
    policies = [PolicyView(f"{k}{bad}", bad, k == 30, k, HUGE, 7, 3) for k in range(50)]
    slices = (
        SliceView(99, -7, 0, bad, T_NS, T_NS - 5, missed=True),
        SliceView(0, 10**9, 0, bad, -(10**18), -1, missed=True),
        SliceView(0, 1, 0, bad, T_NS + 10**18, T_NS + 2 * 10**18, missed=True),
    )
    return make_snapshot(
        state=bad, scenario=bad, profile=bad, profile_title=bad, policy=bad, speed=HUGE,
        seed=10**30, pace=Pace(NAN, NAN, NAN, NAN, keeps_pace=False),
        backends=(backend,) * 40, policies=tuple(policies), slices=slices,
        streams=tuple(_hostile_stream(number) for number in range(streams)),
        violation_rate_mean=NAN, miss_history=(NAN, HUGE, -HUGE), token_history=(HUGE,) * 500,
        tokens_per_s=HUGE, swaps_ns=(0, T_NS, T_NS + 10**15),
        log=tuple(LogLine(seq, T_NS, bad, seq, bad) for seq in range(300)),
    )  # fmt: skip


def _hostile_stream(number: int) -> StreamView:
    bad = HOSTILE_NAME
    miss = make_miss(
        stage=bad, backend=bad, outcome=bad, reason=bad, cause=bad, response_ms=HUGE,
        waited_ms=NAN, behind=((bad, HUGE),) * 9,
    )  # fmt: skip
    return make_stream(
        number, f"{number}{bad}", state=bad if number % 3 else "miss", phase=bad, backend=bad,
        rate_hz=HUGE, target_hz=NAN, deadline_ms=-1.0, p50_ms=NAN, p95_ms=HUGE, window_missed=5,
        frame_gap_p99_ms=HUGE if number % 2 else NAN, longest_freeze_ms=NAN if number % 3 else HUGE,
        window_known=0, missed=10**20, known=1, tokens_per_s=NAN, ttft_p50_ms=HUGE,
        tpot_p50_ms=NAN, llm_targets_met=10**19, llm_targets_known=number % 4,
        llm_job=10**12, llm_tokens=10**9, llm_total=3, last_miss=miss,
    )  # fmt: skip
