"""``python -m rtgen_tui.compare_files A B``: the process behind ``whole_files.Comparison``."""

import os
import pickle
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from emulator.errors import UserError
from emulator.snapshot import backend_label
from emulator.study.two_sessions import TwoSessions, compare_sessions
from rtgen_tui.whole_files import Divergence, WholeFigure, WholeFiles

_PHASES: Final = ("", "prefill", "decode")
_NICENESS: Final = 5
_PERCENT: Final = 100.0


def main() -> None:
    """Compares the two files that are named, and writes what it found to stdout."""
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    try:
        found: object = whole_files(*sys.argv[1:])
    except UserError as error:
        found = str(error)
    sys.stdout.buffer.write(pickle.dumps(found))


def whole_files(a: str, b: str) -> WholeFiles:
    """Reads both and compares. Raises SessionError: a file cannot be read."""
    both = compare_sessions(a, b)
    return WholeFiles(
        figures={
            each.figure: WholeFigure(
                _in_percent(each.a, each.unit),
                _in_percent(each.b, each.unit),
                None if each.better is None else each.better == "b",
            )
            for each in both.figures
        },
        warnings=both.warnings,
        facts=_facts(both),
        equal_events=both.equal_events,
        equal_until_ns=both.equal_until_ns,
        divergence=_divergence(both),
    )


def _in_percent(value: float | None, unit: str) -> float | None:
    return value * _PERCENT if value is not None and unit == "%" else value


def _facts(both: TwoSessions) -> tuple[tuple[str, str], ...]:
    """As the sentences of ``compare_sessions`` write them."""
    (one, other), (a, b) = both.runs, both.headers
    return (
        (one.scenario.name, other.scenario.name),
        (one.profile.name, other.profile.name),
        (str(a.seed), str(b.seed)),
        (f"{one.covered_ns / 1e9:.3f} s", f"{other.covered_ns / 1e9:.3f} s"),
    )


def _divergence(both: TwoSessions) -> Divergence | None:
    difference = both.divergence
    if difference is None:
        return None
    texts = []
    for event, run in zip((difference.left, difference.right), both.runs, strict=True):
        names = {
            "stream": list(run.streams),
            "backend": [*map(backend_label, run.profile.backend_names)],
        }
        texts.append("has no such event" if event is None else event_words(event, names))
    a, b = texts
    if a == b and difference.left is not None and difference.right is not None:
        left, right = difference.left, difference.right
        field = next((each for each in left if left[each] != right.get(each)), "")
        a, b = (f"{a} ({field} {each.get(field)})" for each in (left, right))
    return Divergence(difference.t_ns, difference.event, a, b)


def event_words(event: Mapping[str, object], names: Mapping[str, Sequence[str]]) -> str:
    """One event in words: ``started blur#12 on npu``.

    Args:
        event: its named fields, as of ``journal.as_dict``.
        names: by field (``stream``, ``backend``) what its numbers stand for.
    """
    words = [str(event["kind"])]
    if "stream" in event:
        stream = _name(event["stream"], names.get("stream", ()))
        words.append(f"{stream}#{event['job']}" if "job" in event else stream)
    if "backend" in event:
        words.append(f"on {_name(event['backend'], names.get('backend', ()))}")
    phase = event.get("phase")
    if isinstance(phase, int) and 0 < phase < len(_PHASES):
        words.append(f"({_PHASES[phase]} {event.get('number')})")
    words += [f"({event[each]})" for each in ("outcome", "reason", "text") if event.get(each)]
    words += [str(event[each]) for each in ("new", "policy") if event.get(each)]
    return " ".join(words)


def _name(number: object, known: Sequence[str]) -> str:
    is_known = isinstance(number, int) and 0 <= number < len(known)
    return known[number] if is_known and isinstance(number, int) else str(number)


if __name__ == "__main__":
    main()
