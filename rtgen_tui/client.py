"""The core as the screens see it: a process behind two pipes."""

import asyncio
import contextlib
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import emulator
from emulator.protocol import ProtocolError, encode
from emulator.snapshot import Snapshot
from rtgen_tui.received import Received
from rtgen_tui.session import CoreError, Notice

_CHUNK_BYTES: Final = 1 << 20
_STDERR_TAIL_BYTES: Final = 8_192
_HELLO_TIMEOUT_S: Final = 20.0
_GRACE_S: Final = 2.0
"""How long the core may take to end by itself, and then how long after each signal."""


class CoreClient:
    """Runs the core as a process of its own: ``python -m emulator serve``."""

    def __init__(self) -> None:
        self.latest: Snapshot | None = None
        self.alive = False
        self._received = Received()
        self._hello = asyncio.Event()
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._stderr = bytearray()
        self._readers: list[asyncio.Task[None]] = []
        self._watcher: asyncio.Task[None] | None = None
        self._closing = False

    @property
    def pid(self) -> int | None:
        """Process id of the core, None before the start."""
        return None if self._process is None else self._process.pid

    async def spawn(self, *commands: Mapping[str, object]) -> None:
        """Start the process, with commands to carry out as soon as it can; waits for no answer.

        Raises:
            CoreError: it cannot be started.
        """
        try:
            process = await _spawn()
        except OSError as error:
            raise CoreError(f"the core cannot be started: {error}") from error
        self._process = process
        if process.stdin is not None:
            process.stdin.write(b"".join(map(encode, commands)))
        self._readers = [
            asyncio.create_task(self._read_frames(process)),
            asyncio.create_task(self._read_stderr(process)),
        ]
        self._watcher = asyncio.create_task(self._watch(process))

    async def start(self) -> None:
        """Start the process, if it was not spawned yet, and wait for its hello.

        Raises:
            CoreError: it cannot be started, or ends before it says hello.
        """
        if self._watcher is None:
            await self.spawn()
        assert self._watcher is not None  # noqa: S101  # spawn has made it
        hello = asyncio.create_task(self._hello.wait())
        try:
            await asyncio.wait(
                (hello, self._watcher),
                timeout=_HELLO_TIMEOUT_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            hello.cancel()
        if not self._received.greeted:
            reason = self._reason()
            await self.close()
            raise CoreError(f"the core did not start: {reason}")
        self.alive = not self._watcher.done()

    async def send(self, message: Mapping[str, object]) -> None:
        """Send one command. Raises CoreError: the core is gone."""
        if self._process is None or self._process.stdin is None or not self.alive:
            raise CoreError("the core is gone")
        try:
            self._process.stdin.write(encode(message))
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise CoreError("the core is gone") from error

    async def first_answer(self) -> Notice | None:
        """Wait until there is a snapshot, or a notice of what is wrong, which is returned."""
        while self.latest is None:
            if notices := self.messages():
                return notices[0]
            self._changed.clear()
            await self._changed.wait()
        return None

    def messages(self) -> list[Notice]:
        """Notices since the last call, oldest first."""
        return self._received.take_notices()

    async def close(self) -> None:
        """Ask the core to end, then make it; returns when it is gone."""
        process, watcher = self._process, self._watcher
        if process is None or watcher is None:
            return
        self._closing = True
        with contextlib.suppress(CoreError, TimeoutError):
            await asyncio.wait_for(self.send({"t": "quit"}), _GRACE_S)
        if process.stdin is not None:
            process.stdin.close()
        for end_it in (process.terminate, process.kill, watcher.cancel):
            done, _ = await asyncio.wait((watcher,), timeout=_GRACE_S)
            if done:
                break
            with contextlib.suppress(ProcessLookupError):
                end_it()

    async def _read_frames(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101  # it was asked for as a pipe
        while data := await process.stdout.read(_CHUNK_BYTES):
            try:
                self._received.feed(data)
            except ProtocolError as error:
                self._received.farewell = f"it does not speak this version's protocol: {error}"
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                return
            self.latest = self._received.latest
            self._changed.set()
            if self._received.greeted:
                self._hello.set()

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None  # noqa: S101  # it was asked for as a pipe
        while data := await process.stderr.read(_CHUNK_BYTES):
            self._stderr += data
            del self._stderr[:-_STDERR_TAIL_BYTES]

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Notice the end of the process, after everything it said was read."""
        try:
            await asyncio.gather(*self._readers)
            await process.wait()
        finally:
            self.alive = False
        if not self._closing:
            self._received.notices.append(Notice("died", self._reason()))
        self._changed.set()

    def _reason(self) -> str:
        if self._received.farewell:
            return self._received.farewell
        lines = self.stderr_tail().strip().splitlines()
        if lines:
            return lines[-1]
        status = None if self._process is None else self._process.returncode
        return "it does not answer" if status is None else f"it ended with status {status}"

    def stderr_tail(self) -> str:
        """The last lines that the core, or a policy in it, printed."""
        return self._stderr.decode("utf-8", "replace")


async def _spawn() -> asyncio.subprocess.Process:
    """Start the core where we stand, with our own packages and away from the terminal's signals."""
    # -P: a file in the working directory must not stand in for a module of ours.
    command = [sys.executable, "-P", "-X", "faulthandler", "-X", "utf8", "-m", "emulator", "serve"]
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        limit=_CHUNK_BYTES,
        **_own_process_group(),
    )


def _environment() -> dict[str, str]:
    """Ours, with the folder of the packages in the search path where they are not installed."""
    environment = dict(os.environ)
    root = str(Path(emulator.__file__).resolve().parents[1])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        paths = [root, *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment


def _own_process_group() -> dict[str, Any]:
    """Ctrl+C in the terminal is for the screen; the core ends when its pipe closes."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
