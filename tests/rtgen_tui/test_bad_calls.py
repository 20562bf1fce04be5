"""What the user got wrong: one sentence on stderr that says what would be right, exit code 2."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from tests.rtgen_tui.bad_files import PROFILE, SCENARIO, write_files
from tests.rtgen_tui.one_sentence import assert_one_sentence

CHIP: Final = "ryzen-ai-9-hx-370"
SEEDS: Final = "-9223372036854775808 to 18446744073709551615"

Row: TypeAlias = tuple[str, Sequence[str]]
"""A call, and the words that its sentence must have: file or option, key, what would be right."""

PROGRAM: list[Row] = [
    ("rnu", ["'rnu'", "'run'"]),
    ("--verion", ["--verion", "--version"]),
    ("-x", ["-x", "--help"]),
    ("--help=1", ["--help", "does not take a value"]),
]
RUN: list[Row] = [
    ("run", ["SCENARIO", "run --help"]),
    ("run nope", ["scenario 'nope'", "video-call"]),
    ("run ''", ["scenario ''", "video-call"]),
    ("run vide-call", ["'vide-call'", "'video-call'"]),
    ("run VIDEO-CALL", ["'VIDEO-CALL'", "'video-call'"]),
    ("run 'video call'", ["'video call'", "'video-call'"]),
    ("run video-call extra", ["extra", "run --help"]),
    ("run ../nope", ["../nope", "does not exist"]),
    ("run video-call --sed 3", ["--sed", "--seed"]),
    ("run video-call --json=yes", ["--json", "does not take a value"]),
    ("run video-call --seed", ["--seed", "argument"]),
    ("run video-call --seed x", ["--seed", "'x'", "whole number"]),
    ("run video-call --seed 1e3", ["--seed", "'1e3'", SEEDS]),
    ("run video-call --seed ''", ["--seed", "''", SEEDS]),
    ("run video-call --seed 18446744073709551616", ["--seed", SEEDS]),
    ("run video-call --duration 5d", ["--duration", "'5d'", "2m"]),
    ("run video-call --duration -5", ["--duration", "'-5'", "2m"]),
    ("run video-call --duration nan", ["--duration", "'nan'", "2m"]),
    ("run video-call --duration 0", ["--duration", "from 1 ns"]),
    ("run video-call --duration 0.0000000001", ["--duration", "from 1 ns"]),
    ("run video-call --duration 9999h", ["--duration", "115 days", "'9999h'"]),
    ("run video-call --speed 1000", ["--speed", "0.1 to 100", "'1000'"]),
    ("run video-call --speed nan", ["--speed", "0.1 to 100", "'nan'"]),
    ("run video-call --fps zwölf", ["--fps", "1 to 30"]),
    ("run video-call --fps 31", ["--fps", "1 to 30", "'31'"]),
    ("run video-call --dashboard", ["--dashboard", "--headless"]),
    ("run video-call --dashboard --json", ["--json", "--dashboard"]),
    ("run video-call --dashboard --no-noise", ["--no-noise", "--dashboard"]),
    ("run video-call --dashboard --scores", ["--scores", "--dashboard"]),
    ("run video-call --policy fcsf", ["policy 'fcsf'", "'fcfs'"]),
    ("run video-call --policy EDF", ["policy 'EDF'", "'edf'"]),
    ("run video-call --policy ''", ["policy ''", "fcfs, static, edf"]),
    ("run video-call --policy mine.py:Mine", ["policy mine.py:Mine", "there is no such file"]),
    ("run video-call --policy /", ["'/'", "fcfs-slice"]),
    ("run video-call --policy edf/earliest-finsh", ["'earliest-finsh'", "'earliest-finish'"]),
    ("run video-call --policy edf/affinity/drop", ["'drop'", "drop-late"]),
    ("run video-call --policy edf/affinity/keep/chunk-0", ["'chunk-0'", "chunk-N"]),
    ("run video-call --policy edf/affinity/keep/whole/x", ["more than four", "granularity"]),
    ("run video-call --profile ''", ["--profile", "a name or a path"]),
    ("run video-call --profile ryzen-ai-9-hx-37", [f"'{CHIP}'"]),
    ("run video-call --profile missing/chip.toml", ["missing/chip.toml", "does not exist"]),
    ("run video-call --profile xrbench-4k", ["'blur'", "'mediapipe-selfie'", "es-ritnet"]),
    (f"run video-call --profile {SCENARIO}", [SCENARIO, "'streams'", "scenario"]),
    (f"run {PROFILE}", [PROFILE, "profile"]),
]
UNREADABLE: list[Row] = [
    ("run dir.toml", ["dir.toml", "folder"]),
    ("run binary.toml", ["binary.toml", "UTF-8"]),
    ("run utf16.toml", ["utf16.toml", "UTF-8"]),
    ("run huge.toml", ["huge.toml", "larger than"]),
    ("run pipe.toml", ["pipe.toml", "not a regular file"]),
    ("run loop.toml", ["loop.toml", "symbolic links"]),
    ("run syntax.toml", ["syntax.toml", "line 1"]),
    ("run json.toml", ["json.toml", "not valid TOML", "line 1"]),
    ("run yaml.toml", ["yaml.toml", "not valid TOML", "line 1"]),
    ("run twice.toml", ["twice.toml", "not valid TOML", "a key is there twice"]),
    ("run deep.toml", ["deep.toml", "nested too deeply"]),
    ("run dotted.toml", ["dotted.toml", "dotted key", "line 1"]),
    ("run digits.toml", ["digits.toml", "more than 4,300 digits"]),
    ("run empty.toml", ["empty.toml", "[[streams]]"]),
]
SCENARIOS: list[Row] = [
    ("run bracket.toml", ["bracket.toml", "streams", "[[streams]]"]),
    ("run key.toml", ["key.toml", "'dedline_ms'", "'deadline_ms'"]),
    ("run rate.toml", ["rate.toml", "stream 'x'", "'rate'", "'rate_hz'"]),
    ("run fps.toml", ["fps.toml", "stream 'x'", "'fps'", "'rate_hz'"]),
    ("run priority.toml", ["priority.toml", "'priority'", "decided by the policy"]),
    ("run policy.toml", ["policy.toml", "'policy'", "when a run is started"]),
    ("run unit.toml", ["unit.toml", "deadline_ms", "'33 ms'", "a number such as 30"]),
    ("run date.toml", ["date.toml", "deadline_ms", "a number such as 30", "a date"]),
    ("run infinite.toml", ["infinite.toml", "deadline_ms", "a number such as 30"]),
    ("run negative.toml", ["negative.toml", "jitter_ms", "at least 0, not -1"]),
    ("run late.toml", ["late.toml", "late", "'keep' or 'drop'", "true"]),
    ("run percent.toml", ["percent.toml", "probability", "'50%'"]),
    ("run model.toml", ["'mediapipe-selfi'", "'mediapipe-selfie'"]),
    ("run no-model.toml", ["no-model.toml", "model", "a stream names the model"]),
    ("run no-rate.toml", ["no-rate.toml", "stream 'x'", "rate_hz, period_ms, arrival"]),
    ("run tokens.toml", ["prompt_tokens", "llama-3.2-1b"]),
    ("run no-tokens.toml", ["no-tokens.toml", "prompt_tokens", "from 1 to 1000000"]),
    ("run vision-tokens.toml", ["'vision-tokens'", "'x'", "prompt_tokens", "mediapipe-selfie"]),
    ("run on.toml", ["stream 'x'", "on:", "'NPU'", "'npu'"]),
    ("run escape.toml", ["escape.toml", "name", "printable"]),
    ("run bidi.toml", ["bidi.toml", "name", "printable"]),
    ("run names.toml", ["names.toml", "streams", "two streams", "'x'"]),
    ("run circle.toml", ["circle.toml", "stages", "'a' -> 'b' -> 'a'"]),
    ("run after.toml", ["after.toml", "'think'", "'lisen'", "'listen'"]),
    ("run profile.toml", ["'rizen-ai-9-hx-370'", f"'{CHIP}'"]),
    ("run trace.toml", ["trace.toml", "arrival.file", "t.csv", "'arrival_ms'", "'t_ms'"]),
    ("run no-trace.toml", ["no-trace.toml", "arrival.file", "'u.csv'", "does not exist"]),
    ("run device.toml", ["device.toml", "arrival.file", "not a regular file"]),
    ("run poisson.toml", ["poisson.toml", "arrival.process", "poisson", "'poison'"]),
]
COMPARE: list[Row] = [
    ("compare", ["which scenario", "--all-scenarios"]),
    ("compare game-npcs", ["'game-npcs'", "'game-npc'"]),
    ("compare game-npc video-call", ["video-call", "compare --help"]),
    ("compare game-npc --all-scenarios", ["'game-npc'", "--all-scenarios", "not both"]),
    (f"compare game-npc --profile {CHIP} --all-profiles", ["--profile", "not both"]),
    ("compare game-npc --all-profile", ["--all-profile", "--all-profiles"]),
    ("compare game-npc --no-flip", ["--no-flip", "--no-flips"]),
    ("compare game-npc --seeds 0", ["--seeds", "whole number from 1 to 10000", "'0'"]),
    ("compare game-npc --seeds 10001", ["--seeds", "from 1 to 10000", "'10001'"]),
    ("compare game-npc --seeds 1.5", ["--seeds", "whole number", "'1.5'"]),
    ("compare game-npc --jobs 0", ["--jobs", "whole number from 1 to 1024", "'0'"]),
    ("compare game-npc --jobs all", ["--jobs", "whole number", "'all'"]),
    ("compare game-npc --duration soon", ["--duration", "'soon'", "2m"]),
    ("compare game-npc --policies edf", ["policies", "at least two", "edf"]),
    ("compare game-npc --policies ''", ["--policies", "''", "comma"]),
    ("compare game-npc --policies fcfs,", ["--policies", "'fcfs,'", "comma"]),
    ("compare game-npc --policies edf,edf", ["policies", "edf", "twice"]),
    ("compare game-npc --policies fcfs,edff", ["policy 'edff'", "'edf'"]),
    ("compare game-npc --profile nope", ["profile 'nope'", CHIP]),
    ("compare game-npc --profile zero.toml", ["zero.toml", "models.m.cpu.latency_ms", "above 0"]),
    ("compare game-npc --profile xrbench-4k", ["'game-npc'", "'xrbench-4k'", "es-ritnet"]),
    ("compare rate.toml", ["rate.toml", "'rate'", "'rate_hz'"]),
]
LIST_AND_SCHEMA: list[Row] = [
    ("list profile", ["'profile'", "'profiles'"]),
    ("list Policies", ["'Policies'", "'policies'"]),
    ("list models", ["'models'", "profiles, scenarios, policies"]),
    ("list policies twice", ["twice", "list --help"]),
    ("list --jsn", ["--jsn", "--json"]),
    ("schema", ["KIND", "schema --help"]),
    ("schema scenarios", ["'scenarios'", "'scenario'"]),
    ("schema policy", ["'policy'", "profile, scenario"]),
    ("schema profile twice", ["twice", "schema --help"]),
]
SHOW: list[Row] = [
    ("show", ["profile NAME", "scenario NAME", "policy NAME"]),
    ("new", ["new: say what", "policy FILE"]),
    ("config", ["config: say what", "path, show, init or schema"]),
    ("show profil x", ["'profil'", "'profile'"]),
    ("show profile", ["NAME", "show profile --help"]),
    ("show profile rizen-ai-9-hx-370", [f"'{CHIP}'"]),
    ("show profile basis.toml", ["basis.toml", "models.m.cpu.basis", "'estimated'", "'guess'"]),
    (f"show profile {CHIP} --model llama-3.2-1", ["model", "'llama-3.2-1b'"]),
    (f"show profile {CHIP} --scenario video-cal", ["'video-cal'", "'video-call'"]),
    (f"show profile {CHIP} --scenario xr-vr-gaming", ["'xr-vr-gaming'", "made for 'xrbench-4k'"]),
    (f"show profile {CHIP} --policy edff", ["policy 'edff'", "'edf'"]),
    (f"show profile {CHIP} --model sesr --policy edf", ["--model", "--scenario", "--policy"]),
    ("show scenario video-cal", ["'video-cal'", "'video-call'"]),
    ("show scenario video-call --profile nope", ["profile 'nope'", CHIP]),
    (f"show scenario model.toml --profile {CHIP}", ["'mediapipe-selfi'", "'mediapipe-selfie'"]),
    ("show policy edf/x", ["'x'", "earliest-finish"]),
    ("show policy edff", ["policy 'edff'", "'edf'"]),
]
VALIDATE: list[Row] = [
    ("validate", ["FILE", "validate --help"]),
    ("validate ''", ["FILE", "a name or a path"]),
    ("validate missing.toml", ["missing.toml", "does not exist"]),
    ("validate dir.toml", ["dir.toml", "folder"]),
    ("validate neither.toml", ["neither.toml", "[[backends]]", "[[streams]]"]),
    ("validate empty.toml", ["empty.toml", "[[backends]]", "[[streams]]"]),
    ("validate both.toml", ["both.toml", "'streams'", "belongs in a scenario"]),
    ("validate format.toml", ["format.toml", "format 2", "format 1"]),
    ("validate backend.toml", ["backend.toml", "'cpuu'", "'cpu'"]),
    ("validate table.toml", ["table.toml", "backends", "[[backends]]"]),
    ("validate no-backends.toml", ["no-backends.toml", "backends", '["npu", "gpu", "cpu"]']),
    ("validate no-models.toml", ["no-models.toml", "models", "[models.blur]"]),
    ("validate kind.toml", ["kind.toml", "backend 'cpu'", "kind", "'cpu', 'gpu' or 'npu'"]),
    ("validate two.toml", ["two.toml", "backends", "two backends", "'cpu'"]),
    ("validate latency.toml", ["latency.toml", "models.m.cpu", "'latency'", "'latency_ms'"]),
    ("validate milliseconds.toml", ["milliseconds.toml", "latency_ms", "'12ms'", "such as 30"]),
    ("validate p99.toml", ["p99.toml", "p99_ms", "below the median"]),
    ("validate dispatch.toml", ["dispatch.toml", "'dispatch_us'", "a backend"]),
    ("validate mixed.toml", ["mixed.toml", "models.m.cpu", "prefill or decode"]),
    ("validate curve.toml", ["curve.toml", "prefill_tokens_per_s", "20 tokens at 30"]),
    ("validate noise.toml", ["noise.toml", "noise", '"exponential"', "'gauss'"]),
    ("validate memory.toml", ["memory.toml", "'bandwith_gb_s'", "'bandwidth_gb_s'"]),
]
BAD: Final = [
    *PROGRAM,
    *RUN,
    *UNREADABLE,
    *SCENARIOS,
    *COMPARE,
    *LIST_AND_SCHEMA,
    *SHOW,
    *VALIDATE,
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file for each way to be wrong."""
    made = tmp_path_factory.mktemp("bad")
    write_files(made)
    return made


@pytest.mark.parametrize(("call", "words"), BAD, ids=[call for call, _ in BAD])
def test_bad_call_gets_one_sentence(
    call: str, words: Sequence[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, nothing on stdout, one line on stderr that says what and what would be right."""
    monkeypatch.chdir(folder)
    assert_one_sentence(call, words)
