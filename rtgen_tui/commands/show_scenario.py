"""What `rtgen-tui show scenario` prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from emulator.catalog import load_profile, load_scenario
from emulator.scenario import Scenario
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream
from rtgen_tui import render
from rtgen_tui.commands.words import arrival_words, deadline_words, deadlines, stage_words

if TYPE_CHECKING:
    from emulator.study.busy_basis import BusyBasis
    from emulator.study.feasibility import Target

LABEL_CELLS: Final = 9


def show_scenario(name: str, profile_name: str | None, *, as_json: bool) -> None:
    """Prints a scenario. Raises UserError: it or the profile is wrong, or they do not fit."""
    scenario = load_scenario(name)
    targets: tuple[Target, ...] | None = None
    rests_on: BusyBasis | None = None
    if profile_name is not None:
        from emulator.study.feasibility import targets_alone
        from rtgen_tui.commands import busy

        profile = load_profile(profile_name)
        targets = targets_alone(profile, scenario)
        (rests_on,) = busy.busy_of(profile, scenario, None)
    if as_json:
        shown = None if rests_on is None else busy.record(rests_on)
        render.print_json({**_record(scenario, targets), "busy": shown})
        return
    render.title(scenario.name, scenario.title)
    render.paragraph(scenario.description)
    told = {"made for": scenario.profile, "source": scenario.source, "note": scenario.note}
    _print_labeled(told, indent=0)
    _print_overview(scenario)
    if targets is not None:
        render.heading(
            f"each stream alone on {profile_name}, longest prompts and answers, no noise"
        )
        _print_targets(targets)
    if rests_on is not None:
        render.heading(f"busy time on {profile_name} ({busy.conditions(None)})")
        render.paragraph(f"{busy.share_words(rests_on)} values", indent=2)
    for stream in scenario.streams:
        _print_stream(stream)


def _print_overview(scenario: Scenario) -> None:
    render.heading("streams")
    render.table(
        (
            render.Column("stream"),
            render.Column("released"),
            render.Column("deadline", wraps=True),
            render.Column("late"),
        ),
        [
            (each.name, arrival_words(each), deadline_words(each), each.late)
            for each in scenario.streams
        ],
        indent=2,
    )


def _print_targets(targets: Sequence[Target]) -> None:
    """Each deadline and LLM target against the best that an idle chip does."""
    figures = render.right("limit ms", "alone ms")
    stream, stage, target, verdict = map(render.Column, ("stream", "stage", "target", ""))
    render.table(
        (stream, stage, target, *figures, verdict),
        [
            (
                each.stream,
                "" if each.stage == each.stream else each.stage,
                each.kind,
                render.ms(each.limit_ms),
                render.ms(each.best_ms),
                "feasible" if each.feasible else render.styled("hopeless", render.BAD),
            )
            for each in targets
        ],
        indent=2,
    )


def _print_stream(stream: Stream) -> None:
    render.heading(f"{stream.name}: {stream.title}" if stream.title else stream.name)
    if stream.description:
        render.paragraph(stream.description, indent=2)
    _print_labeled(
        {
            "released": arrival_words(stream),
            "deadline": deadline_words(stream),
            "hopeless": stream.hopeless,
            "source": stream.source,
            "note": stream.note,
        },
        indent=2,
    )
    for stage in stream.stages:
        _print_stage(stage, alone=len(stream.stages) == 1)


def _print_stage(stage: Stage, *, alone: bool) -> None:
    words = dict(stage_words(stage))
    if alone:
        _print_labeled({"model": stage.model, **words}, indent=2)
        return
    render.labeled("stage", f"{stage.name}, model {stage.model}", indent=2, width=LABEL_CELLS)
    _print_labeled(words, indent=2 + LABEL_CELLS + 2)


def _print_labeled(rows: Mapping[str, str | None], indent: int) -> None:
    for label, text in rows.items():
        render.labeled(label, text, indent=indent, width=LABEL_CELLS)


def _record(scenario: Scenario, targets: Sequence[Target] | None) -> dict[str, object]:
    """The scenario as a file would have it, and what follows from it."""
    return {
        "scenario": scenario.to_dict(),
        "deadlines": {
            stream.name: [
                {
                    "stage": each.stage,
                    "first_output": each.first_output,
                    "deadline_ms": float(each.ms),
                }
                for each in deadlines(stream)
            ]
            for stream in scenario.streams
        },
        "alone": None
        if targets is None
        else [{**asdict(each), "feasible": each.feasible} for each in targets],
    }
