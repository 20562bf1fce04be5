"""The answers of a capacity search as text within 80 columns."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Final

from emulator.claims.words import value_words
from emulator.study.capacity import Answer, Capacity, Point
from rtgen_tui import render
from rtgen_tui.commands.capacity_plot import print_plot
from rtgen_tui.commands.words import NS_PER_MS, plain

LONGEST: Final = 14
"""The longest name of a policy or a figure that the table has room for."""


def print_capacity(found: Capacity, *, plot: bool) -> None:
    """Prints what was asked, the table, remarks, and all that was tried: drawn, or in words."""
    _print_question(found)
    render.line()
    text = found.question.limit.figure.text
    figure = text if len(text) <= LONGEST else "figure"
    names = short_names(found)
    render.table(
        (
            render.Column("policy"),
            *render.right("carries", figure, "at next", figure),
            render.Column("broken by", wraps=True),
        ),
        [_row(found, answer, names[answer.policy]) for answer in found.answers],
    )
    render.line()
    for remark in _remarks(found):
        render.paragraph(remark)
    if plot:
        print_plot(found, short_names(found))
    else:
        _print_points(found)


def short_names(found: Capacity) -> dict[str, str]:
    """What policies are called in the table and the plot: those with long names by a number."""
    names = found.question.policies
    return {
        name: name if len(name) <= LONGEST else f"P{number}" for number, name in enumerate(names, 1)
    }


def value_cell(found: Capacity, value: Fraction) -> str:
    """A value of what was varied, with its unit."""
    unit = found.question.variable.unit
    if unit == "copies":
        return f"{int(value):,}"
    return f"{plain(value)} /s" if unit == "/s" else f"{plain(value)} x"


def _print_question(found: Capacity) -> None:
    asked = found.question
    for label, each in (("scenario", asked.scenario), ("profile", asked.profile)):
        title = f": {each.title}" if each.title and each.title != each.name else ""
        render.labeled(label, f"{each.name}{title}", width=len("scenario"))
    own = value_cell(found, asked.variable.own)
    render.labeled("vary", f"{asked.variable.text}, {own} in the scenario", width=8)
    render.labeled("limit", asked.limit.text, width=8)
    count = len(asked.seeds)
    seeds = f"{count} seeds" if count > 1 else f"seed {asked.seeds[0]}"
    noise = "noise on" if asked.noise else "no noise"
    render.labeled("runs", f"{seeds}, duration {plain(asked.duration_s)} s, {noise}", width=8)
    if asked.effects:
        render.labeled("effects", asked.effects.replace(",", ", "), width=8)
    for name, short in short_names(found).items():
        if name != short:
            render.labeled(f"policy {short}", name, width=9)


def _row(found: Capacity, answer: Answer, name: str) -> tuple[render.Cell, ...]:
    at, above = answer.at, answer.next
    carries = "none" if at is None else value_cell(found, at.value)
    if at is not None and above is None:
        carries = f">= {carries}"
    if answer.holds_again or answer.broken_below:
        carries += " *"
    return (
        name,
        render.styled(carries, render.BAD if at is None else render.GOOD),
        _figure_cell(found, at),
        "" if above is None else value_cell(found, above.value),
        _figure_cell(found, above),
        "" if above is None else (above.limiting or render.NOTHING),
    )


def figure_words(found: Capacity, value: Fraction | None) -> str:
    """The figure of the limit, with its unit."""
    kind = found.question.limit.figure.metric.kind
    if value is None:
        return render.NOTHING
    if kind == "share":
        return render.percent(float(value), 2)
    if kind == "time":
        return f"{render.ms(float(value / NS_PER_MS))} ms"
    return value_words(kind, round(value, 2))


def _figure_cell(found: Capacity, point: Point | None) -> str:
    """The mean, and its confidence bound where that is another one."""
    if point is None:
        return ""
    mean = figure_words(found, point.mean)
    is_sure = point.bound == point.mean
    return mean if is_sure else f"{mean} ({figure_words(found, point.bound)})"


def _remarks(found: Capacity) -> Iterator[str]:
    asked = found.question
    if len(asked.seeds) == 1:
        yield "one seed: no confidence, so the edge may be luck (--seeds 5)"
    else:
        yield (
            "carried: the mean over the seeds keeps the limit with 95 % confidence; in brackets, "
            "the confidence bound that is held against it"
        )
    if asked.variable.what == "count" and asked.limited == asked.variable.stream:
        yield "the figure is that of the worst copy: each must keep the limit"
    for answer in found.answers:
        yield from _remarks_on(found, answer, short_names(found)[answer.policy])


def _remarks_on(found: Capacity, answer: Answer, name: str) -> Iterator[str]:
    if answer.holds_again:
        values = ", ".join(value_cell(found, value) for value in answer.holds_again)
        yield f"* {name}: the limit holds again at {values}"
    if answer.broken_below:
        values = ", ".join(value_cell(found, value) for value in answer.broken_below)
        yield f"* {name}: the limit is broken below as well, at {values}"
    if answer.at is not None and answer.next is None:
        most = value_cell(found, answer.at.value)
        yield f"{name}: the limit holds up to {most}; --to goes further"
    if answer.at is None and answer.next is not None:
        yield f"{name}: not even {value_cell(found, answer.next.value)} is carried"


def _print_points(found: Capacity) -> None:
    render.heading("tried")
    names = short_names(found)
    for answer in found.answers:
        tried = (
            f"{value_cell(found, each.value)}={figure_words(found, each.mean)}".replace(" ", "")
            for each in answer.points
        )
        render.labeled(names[answer.policy], ", ".join(tried), width=8)
