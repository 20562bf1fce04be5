"""The journal: the only thing that leaves the engine.

An event is a plain tuple ``(kind, t_ns, ...)`` because the hot loop makes four of them per job and
a record class would double its cost. ``FIELDS`` names the positions; ``as_dict`` gives the record
at the edge. Streams, stages and backends stand in events as indices: of the stream in order of
being added, of the stage in its stream, of the backend in the profile. New fields go to the end;
readers ignore fields and kinds they do not know.
"""

from typing import Final, TypeAlias

Scalar: TypeAlias = int | str | bool | None
Event: TypeAlias = tuple[object, ...]

STREAM_ADDED: Final = "stream-added"
STREAM_STARTED: Final = "stream-started"
STREAM_STOPPED: Final = "stream-stopped"
STREAM_CHANGED: Final = "stream-changed"
RELEASED: Final = "released"
READY: Final = "ready"
STARTED: Final = "started"
FINISHED: Final = "finished"
SKIPPED: Final = "skipped"
DEGRADED: Final = "degraded"
COMPLETED: Final = "completed"
DROPPED: Final = "dropped"
POLICY: Final = "policy"
POLICY_FAILED: Final = "policy-failed"
MARKER: Final = "marker"
BACKEND_DOWN: Final = "backend-down"

OF_STAGE: Final = frozenset((READY, STARTED, FINISHED, SKIPPED, DEGRADED))
"""What happens to the stages of a job between its release and its end."""
ENDS: Final = frozenset((COMPLETED, DROPPED))
"""The last event of a job."""

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    # spec: the stream as a scenario dict for a stream added by a command, None for those of the
    # header's scenario.
    STREAM_ADDED: ("stream", "name", "spec"),
    STREAM_STARTED: ("stream",),
    STREAM_STOPPED: ("stream",),
    # spec: what it goes on by, as above; jobs released before keep what they were released with.
    STREAM_CHANGED: ("stream", "spec"),
    # t_ns is the intended release; tokens: a [prompt, output] pair per LLM stage and None per other
    # stage, or None.
    RELEASED: ("stream", "job", "deadline_ns", "tokens"),
    # Only for stages that become ready after their job's release.
    READY: ("stream", "job", "stage"),
    # phase: INFERENCE, PREFILL or DECODE. number: of the slice within a slices_ms list; tokens
    # prefilled after this chunk; index
    # of the token after the first.
    STARTED: ("stream", "job", "stage", "backend", "phase", "number"),
    # outputs: tokens (LLM) or whole inferences that the stage has produced so far, of total.
    FINISHED: (
        "stream",
        "job",
        "stage",
        "backend",
        "phase",
        "number",
        "start_ns",
        "outputs",
        "total",
    ),
    SKIPPED: ("stream", "job", "stage"),
    # A stage that has not begun will run its cheaper model, so that its job need not be dropped.
    DEGRADED: ("stream", "job", "stage"),
    # outcome: met | late | skipped; cause (late only): hopeless | backlog | avoidable.
    COMPLETED: ("stream", "job", "outcome", "cause"),
    # reason: late-rule | drop-late | early-drop | skip | policy | backend-down; cause as above (""
    # for a job without a deadline).
    DROPPED: ("stream", "job", "reason", "cause"),
    POLICY: ("old", "new"),
    POLICY_FAILED: ("policy", "error"),
    MARKER: ("text",),
    # The slice that ran there ends now, without a result.
    BACKEND_DOWN: ("backend", "reason"),
}

BATCH_FIELDS: Final = ("rank", "batch")
"""What follows in a started and a finished event of a run with batching: the how-manieth of those
that decode together this is, 0 for the one that leads, and how many they are, 1 alone."""

INFERENCE: Final = 0
PREFILL: Final = 1
DECODE: Final = 2
"""Phases of a slice, as they stand in events."""


def as_dict(event: Event) -> dict[str, object]:
    """The event as a record: ``kind``, ``t_ns`` and its named fields.

    Fields nobody named keep their position as key.
    """
    kind, t_ns, *values = event
    names = all_fields(str(kind))
    record: dict[str, object] = {"kind": kind, "t_ns": t_ns}
    for position, value in enumerate(values):
        record[names[position] if position < len(names) else f"field_{position}"] = value
    return record


def all_fields(kind: str) -> tuple[str, ...]:
    """The fields that an event of this kind may have; none for an unknown kind."""
    names = FIELDS.get(kind, ())
    return (*names, *BATCH_FIELDS) if kind in (STARTED, FINISHED) else names
