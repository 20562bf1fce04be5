"""The page about the format and the constants say the same."""

import dataclasses
import re
from pathlib import Path

import pytest

from emulator.journal import Event
from emulator.session import End, Place, SessionHeader, Span, columns
from emulator.session import format as layout
from emulator.session.inputs import INPUT_NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "session-format.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading row."""
    _, _, rest = PAGE.partition(f"\n{heading}\n|---")
    lines = rest.split("\n\n")[0].split("\n")[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def quoted(text: str) -> tuple[str, ...]:
    """What stands in backticks."""
    return tuple(re.findall(r"`([^`]+)`", text))


def test_the_preamble() -> None:
    """Magic and version, and nothing else."""
    (size, magic), (version_size, version) = table("| bytes | value |")
    assert bytes.fromhex(quoted(magic)[0]) == layout.MAGIC
    assert version == f"format version, {layout.FORMAT_VERSION}"
    assert int(size) + int(version_size) == layout.PREAMBLE.size


def test_the_frame() -> None:
    """The fields before the summary fill the frame."""
    rows = table("| bytes | field |")
    assert bytes.fromhex(quoted(rows[0][1])[0]) == layout.SYNC
    assert sum(int(size) for size, _ in rows if size) == layout.FRAME.size


def test_the_kinds_of_chunks() -> None:
    """Letters, names, and the elements of the summaries."""
    rows = table("| kind | chunk | summary | body |")
    assert {quoted(kind)[0].encode(): name for kind, name, _, _ in rows} == layout.CHUNK_KINDS
    summaries = {name: quoted(summary) for _, name, summary, _ in rows}
    assert summaries == {
        "header": (),
        "events": Span._fields,
        "keyframe": Place._fields,
        "note": Place._fields,
        "index": (),
        "end": End._fields,
    }


def test_the_keys_of_the_header() -> None:
    """All of them, and which may be missing."""
    rows = table("| key | value |")
    keys = {quoted(key)[0]: ";" in value for key, value in rows}
    assert keys == {
        each.name: each.default is not dataclasses.MISSING
        or each.default_factory is not dataclasses.MISSING
        for each in dataclasses.fields(SessionHeader)
    }


def test_the_commands() -> None:
    """All of them."""
    rows = table("| command | argument |")
    assert tuple(quoted(name)[0] for name, _ in rows) == INPUT_NAMES


def test_the_codings_of_columns() -> None:
    """Three, in the order of the page."""
    codings = (layout.COLUMN_VALUES, layout.COLUMN_DELTAS, layout.COLUMN_FROM_TIME)
    assert tuple(int(coding) for coding, _ in table("| coding | then |")) == codings


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("bytes of a body, compressed", layout.MAX_BODY_BYTES),
        ("bytes of a body, unpacked", layout.MAX_UNPACKED_BYTES),
        ("bytes of memory for the values of one chunk", layout.MAX_WEIGHT_BYTES),
        ("arrays and maps inside each other", layout.MAX_DEPTH),
        ("chunks of kinds `E`, `K` and `N` in one file", layout.MAX_CHUNKS),
        ("events in one chunk", layout.MAX_CHUNK_EVENTS),
        ("fields of one event", layout.MAX_FIELDS),
        ("characters of a reason", layout.MAX_REASON),
    ],
)
def test_the_limits(words: str, value: int) -> None:
    """Each with its number."""
    limits = dict(table("| limit | value |"))
    assert limits[words] == f"{value:,}"


def test_all_limits_are_checked_here() -> None:
    """A new one must be added above."""
    assert len(table("| limit | value |")) == sum(name.startswith("MAX_") for name in vars(layout))
    assert f"{layout.TAIL_BYTES:,} bytes" in PAGE


def test_the_example_decodes_to_what_the_page_says() -> None:
    """Body and events, as they are printed."""
    body, events = PAGE.partition("second still running.\n")[2].split("\n\n")[:2]
    values = eval(body.strip(), {"null": None})  # noqa: S307 - of our own page
    wanted: list[Event] = [eval(line.strip(), {"null": None}) for line in events.splitlines()]  # noqa: S307
    span = Span(0, 0, 5000, 4, 2, 0, 0, 0)
    assert columns.decode(as_tuples(values), span) == wanted


def as_tuples(value: object) -> object:
    """Arrays as msgpack gives them back."""
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value
