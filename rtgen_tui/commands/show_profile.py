"""What `rtgen-tui show profile` prints."""

import shlex
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from emulator.catalog import load_profile
from emulator.errors import ProfileError, UserError
from emulator.names import unknown
from emulator.profile import Profile
from emulator.schema.model_cost import Provenance
from emulator.study.busy_basis import BusyBasis
from rtgen_tui import render
from rtgen_tui.commands import busy
from rtgen_tui.commands.provenance import Value, shares, values_of

LABEL_CELLS: Final = 10
LABELS: Final = {
    "bandwidth_gb_s": "peak",
    "usable_gb_s": "usable",
    "kv_transfer": "KV cache transfer",
    "dispatch_us": "dispatch",
    "active_w": "active",
    "idle_w": "idle",
    "slowdown": "times as long beside",
    "kv_bytes_per_token": "KV cache",
    "latency_ms": "",
    "slices_ms": "slices",
    "p99_ms": "p99",
    "traffic_mb": "traffic",
    "prefill_tokens_per_s": "prefill",
    "prefill_ms": "prefill",
    "prefill_noise": "noise",
    "chunk_overhead_ms": "each further chunk",
    "decode_tokens_per_s": "decode",
    "decode_ms": "decode",
    "decode_noise": "noise",
    "batch_max": "batches of up to",
    "batch_overhead": "each further request",
}
"""What stands before a value of this key."""
BASIS_STYLES: Final = {"measured": render.GOOD, "estimated": render.ASIDE}


class Source(NamedTuple):
    """What is listed once, however many values come from it."""

    source: str | None
    software: str | None
    date: str | None


class Sources:
    """Numbers sources in the order in which they are met."""

    def __init__(self) -> None:
        self.listed: dict[Source, int] = {}

    def number(self, provenance: Provenance) -> str:
        """The mark of a source, empty if the profile names none."""
        if provenance.source is None:
            return ""
        source = Source(provenance.source, provenance.software, provenance.date)
        return f"[{self.listed.setdefault(source, len(self.listed) + 1)}]"


def show_profile(
    name: str, model: str | None, scenario: str | None, policy: str | None, *, as_json: bool
) -> None:
    """Prints a profile and what busy time rests on, or one model of it.

    Raises:
        UserError: there is no such profile, model, scenario or policy, or a file is wrong.
    """
    profile = load_profile(name)
    values = values_of(profile)
    if model is not None:
        if scenario is not None or policy is not None:
            raise UserError("give --model, or --scenario and --policy: one model runs no scenario")
        if model not in profile.models:
            raise ProfileError(unknown("model", model, profile.models), key="models")
        values = [value for value in values if value.place[:2] == ("models", model)]
    rests_on = [] if model is not None else busy.busy_of(profile, scenario, policy)
    if as_json:
        record = {"name": profile.name, "title": profile.title, "shares": shares(values)}
        render.print_json(
            {
                **record,
                "busy": None if model is not None else [busy.record(each) for each in rests_on],
                "values": [value.to_dict() for value in values],
                "profile": profile.to_dict(),
            }
        )
    elif model is None:
        _print_head(profile, values, rests_on, in_detail=scenario is not None)
        _print_values_and_sources(name, values)
    else:
        _print_model(profile, model, values)


def _print_head(
    profile: Profile, values: Sequence[Value], rests_on: Sequence[BusyBasis], *, in_detail: bool
) -> None:
    """What it is, and how much of it is known: by number of values, and by busy time."""
    render.title(profile.name, profile.title)
    render.paragraph(profile.description)
    render.labeled("values", _share_words(values), width=LABEL_CELLS)
    if rests_on:
        render.heading(f"what busy time rests on ({busy.conditions(rests_on[0].policy)})")
        busy.print_shares(rests_on)
    if in_detail:
        render.heading(f"values behind the busy time of {rests_on[0].scenario}")
        busy.print_values(rests_on[0])


