"""Verdicts in words: for the command line and for a failed test."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from emulator.claims.judge import Verdict
from emulator.claims.metrics import Kind
from emulator.claims.values import Value
from emulator.claims.waits import WaitStory

_NS_PER_MS: Final = 10**6
_NS_PER_S: Final = 10**9
_MAX_PLACES: Final = 9
_MAX_BEHIND: Final = 3
_CAUSES: Final = {
    "hopeless": "could not be met even alone on an idle chip",
    "backlog": "too late already when it was released",
    "avoidable": "another decision would have met it",
}


def value_words(kind: Kind, value: Value, beside: Value = None) -> str:
    """A value with its unit, with as many places as it takes to tell it from the one beside it."""
    if value is None:
        return "nothing measured"
    for places in range(1, _MAX_PLACES + 1):
        text = _number(kind, value, places)
        if beside is None or beside == value or text != _number(kind, beside, places):
            break
    return text


def claim_words(verdict: Verdict) -> str:
    """The value of a claim's figure."""
    claim = verdict.claim
    return value_words(claim.figure.metric.kind, verdict.value, claim.bound)


def reasons(verdict: Verdict) -> Iterator[str]:
    """When a broken claim broke and why, a sentence each; nothing for one that holds."""
    if verdict.holds:
        return
    if verdict.value is None:
        yield "there is nothing to measure: no job came so far"
    if verdict.crossing is not None:
        first, since = verdict.crossing
        later = f", for good since {seconds(since)}" if since != first else ""
        yield f"broken first at {seconds(first)}{later}"
    if verdict.worst is not None:
        yield from _story_words(verdict.worst, _worst_words(verdict))
    if verdict.holders:
        yield f"held by {_shares(verdict.holders)}"


def failure(verdicts: Sequence[Verdict], what: str) -> str:
    """The message of a failed test: what was claimed, what was measured, when it broke and why."""
    broken = [verdict for verdict in verdicts if not verdict.holds]
    lines = [f"{len(broken)} of {len(verdicts)} claims on {what} are broken"]
    if len(verdicts) == 1:
        lines = [f"a claim on {what} is broken"]
    for verdict in broken:
        lines.append(f"  claimed   {verdict.claim.text}")
        lines.append(f"  measured  {claim_words(verdict)}")
        lines += [f"            {sentence}" for sentence in reasons(verdict)]
    return "\n".join(lines)


def seconds(t_ns: int) -> str:
    """An instant to the millisecond."""
    return f"{t_ns / _NS_PER_S:,.3f} s"


def _worst_words(verdict: Verdict) -> str:
    value = verdict.worst_value
    return "" if value is None else f" {_number(verdict.claim.figure.metric.kind, value, 1)}"


def _story_words(story: WaitStory, value: str) -> Iterator[str]:
    job = story.job
    took = _ms(story.end_ns - job.release_ns)
    how = {
        "met": f"ended after {took}",
        "late": f"late, ended after {took}",
        "dropped": f"dropped ({job.reason}) after {took}",
        "running": f"still open after {took}",
        "skipped": "skipped",
    }[job.outcome]
    deadline = (
        "" if job.deadline_ns is None else f", deadline {_ms(job.deadline_ns - job.release_ns)}"
    )
    cause = f"; {job.cause}: {_CAUSES[job.cause]}" if job.cause in _CAUSES else ""
    released = seconds(job.release_ns)
    yield f"worst{value}: {job.stream} #{job.index}, released at {released}, {how}{deadline}{cause}"
    part, who, stage = story.part, "it", ""
    if part is not None:
        who = f"{part.words}, in {_ms(part.end_ns - part.begin_ns)}, it"
    elif story.stage != job.stream:
        stage = f", longest before {story.stage},"
    where = f" for {story.backend}" if story.backend and story.waited_ns else ""
    on = f" ({_shares(story.ran_on)})"
    if len(story.ran_on) <= 1:
        on = "".join(f" on {name}" for name, _ in story.ran_on)
    if part is not None:
        on += f" in {story.slices} slice{'s' if story.slices != 1 else ''}"
    yield f"{who} waited {_ms(story.waited_ns)}{where}{stage} and ran {_ms(story.ran_ns)}{on}"
    if story.behind:
        yield f"behind {_shares(story.behind)}"


def _shares(parts: Sequence[tuple[str, int]]) -> str:
    words = [f"{name} {_ms(held_ns)}" for name, held_ns in parts[:_MAX_BEHIND]]
    rest = sum(held_ns for _, held_ns in parts[_MAX_BEHIND:])
    return ", ".join(words) + (f", others {_ms(rest)}" if rest else "")


def _ms(time_ns: int) -> str:
    return _number("time", time_ns, 1)


def _number(kind: Kind, value: Fraction | int, places: int) -> str:
    if kind == "time":
        return f"{_trimmed(Fraction(value) / _NS_PER_MS, places)} ms"
    if kind == "share":
        return f"{_trimmed(100 * value, places)} %"
    if kind == "rate":
        return f"{_trimmed(value, places)} /s"
    text = _trimmed(value, places)
    return f"{text} periods" if kind == "periods" else text


def _trimmed(value: Fraction | int, places: int) -> str:
    if value.denominator == 1:
        return f"{int(value):,}"
    return f"{float(value):,.{places}f}"
