"""Journals changed or narrowed down, so that two of them can be compared."""

from collections.abc import Callable, Mapping

from emulator.journal import FIELDS, RELEASED, SKIPPED, STARTED, Event


def without(events: list[Event], *kinds_left_out: str) -> list[Event]:
    """The events of all other kinds."""
    return [event for event in events if event[0] not in kinds_left_out]


def mapped(events: list[Event], fields: set[str], change: Callable[[int], object]) -> list[Event]:
    """The events with every number in these fields changed."""

    def new(name: str, value: object) -> object:
        return change(value) if name in fields and isinstance(value, int) else value

    names = {kind: ("kind", "t_ns", *rest) for kind, rest in FIELDS.items()}
    return [
        tuple(new(name, x) for name, x in zip(names[str(event[0])], event, strict=True))
        for event in events
    ]


def moved(events: list[Event], change: Callable[[int], int]) -> list[Event]:
    """The events with every instant changed."""
    return mapped(events, {"t_ns", "deadline_ns", "start_ns"}, change)


def of_streams(events: list[Event], streams: range) -> list[Event]:
    """The events of the streams with these indices."""
    return [
        event
        for event in events
        if FIELDS[str(event[0])][:1] == ("stream",) and event[2] in streams
    ]


def releases(events: list[Event]) -> list[Event]:
    """The releases, with their token counts and deadlines."""
    return [event for event in events if event[0] == RELEASED]


def triggers(events: list[Event]) -> dict[tuple[object, ...], bool]:
    """Whether a stage of a job ran, where that is known."""
    return {event[2:5]: event[0] != SKIPPED for event in events if event[0] in (SKIPPED, STARTED)}


def agree(some: Mapping[tuple[object, ...], int], others: Mapping[tuple[object, ...], int]) -> bool:
    """Whether what both know is the same."""
    return all(some[address] == others[address] for address in some.keys() & others.keys())