def _print_values_and_sources(asked_for: str, values: Sequence[Value]) -> None:
    sources = Sources()
    render.heading("memory and backends")
    _print_values([each for each in values if each.place[0] != "models"], sources)
    render.heading("models")
    _print_values([each for each in values if each.place[0] == "models"], sources)
    if sources.listed:
        render.heading("sources")
    for source, number in sources.listed.items():
        about = ", ".join(each for each in (source.software, source.date) if each)
        render.line(render.styled(f"  [{number}] ", render.ASIDE), source.source or "")
        render.paragraph(about, indent=6)
    render.heading("whole curves, conditions, derivations and notes")
    render.line(f"  rtgen-tui show profile {shlex.quote(asked_for)} --model NAME")


def _print_values(values: Sequence[Value], sources: Sources) -> None:
    """One row per place and phase: what belongs together has the same basis and source."""
    rows: list[tuple[render.Cell, ...]] = []
    above = ""
    for (place, _, provenance), group in groupby(values, key=_together):
        *front, last = place
        name = front[-1] if len(front) > 1 else ""
        basis = provenance.basis or "not stated"
        rows.append(
            (
                name if name != above else "",
                last,
                _value_words(group, brief=True),
                render.styled(basis, BASIS_STYLES.get(basis, "")),
                sources.number(provenance),
            )
        )
        above = name
    titles = ("model", "backend") if any(row[0] for row in rows) else ("", "what")
    columns = (
        *(render.Column(title) for title in titles),
        render.Column("value", wraps=True),
        render.Column("basis"),
        render.Column("source"),
    )
    skip = 0 if titles[0] else 1
    render.table(columns[skip:], [row[skip:] for row in rows], indent=2)


def _together(value: Value) -> tuple[tuple[str, ...], str | None, Provenance]:
    return value.place, value.phase, value.provenance


def _print_model(profile: Profile, model: str, values: Sequence[Value]) -> None:
    costs = profile.models[model]
    render.title(model, costs.about.title)
    facts = {
        "on": profile.title or profile.name,
        "size": costs.about.params,
        "source": costs.about.source,
        "note": costs.about.note,
        "values": _share_words(values),
    }
    for label, text in facts.items():
        render.labeled(label, text, width=LABEL_CELLS)
    noted: set[tuple[str, ...]] = set()
    for (place, phase, provenance), group in groupby(values, key=_together):
        render.heading(place[-1] if phase in (None, "latency") else f"{place[-1]}, {phase}")
        cost = costs.get(place[-1])
        note = cost.note if cost is not None and place not in noted else None
        noted.add(place)
        rows = {
            "value": _value_words(group, brief=False),
            "basis": provenance.basis or "not stated",
            "source": provenance.source,
            "software": provenance.software,
            "date": provenance.date,
            "conditions": provenance.conditions,
            "derivation": provenance.derivation,
            "note": note,
        }
        for label, text in rows.items():
            render.labeled(label, text, indent=2, width=LABEL_CELLS)


def _share_words(values: Sequence[Value]) -> str:
    parts = [
        f"{count:,} {basis} ({render.percent(count / len(values))})"
        for basis, count in shares(values).items()
        if count
    ]
    return f"{len(values):,}: " + ", ".join(parts)


def _value_words(values: Iterable[Value], *, brief: bool) -> str:
    return ", ".join(
        f"{LABELS.get(value.key, value.key)} {_written(value, brief=brief)}".strip()
        for value in values
    )


def _written(value: Value, *, brief: bool) -> str:
    """A number with its unit, a curve as its points (in brief: its ends), a table as its words."""
    return f"{_words(value.value, brief=brief)} {value.unit}".rstrip()


def _words(value: object, *, brief: bool) -> str:
    if isinstance(value, dict):
        return " ".join(
            f"{each}" if key == "dist" else f"{key} {each}" for key, each in value.items()
        )
    if not isinstance(value, list):
        return str(value)
    points = [each for each in value if isinstance(each, list)]
    if not points:
        return " + ".join(map(str, value))
    is_cut = brief and len(points) > 2  # noqa: PLR2004 - the two ends
    shown = (points[0], points[-1]) if is_cut else points
    return (" .. " if is_cut else ", ").join(f"{number} at {tokens:,}" for tokens, number in shown)
