"""The virtual driver: moves a machine through virtual time as fast as possible."""

from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeAlias

from emulator.collector import collector_off
from emulator.commands import Command
from emulator.journal import Event

Sink: TypeAlias = Callable[[list[Event]], None]
"""Takes the events of the journal, in order."""

_STRIDE_NS: Final = 1_000_000_000
"""Virtual time between two handovers to the sink, so that a long virtual run holds no long list."""


class Machine(Protocol):
    """What a driver needs of the engine."""

    @property
    def now_ns(self) -> int:
        """The instant processed last."""

    @property
    def next_event_ns(self) -> int | None:
        """The next instant at which something happens; None when nothing is left."""

    def advance(self, until_ns: int) -> None:
        """Process every instant up to and including this one."""

    def apply(self, command: Command, t_ns: int) -> int:
        """Have the command take effect at this instant, if it is not processed yet, or 1 ns later.

        Returns the instant at which it does. Raises UserError when it cannot be.
        """

    def drain(self) -> list[Event]:
        """Events since the last call."""


def run_virtual(
    machine: Machine,
    sink: Sink,
    *,
    until_ns: int | None = None,
    commands: Iterable[tuple[int, Command]] = (),
) -> None:
    """Process all instants up to ``until_ns`` (None: to the end) as fast as possible.

    ``commands`` are (virtual time in ns, command) in order of time; those after ``until_ns`` are
    left out.

    Raises:
        UserError: a command that cannot be.
    """
    with collector_off():
        for t_ns, command in commands:
            if until_ns is not None and t_ns > until_ns:
                break
            _advance_in_strides(machine, sink, t_ns - 1)
            machine.apply(command, t_ns)
        _advance_in_strides(machine, sink, until_ns)


def _advance_in_strides(machine: Machine, sink: Sink, until_ns: int | None) -> None:
    while (event_ns := machine.next_event_ns) is not None:
        if until_ns is not None and event_ns > until_ns:
            break
        stride_end = event_ns + _STRIDE_NS
        machine.advance(stride_end if until_ns is None else min(stride_end, until_ns))
        sink(machine.drain())
    sink(machine.drain())
