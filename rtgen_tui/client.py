"""The core as the screens see it: a process behind two pipes.

A thread per pipe of the core's, as the core itself has them (``emulator.serving.pipes``): they work
on every system, and the process can be older than the event loop that listens to it.
"""

import asyncio
import contextlib
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Final

from emulator.protocol import PROTOCOL, ProtocolError
from emulator.serving.pipes import FrameWriter
from rtgen_tui.core_address import HERE, CoreAddress
from rtgen_tui.greeting import Greeting
from rtgen_tui.received import Receiver
from rtgen_tui.session import CoreError, Notice

STUCK: Final = "Timeout ("
"""What the core's last words begin with when it was stuck; see ``serve``."""
_CHUNK_BYTES: Final = 1 << 20
_STDERR_TAIL_BYTES: Final = 8_192
_HELLO_TIMEOUT_S: Final = 20.0
_GRACE_S: Final = 2.0
"""How long the core may take to end by itself, and then how long after each signal."""


class CoreClient(Receiver):
    """Runs the core as a process of its own, or listens to one that was spawned already."""

    def __init__(
        self, process: "subprocess.Popen[bytes] | None" = None, address: CoreAddress = HERE
    ) -> None:
        super().__init__()
        self.alive = False
        self._address = address
        self._greeting = Greeting() if address.is_elsewhere else None
        self._process = process
        self._changed = asyncio.Event()
        self._gone: asyncio.Event | None = None
        """Set when the process has ended and all it said was read; None before ``listen``."""
        self._commands: FrameWriter | None = None
        self._stderr = bytearray()
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Process id of the core, None before the start."""
        return None if self._process is None else self._process.pid

    @property
    def where(self) -> str:
        """What the user calls the place of the core; empty for here."""
        return self._address.name

    @property
    def may_return(self) -> bool:
        """Whether it is elsewhere, and has not said goodbye."""
        return self._address.is_elsewhere and not self._received.farewell

    @property
    def mismatch(self) -> str:
        """What the versions of both sides differ in, in one sentence; empty where they do not."""
        if not (self._address.is_elsewhere and self._received.greeted):
            return ""
        from emulator.session.origin import package_version

        theirs, ours = self._received.version, package_version()
        if theirs == ours:
            return ""
        return f"the core on {self.where} is rtgen-tui {theirs}, this screen {ours}"

    def listen(self, *commands: Mapping[str, object]) -> None:
        """Listen to the process on the running loop, and send commands; waits for no answer.

        Raises:
            CoreError: there was no process, and none can be started.
        """
        try:
            process = self._process or self._address.spawn()
        except OSError as error:
            raise CoreError(f"the core cannot be started: {error}") from error
        assert process.stdin and process.stdout and process.stderr  # noqa: S101, PT018  # pipes
        self._process, self._gone = process, asyncio.Event()
        loop = asyncio.get_running_loop()

        def on_loop(callback: Callable[..., None], *arguments: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is left to hear
                loop.call_soon_threadsafe(callback, *arguments)

        def read_errors(pipe: IO[bytes]) -> None:
            for data in _chunks(pipe):
                on_loop(self._take_stderr, data)

        def read_frames(pipe: IO[bytes], errors: threading.Thread) -> None:
            for data in _chunks(pipe):
                on_loop(self._take_frames, data)
            errors.join()
            process.wait()
            on_loop(self._end)

        errors = threading.Thread(target=read_errors, args=(process.stderr,), daemon=True)
        frames = threading.Thread(target=read_frames, args=(process.stdout, errors), daemon=True)
        errors.start()
        frames.start()
        self._commands = FrameWriter(process.stdin.fileno(), on_closed=lambda: None)
        self._commands.start()
        for command in commands:
            self._commands.send(dict(command))

    async def start(self) -> None:
        """Start the process, if nobody listens to it yet, and wait for its hello.

        Raises:
            CoreError: it cannot be started, or ends before it says hello.
        """
        if self._gone is None:
            self.listen()
        assert self._gone is not None  # noqa: S101  # listen has made it
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HELLO_TIMEOUT_S):
                while not (self._received.greeted or self._gone.is_set()):
                    await self._change()
        if not self._received.greeted:
            reason = self._reason()
            await self.close()
            raise CoreError(f"the core{self._on()} did not start: {reason}")
        if self._received.protocol != PROTOCOL:
            await self.close()
            raise CoreError(
                f"the core{self._on()} speaks protocol {self._received.protocol} (rtgen-tui "
                f"{self._received.version}), this screen {PROTOCOL}: install one version on both"
            )
        self.alive = not self._gone.is_set()

    async def send(self, message: Mapping[str, object]) -> None:
        """Send one command. Raises CoreError: the core is gone."""
        if self._commands is None or not self.alive:
            raise CoreError("the core is gone")
        self._commands.send(dict(message))

    async def first_answer(self) -> Notice | None:
        """Wait until there is a snapshot, or a notice of what is wrong, which is returned."""
        while self.latest is None:
            if notices := self.messages():
                return notices[0]
            await self._change()
        return None

    async def close(self) -> None:
        """Ask the core to end, then make it; returns when it is gone."""
        process, gone, commands = self._process, self._gone, self._commands
        if process is None:
            return
        if gone is None or commands is None:
            with process:
                process.kill()
            return
        self._closing = True
        if not gone.is_set():
            commands.send({"t": "quit"})
        for end_it in (process.terminate, process.kill, gone.set):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(gone.wait(), _GRACE_S)
                break
            end_it()
        self.alive = False
        commands.close(timeout_s=0)
        if process.poll() is not None:
            for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
                pipe.close()

    async def _change(self) -> None:
        """Wait for anything new from the core."""
        self._changed.clear()
        await self._changed.wait()

    def _on(self) -> str:
        return f" on {self.where}" if self.where else ""

    def _take_frames(self, data: bytes) -> None:
        try:
            self._received.feed(data if self._greeting is None else self._greeting.frames(data))
        except ProtocolError as error:
            self._received.farewell = f"it does not speak this version's protocol: {error}"
            if self._process is not None:
                self._process.kill()
        self._changed.set()

    def _take_stderr(self, data: bytes) -> None:
        self._stderr += data
        del self._stderr[:-_STDERR_TAIL_BYTES]

    def _end(self) -> None:
        """The process has ended, and everything it said was read."""
        self.alive = False
        if not self._closing:
            self._received.notices.append(Notice("died", self._reason()))
        if self._gone is not None:
            self._gone.set()
        self._changed.set()

    def _reason(self) -> str:
        if self._received.farewell:
            return self._received.farewell
        lines = self._stderr.decode("utf-8", "replace").strip().splitlines()
        if any(line.startswith(STUCK) for line in lines):
            return "it did not come back from a decision, and was ended"
        if lines:
            return lines[-1]
        if self._greeting is not None and self._greeting.noise:
            return f"it is no core: it says {self._greeting.noise!r}"
        status = None if self._process is None else self._process.returncode
        if status is None:
            return "it does not answer"
        if status >= 0:
            return f"it ended with status {status}"
        from emulator.how_ended import how_ended

        return f"it was ended {how_ended(status)}"


def _chunks(pipe: IO[bytes]) -> Iterator[bytes]:
    """What comes out of a pipe until it ends, or breaks."""
    with contextlib.suppress(OSError):
        while data := os.read(pipe.fileno(), _CHUNK_BYTES):
            yield data
