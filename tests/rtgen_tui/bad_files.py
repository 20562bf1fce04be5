"""Files that are wrong in one way each, for the table of bad calls."""

import os
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).parents[2]
PROFILE: Final = "profiles/ryzen-ai-9-hx-370.toml"
SCENARIO: Final = "scenarios/video-call.toml"


def stream(*lines: str) -> str:
    """A scenario of one stream with these lines."""
    return "\n".join(("[[streams]]", 'name = "x"', *lines))


def frames(*lines: str) -> str:
    """A scenario of one stream of frames at 30 Hz with these lines."""
    return stream('model = "mediapipe-selfie"', "rate_hz = 30", *lines)


def chat(*lines: str) -> str:
    """A scenario of one stream that asks a language model, with these lines."""
    return stream('model = "llama-3.2-1b"', "rate_hz = 1", *lines)


def cost(*lines: str) -> str:
    """A profile of one model on one backend, with these lines."""
    return "\n".join(('backends = ["cpu"]', "[models.m.cpu]", *lines))


NEITHER: Final = {
    "neither.toml": "a = 1",
    "empty.toml": "",
    "syntax.toml": "x = \ny = 1",
    "json.toml": '{"streams": []}',
    "yaml.toml": "streams:\n  - name: x\n",
    "twice.toml": frames("rate_hz = 60"),
    "deep.toml": "x = " + "[" * 3000,
    "dotted.toml": "a" + ".a" * 3000 + " = 1",
    "digits.toml": frames("jitter_ms = " + "9" * 5000),
}
SCENARIOS: Final = {
    "bracket.toml": '[streams]\nname = "x"\nmodel = "m"\nrate_hz = 1',
    "key.toml": frames("dedline_ms = 3"),
    "rate.toml": stream('model = "m"', "rate = 30"),
    "fps.toml": stream('model = "m"', "fps = 30"),
    "priority.toml": frames("priority = 1"),
    "policy.toml": frames('policy = "edf"'),
    "unit.toml": frames('deadline_ms = "33 ms"'),
    "date.toml": frames("deadline_ms = 2026-01-01"),
    "infinite.toml": frames("deadline_ms = inf"),
    "negative.toml": frames("jitter_ms = -1"),
    "late.toml": frames("late = true"),
    "percent.toml": frames('probability = "50%"'),
    "model.toml": stream('model = "mediapipe-selfi"', "rate_hz = 30"),
    "no-model.toml": stream("rate_hz = 30"),
    "no-rate.toml": stream('model = "mediapipe-selfie"'),
    "tokens.toml": chat(),
    "no-tokens.toml": chat("prompt_tokens = 0", "output_tokens = 9"),
    "vision-tokens.toml": frames("prompt_tokens = 3", "output_tokens = 9"),
    "on.toml": frames('on = ["NPU"]'),
    "escape.toml": '[[streams]]\nname = "a\\u001b[31mb"\nmodel = "m"\nrate_hz = 30',
    "bidi.toml": '[[streams]]\nname = "\u202ea"\nmodel = "m"\nrate_hz = 30',
    "names.toml": f"{frames()}\n{frames()}",
    "circle.toml": stream(
        "rate_hz = 1",
        '[[streams.stages]]\nname = "a"\nmodel = "m"\nafter = ["b"]',
        '[[streams.stages]]\nname = "b"\nmodel = "m"\nafter = ["a"]',
    ),
    "after.toml": stream(
        "rate_hz = 1",
        '[[streams.stages]]\nname = "listen"\nmodel = "m"',
        '[[streams.stages]]\nname = "think"\nmodel = "m"\nafter = ["lisen"]',
    ),
    "profile.toml": f'profile = "rizen-ai-9-hx-370"\n{frames()}',
    "trace.toml": stream('model = "m"', 'arrival = {process = "trace", file = "t.csv"}'),
    "no-trace.toml": stream('model = "m"', 'arrival = {process = "trace", file = "u.csv"}'),
    "device.toml": stream('model = "m"', 'arrival = {process = "trace", file = "pipe.toml"}'),
    "poisson.toml": stream('model = "m"', 'arrival = {process = "poison", rate_hz = 1}'),
}
PROFILES: Final = {
    "format.toml": 'format = 2\nbackends = ["cpu"]\n[models.m]\ncpu = 1',
    "backend.toml": 'backends = ["cpu"]\n[models.m]\ncpuu = 1',
    "table.toml": '[backends]\nname = "cpu"\n[models.m]\ncpu = 1',
    "no-backends.toml": "[models.m]\ncpu = 1",
    "no-models.toml": 'backends = ["cpu"]',
    "kind.toml": '[[backends]]\nname = "cpu"\nkind = "tpu"\n[models.m]\ncpu = 1',
    "two.toml": 'backends = ["cpu", "cpu"]\n[models.m]\ncpu = 1',
    "both.toml": f'backends = ["cpu"]\n[models.m]\ncpu = 1\n{frames()}',
    "latency.toml": cost("latency = 3"),
    "milliseconds.toml": cost('latency_ms = "12ms"'),
    "zero.toml": cost("latency_ms = 0"),
    "p99.toml": cost("latency_ms = 3", "p99_ms = 2"),
    "basis.toml": cost("latency_ms = 3", 'basis = "guess"'),
    "dispatch.toml": cost("latency_ms = 3", "dispatch_us = 60"),
    "mixed.toml": cost("latency_ms = 3", "decode_ms = 1"),
    "curve.toml": cost("prefill_tokens_per_s = [[10, 10], [20, 30]]", "decode_ms = 1"),
    "noise.toml": cost("latency_ms = 3", 'noise = "gauss"'),
    "memory.toml": cost("latency_ms = 3", "[memory]", "bandwith_gb_s = 3"),
}


def write_files(folder: Path) -> None:
    """All of them, and some that are no files or no text."""
    for name, text in {**NEITHER, **SCENARIOS, **PROFILES}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "binary.toml").write_bytes(b"\x00\xff\xfe")
    (folder / "utf16.toml").write_bytes("[[streams]]".encode("utf-16"))
    (folder / "huge.toml").write_bytes(b"#" * 9_000_000)
    (folder / "t.csv").write_text("t_ms\n5\n")
    (folder / "dir.toml").mkdir()
    (folder / "loop.toml").symlink_to("loop.toml")
    os.mkfifo(folder / "pipe.toml")
    for shared in ("profiles", "scenarios"):
        (folder / shared).symlink_to(REPOSITORY / shared)
