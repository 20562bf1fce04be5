"""Whom a claim is about: the run, one of its streams, or a backend."""

from dataclasses import dataclass
from typing import Final

from emulator.claims.grammar import ClaimError, Figure
from emulator.claims.metrics import Home
from emulator.names import shown, unknown
from emulator.session.replayed import FinishedRun

_HOMES: Final[tuple[Home, Home]] = ("stream", "backend")


@dataclass(frozen=True, slots=True)
class Subject:
    """``name`` is empty for the run."""

    home: Home
    name: str


def subject_of(figure: Figure, run: FinishedRun) -> Subject:
    """The subject of a figure in a run.

    Raises:
        ClaimError: no such stream or backend, a name of both, or a metric that it does not have.
    """
    found = _named(figure, run)
    metric = figure.metric
    if found.home not in metric.of:
        if metric.of == {"backend"}:
            example = run.profile.backend_names[0]
            what = f"{metric.name} is a figure of a backend: write {example}.{metric.name}"
        elif found.home == "backend":
            what = f"{metric.name} is no figure of a backend, which {shown(found.name)} is"
        else:
            what = f"{metric.name} is a figure of the whole run: leave out {shown(found.name)}"
        raise _wrong(figure, what)
    needs_llm = metric.name in {"ttft", "tpot", "tokens_per_s"}
    if needs_llm and found.home == "stream" and not run.streams[found.name].has_llm:
        what = f"stream {shown(found.name)} has no language model, and so no {metric.name}"
        raise _wrong(figure, what)
    return found


def _named(figure: Figure, run: FinishedRun) -> Subject:
    if not figure.subject:
        return Subject("run", "")
    names = {"stream": tuple(run.streams), "backend": run.profile.backend_names}
    homes = [home for home in _HOMES if figure.subject in names[home]]
    if len(homes) > 1:
        name = figure.subject
        raise _wrong(
            figure,
            f"{shown(name)} is a stream and a backend: write 'stream:{name}' or 'backend:{name}'",
        )
    if homes:
        return Subject(homes[0], figure.subject)
    prefix, _, name = figure.subject.partition(":")
    for home in _HOMES:
        if prefix == home:
            if name not in names[home]:
                raise _wrong(figure, unknown(home, name, names[home]))
            return Subject(home, name)
    both = (*names["stream"], *names["backend"])
    raise _wrong(figure, unknown("stream or backend", figure.subject, both))


def _wrong(figure: Figure, what: str) -> ClaimError:
    return ClaimError(f"claim {shown(figure.text)}: {what}", key=figure.text)
