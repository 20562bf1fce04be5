"""A session as rows: its events or its jobs, a batch at a time, for other programs."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, TextIO, TypeAlias, cast

from emulator import journal
from emulator.errors import UserError
from emulator.job_result import JobResult
from emulator.journal import FIELDS, Event, all_fields
from emulator.metrics.facts import StreamFacts
from emulator.session.errors import DamageError, SessionError
from emulator.session.job_stream import EndedJob, JobStream
from emulator.session.reader import SessionReader
from emulator.session.run_inputs import RunInputs, run_inputs

Table: TypeAlias = Literal["events", "jobs"]
Row: TypeAlias = dict[str, object]

TABLES: Final[tuple[Table, Table]] = ("events", "jobs")
PHASES: Final = ("inference", "prefill", "decode")
_NAMED: Final = ("stream_name", "stage_name", "backend_name", "phase_name")
_FIELD_NAMES: Final = tuple(dict.fromkeys(name for kind in FIELDS for name in all_fields(kind)))

COLUMNS: Final[Mapping[Table, Mapping[str, type]]] = {
    "events": {
        "event": int,
        "t_ns": int,
        "kind": str,
        **dict.fromkeys(_NAMED, str),
        **{
            name: str
            if name
            in {
                "name",
                "spec",
                "tokens",
                "outcome",
                "cause",
                "reason",
                "old",
                "new",
                "policy",
                "error",
                "text",
            }
            else int
            for name in _FIELD_NAMES
        },
    },
    "jobs": {
        "stream": str,
        "job": int,
        "release_ns": int,
        "deadline_ns": int,
        "start_ns": int,
        "ended_ns": int,
        "outcome": str,
        "missed": bool,
        "cause": str,
        "reason": str,
        "response_ns": int,
        "ran_ns": int,
        "backends": str,
        "prompt_tokens": int,
        "output_tokens": int,
        "ttft_ns": int,
        "tpot_ns": float,
        "degraded": bool,
    },
}
"""Names and types of the columns, in order; any value may be missing."""


def rows(reader: SessionReader, table: Table) -> Iterator[list[Row]]:
    """The rows of a session that was opened with ``scan``, a batch for each of its chunks.

    Raises:
        SessionError: the file cannot be read, or its journal does not fit its header.
    """
    inputs = run_inputs(reader.header, str(reader.path))
    try:
        yield from _event_rows(reader, inputs) if table == "events" else _job_rows(reader, inputs)
    except (UserError, DamageError) as error:
        if isinstance(error, SessionError):
            raise
        raise SessionError(f"session {reader.path}: {error}", source=str(reader.path)) from None


def write_jsonl(batches: Iterable[Sequence[Row]], file: TextIO) -> None:
    """One JSON object per row and line; what is missing is left out."""
    for batch in batches:
        for row in batch:
            given = {name: value for name, value in row.items() if value is not None}
            file.write(f"{json.dumps(given, ensure_ascii=False, separators=(',', ':'))}\n")


def write_csv(batches: Iterable[Sequence[Row]], file: TextIO, table: Table) -> None:
    """A header and a line per row (RFC 4180); nested values are JSON, what is missing is empty."""
    writer = csv.DictWriter(file, list(COLUMNS[table]), extrasaction="ignore")
    writer.writeheader()
    for batch in batches:
        writer.writerows({name: flat(value) for name, value in row.items()} for row in batch)


def flat(value: object) -> object:
    """A value that fits a cell."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list | tuple) else value


def _event_rows(reader: SessionReader, inputs: RunInputs) -> Iterator[list[Row]]:
    names = _Names(inputs, reader.header.fields)
    for first, events in reader.numbered():
        yield [names.row(number, event) for number, event in enumerate(events, first)]


