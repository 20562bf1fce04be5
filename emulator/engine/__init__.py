"""The engine: a discrete-event machine with integer nanoseconds, without clock or I/O."""

from emulator.engine.machine import Engine

__all__ = ["Engine"]
