"""The examples of docs/formats.md are real files."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path

from emulator import simulate

PAGE = Path(__file__).parents[2] / "docs" / "formats.md"


def blocks() -> list[dict[str, object]]:
    """The TOML examples of the page, in order."""
    found = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [tomllib.loads(text, parse_float=Decimal) for text in found]


def test_the_smallest_application_runs_on_the_smallest_chip() -> None:
    """Its frames, its audio and its answers all come out."""
    chip, application, _ = blocks()
    run = simulate(chip, application, "edf", duration_s=30)

    finished = {job.stream for job in run.jobs if job.finish_ns is not None}
    assert finished == {"camera", "microphone", "assistant"}


def test_the_character_runs_on_a_bundled_profile() -> None:
    """The example of stages needs nothing that the default profile does not have."""
    _, _, character = blocks()
    run = simulate("ryzen-ai-9-hx-370", character, "edf", duration_s=60)

    assert {stage.outcome for job in run.jobs for stage in job.stages} == {"met"}