class _Names:
    """Names of what stands in events as an index."""

    def __init__(self, inputs: RunInputs, fields: Mapping[str, Sequence[str]]) -> None:
        # What a file names by a shorter list than ours is as ours beyond its end.
        ours = {kind: all_fields(kind) for kind in FIELDS}
        longer = {
            kind: (*names, *ours.get(kind, ())[len(names) :]) for kind, names in fields.items()
        }
        self._fields: Mapping[str, Sequence[str]] = {**ours, **longer}
        self._backends = inputs.profile.backend_names
        self._streams: dict[object, str] = {}
        self._stages: dict[object, tuple[str, ...]] = {}
        self._written = {stream.name: stream for stream in inputs.scenario.streams}
        for index, (name, spec) in enumerate(inputs.streams_at_start()):
            self._add(index, name, spec)

    def row(self, number: int, event: Event) -> Row:
        """The event with its fields by name, and the names of what they stand for."""
        kind, t_ns, *values = event
        if kind == journal.STREAM_ADDED:
            self._add(*values[:3])
        row: Row = {"event": number, "t_ns": t_ns, "kind": kind}
        names = self._fields.get(str(kind), ())
        for position, value in enumerate(values):
            row[names[position] if position < len(names) else f"field_{position}"] = value
        stream = row.get("stream")
        row["stream_name"] = self._streams.get(stream)
        row["stage_name"] = _at(self._stages.get(stream, ()), row.get("stage"))
        row["backend_name"] = _at(self._backends, row.get("backend"))
        row["phase_name"] = _at(PHASES, row.get("phase"))
        return row

    def _add(self, index: object, name: object, spec: object = None) -> None:
        if not isinstance(name, str):
            return
        self._streams[index] = name
        if name in self._written and spec is None:
            self._stages[index] = tuple(stage.name for stage in self._written[name].stages)
        elif isinstance(spec, Mapping):
            stages = spec.get("stages")
            given = stages if isinstance(stages, list | tuple) else ()
            found = [each.get("name") for each in given if isinstance(each, Mapping)]
            self._stages[index] = tuple(str(each) for each in found) or (name,)


def _at(names: Sequence[str], index: object) -> str | None:
    return names[index] if isinstance(index, int) and 0 <= index < len(names) else None


def _job_rows(reader: SessionReader, inputs: RunInputs) -> Iterator[list[Row]]:
    jobs = JobStream(inputs)
    number = reader.header.begins_event
    for first, events in reader.numbered():
        if first != number:
            jobs.gap()
        number = first + len(events)
        yield [_job_row(each) for each in jobs.feed(events)]
    yield [_job_row(each) for each in jobs.rest(reader.t_end_ns)]


def _job_row(ended: EndedJob) -> Row:
    job = ended.job
    slices = [each for stage in job.stages for each in stage.slices]
    ran_ns = sum((ended.ended_ns if each[2] is None else each[2]) - each[1] for each in slices)
    return {
        "stream": job.stream,
        "job": job.index,
        "release_ns": job.release_ns,
        "deadline_ns": job.deadline_ns,
        "start_ns": job.start_ns,
        "ended_ns": ended.ended_ns,
        "outcome": job.outcome,
        "missed": job.missed,
        "cause": job.cause or None,
        "reason": job.reason or None,
        "response_ns": job.response_ns,
        "ran_ns": ran_ns,
        "backends": " ".join(dict.fromkeys(each[0] for each in slices)),
        **_tokens(job, ended.facts),
        "degraded": job.degraded,
    }


def _tokens(job: JobResult, facts: StreamFacts) -> Row:
    """Of the first language model of the job; empty without any."""
    pairs = zip(job.stages, facts.stages, strict=True)
    stage = next((stage for stage, each in pairs if each.is_llm), None)
    if stage is None:
        return {}
    first, ready, end = stage.first_token_ns, stage.ready_ns, stage.finish_ns
    decodes = (stage.output_tokens or 1) - 1
    known = first is not None and ready is not None
    return {
        "prompt_tokens": stage.prompt_tokens,
        "output_tokens": stage.output_tokens,
        "ttft_ns": cast("int", first) - cast("int", ready) if known else None,
        "tpot_ns": (end - first) / decodes if decodes and end and first is not None else None,
    }
