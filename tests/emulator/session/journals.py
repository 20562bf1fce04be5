"""Hypothesis strategies for journals: what an engine writes, and what a later one may."""

from hypothesis import strategies as st

from emulator.journal import FIELDS, Event

NS = 10**12
INTS = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.none() | st.booleans() | INTS | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=4,
)
KINDS = st.sampled_from([*FIELDS, "unheard-of"])


@st.composite
def engine_like(draw: st.DrawFn) -> Event:
    """Kind and fields of a known event, mostly small numbers."""
    kind = draw(st.sampled_from(["released", "started", "finished", "completed", "ready"]))
    number = st.integers(0, 40)
    fields = [draw(number) for _ in FIELDS[kind]]
    return (kind, draw(st.integers(0, NS)), *fields)


@st.composite
def odd(draw: st.DrawFn) -> Event:
    """Anything that has a kind and a time."""
    fields = draw(st.lists(VALUES, max_size=6))
    return (draw(KINDS), draw(st.integers(0, NS)), *fields)


def in_time(events: list[Event]) -> list[Event]:
    """In order of time, as a journal is."""
    return sorted(events, key=lambda event: int(str(event[1])))


def journals(max_size: int = 60) -> st.SearchStrategy[list[Event]]:
    """Events in order of time; the odd ones are rare enough for columns to be coded."""
    usual = st.lists(engine_like(), max_size=max_size)
    mixed = st.lists(engine_like() | odd(), max_size=max_size)
    return (usual | mixed).map(in_time)


@st.composite
def chunked(draw: st.DrawFn, max_size: int = 60) -> list[list[Event]]:
    """A journal, cut into pieces anywhere."""
    events = draw(journals(max_size))
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), max_size=5)))
    return [events[a:b] for a, b in zip([0, *cuts], [*cuts, len(events)], strict=True)]
