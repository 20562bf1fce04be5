"""The clock of the wall: waits that can be woken and never end early."""

import asyncio

from emulator.serving.clock import WallClock
from tests.emulator.paced_fakes import MS


async def test_a_wall_clock_can_be_woken() -> None:
    """A wait without end returns when woken, also when woken before it began."""
    clock = WallClock()
    clock.wake()
    await clock.wait_until(None)
    asyncio.get_running_loop().call_soon(clock.wake)
    await clock.wait_until(None)


async def test_a_wall_clock_does_not_return_early() -> None:
    """A wait without a wake ends at its time or later."""
    clock = WallClock()
    t_ns = clock.now_ns() + MS
    while clock.now_ns() < t_ns:
        await clock.wait_until(t_ns)
    assert clock.now_ns() >= t_ns
