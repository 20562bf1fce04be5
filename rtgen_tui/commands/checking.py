"""Claims on a session: a table of verdicts, and for each broken one when it broke and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from emulator.claims import Verdict, judge, parse
from emulator.claims.metrics import UNIT_NAMES
from emulator.claims.values import plain_value
from emulator.claims.waits import WaitStory
from emulator.claims.words import claim_words, reasons
from emulator.session.replayed import finished_run
from rtgen_tui import render
from rtgen_tui.commands import values
from rtgen_tui.commands.headless import progress
from rtgen_tui.exits import DIFFERENT, EndedError, note

HOLDS: Final = "✓ holds"
BROKEN: Final = "✗ broken"


def check_claims(file: str, claims: Sequence[str], *, as_json: bool) -> None:
    """Prints the verdicts.

    Raises:
        UserError: a claim that cannot be understood, or a file that cannot be read.
        EndedError: a claim is broken.
    """
    path = Path(values.some(file, "FILE"))
    parsed = [parse(claim) for claim in claims]  # a wrong claim is said before a long file is read
    with progress(f"reading {path.name}") as report:
        run = finished_run(path, report)
    verdicts = judge(parsed, run)
    if as_json:
        render.print_json(
            {
                "file": str(path),
                "holds": all(verdict.holds for verdict in verdicts),
                "claims": [_record(verdict) for verdict in verdicts],
                "problems": list(run.problems),
                "notes": list(run.notes),
            }
        )
    else:
        for problem in (*run.problems, *run.notes):
            note(f"{path}: {problem}")
        _print(verdicts)
    if not all(verdict.holds for verdict in verdicts):
        raise EndedError(DIFFERENT)


def _print(verdicts: Sequence[Verdict]) -> None:
    rows = [(each.claim.text, claim_words(each), _verdict(each)) for each in verdicts]
    columns = (
        render.Column("claim", wraps=True),
        *render.right("value"),
        render.Column("verdict"),
    )
    render.table(columns, rows)
    for verdict in verdicts:
        if not verdict.holds:
            render.heading(verdict.claim.text)
            for sentence in reasons(verdict):
                render.paragraph(sentence, indent=2)


def _verdict(verdict: Verdict) -> render.Cell:
    if verdict.holds:
        return render.styled(HOLDS, render.GOOD)
    return render.styled(BROKEN, render.BAD)


def _record(verdict: Verdict) -> dict[str, object]:
    claim, crossing = verdict.claim, verdict.crossing
    kind = claim.figure.metric.kind
    return {
        "claim": claim.text,
        "holds": verdict.holds,
        "value": plain_value(kind, verdict.value),
        "operator": claim.op,
        "bound": plain_value(kind, claim.bound),
        "unit": UNIT_NAMES[kind],
        "broken_first_s": None if crossing is None else crossing.first_ns / 1e9,
        "broken_since_s": None if crossing is None else crossing.since_ns / 1e9,
        "worst": None if verdict.worst is None else _worst(verdict.worst),
        "held_by_ms": {name: held_ns / 1e6 for name, held_ns in verdict.holders},
    }


def _worst(story: WaitStory) -> dict[str, object]:
    job, part = story.job, story.part
    return {
        "stream": job.stream,
        "job": job.index,
        "outcome": job.outcome,
        "cause": job.cause,
        "release_s": job.release_ns / 1e9,
        "deadline_ms": None
        if job.deadline_ns is None
        else (job.deadline_ns - job.release_ns) / 1e6,
        "took_ms": (story.end_ns - job.release_ns) / 1e6,
        "told_from_s": (job.release_ns if part is None else part.begin_ns) / 1e9,
        "told_until_s": (story.end_ns if part is None else part.end_ns) / 1e9,
        "waited_ms": story.waited_ns / 1e6,
        "waited_for": story.backend,
        "waited_before": story.stage,
        "ran_ms": story.ran_ns / 1e6,
        "slices": story.slices,
        "ran_on_ms": {name: ran_ns / 1e6 for name, ran_ns in story.ran_on},
        "behind_ms": {name: held_ns / 1e6 for name, held_ns in story.behind},
    }
