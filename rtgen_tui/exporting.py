"""The table of a view as rows for other programs: CSV or JSON, with units in the names."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from emulator.snapshot import Snapshot, StreamView
from emulator.timeline.piece import RUNS
from rtgen_tui.widgets.log import EventLog
from rtgen_tui.widgets.pair_rows import pair_rows
from rtgen_tui.widgets.pair_table import PairTable
from rtgen_tui.widgets.session_table import SessionTable
from rtgen_tui.widgets.streams import StreamTable
from rtgen_tui.widgets.timeline_chart import TimelineChart

if TYPE_CHECKING:
    from textual.widget import Widget

Row: TypeAlias = Mapping[str, object]
Format: TypeAlias = Literal["csv", "json"]

_OF_STREAM: Final = tuple(each for each in StreamView._fields if each not in {"index", "last_miss"})
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets take a text that begins so for a formula."""


class Table(NamedTuple):
    """What a view shows."""

    name: str
    rows: Sequence[Row]


def table_of(screen: "Widget", snapshot: Snapshot | None) -> Table:
    """The table of a view, as it is filtered and sorted."""
    for widget in screen.query("*"):
        match widget:
            case StreamTable():
                return Table("streams", [_stream(each) for each in widget.shown_streams])
            case TimelineChart():
                return Table("slices", _slices(widget, snapshot))
            case SessionTable():
                return Table("sessions", [asdict(each) for each in widget.rows])
            case PairTable() if widget.pair is not None:
                return Table("comparison", [asdict(each) for each in pair_rows(widget.pair)])
    logs = screen.query(EventLog)
    lines = logs.first().lines if logs else []
    names = [each.name for each in snapshot.streams] if snapshot is not None else []
    return Table(
        "events",
        [
            {
                "t_ns": each.t_ns,
                "kind": each.kind,
                "stream": names[each.stream] if 0 <= each.stream < len(names) else "",
                "text": each.text,
            }
            for each in lines
        ],
    )


def _stream(stream: StreamView) -> Row:
    miss = stream.last_miss
    return {
        **{name: getattr(stream, name) for name in _OF_STREAM},
        "last_miss_t_ns": None if miss is None else miss.t_ns,
        "last_miss_job": None if miss is None else miss.job,
    }


def _slices(chart: TimelineChart, snapshot: Snapshot | None) -> list[Row]:
    """Those in view; none where there are too many to be told apart."""
    slices = chart.view.slices if chart.view is not None else None
    if slices is None or snapshot is None:
        return []
    backends = [each.name for each in snapshot.backends]
    streams = [each.name for each in snapshot.streams]
    return [
        {
            "backend": backends[each.backend] if each.backend < len(backends) else each.backend,
            "stream": streams[each.stream] if each.stream < len(streams) else each.stream,
            "job": each.job,
            "stage": each.stage,
            "number": each.number,
            "start_ns": each.start_ns,
            "end_ns": None if each.end_ns == RUNS else each.end_ns,
        }
        for each in slices
    ]


def written(table: Table, to: Format) -> str:
    """The text of the file."""
    if to == "json":
        return json.dumps({table.name: list(table.rows)}, indent=2, default=str) + "\n"
    file = io.StringIO()
    names = list(dict.fromkeys(name for row in table.rows for name in row))
    writer = csv.DictWriter(file, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in table.rows)
    return file.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    # Names come from files that anybody may have written.
    is_risky = isinstance(value, str) and value.startswith(_RISKY)
    return f"'{value}" if is_risky else value
