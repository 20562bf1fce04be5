"""The parts of a session that can be played: without a gap, from its start or from a keyframe."""

from typing import NamedTuple

from emulator.session.reader import SessionReader


class Stretch(NamedTuple):
    """Events without a gap, the state before which is known."""

    t_begin_ns: int
    t_end_ns: int
    first_event: int
    is_start: bool
    """Whether it begins with the run: otherwise with a keyframe."""


def stretches_of(reader: SessionReader) -> tuple[Stretch, ...]:
    """In order. After a gap nothing is known of the run before the next keyframe."""
    header, keyframes, gaps = reader.header, reader.keyframes, reader.gaps
    found: list[Stretch] = []
    number = 0
    for index in range(len(gaps) + 1):
        after = gaps[index - 1].first_event + gaps[index - 1].events if index else None
        t_end_ns = gaps[index].t_begin_ns if index < len(gaps) else reader.t_end_ns
        before = gaps[index].first_event if index < len(gaps) else None
        if after is None and not header.begins_event:
            if before != 0:
                found.append(Stretch(header.begins_ns, t_end_ns, 0, is_start=True))
            continue
        least = header.begins_event if after is None else after
        while number < len(keyframes) and keyframes[number].first_event < least:
            number += 1
        if number == len(keyframes):
            break
        first = keyframes[number]
        if before is None or first.first_event < before:
            t_end_ns = max(t_end_ns, first.t_ns)
            found.append(Stretch(first.t_ns, t_end_ns, first.first_event, is_start=False))
    return tuple(found)
