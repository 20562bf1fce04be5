"""The client: what the screens see of a core that runs, refuses, dies or never starts."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from emulator.protocol import Decoder, Message, ProtocolError, encode
from rtgen_tui import client, core_process
from rtgen_tui.client import CoreClient
from rtgen_tui.in_process import InProcessCore
from rtgen_tui.received import Received
from rtgen_tui.session import Core, CoreError, Notice
from tests.emulator.paced_fakes import MS, FakeMachine, FakeMeter, S, fake_builder

PATIENCE_S = 30.0
START = {
    "t": "start",
    "profile": {"backends": ["cpu"], "models": {"blur": {"cpu": 12.0}}},
    "scenario": {"name": "call", "streams": [{"name": "cam", "model": "blur", "rate_hz": 30}]},
    "policy": "edf",
}


@pytest.fixture
async def core() -> AsyncIterator[CoreClient]:
    """A core process that has said hello."""
    started = CoreClient()
    await started.start()
    yield started
    await started.close()


def told_of(core: CoreClient, kind: str, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Is set once a whole frame of this kind has arrived."""
    arrived = asyncio.Event()
    feed = Decoder.feed

    def feed_and_tell(decoder: Decoder, data: bytes) -> list[Message]:
        messages = feed(decoder, data)
        if decoder is core._received._decoder and kind in [each["t"] for each in messages]:
            arrived.set()
        return messages

    monkeypatch.setattr(Decoder, "feed", feed_and_tell)
    return arrived


async def until_dead(core: CoreClient) -> None:
    """Wait until the client has noticed the end of the core."""
    assert core._gone is not None
    await asyncio.wait_for(core._gone.wait(), PATIENCE_S)


def test_both_are_cores() -> None:
    """The process and the one in process can stand wherever the screens ask for a core."""
    cores: list[Core] = [CoreClient(), InProcessCore()]
    assert [core.alive for core in cores] == [False, False]


async def test_a_run_is_seen(core: CoreClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a start the newest snapshot shows the run; closing ends it without a notice.

    A second close does nothing; neither does one before the start.
    """
    arrived = told_of(core, "snapshot", monkeypatch)
    await core.send(START)
    await asyncio.wait_for(arrived.wait(), PATIENCE_S)
    assert core.latest is not None
    assert (core.latest.run, core.latest.state, core.latest.policy) == (1, "running", "edf")
    await core.close()
    assert not core.alive
    assert core.messages() == []
    await core.close()
    await CoreClient().close()


async def test_a_refused_command_is_a_notice(
    core: CoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error frame becomes one notice, handed out once, and the core lives on."""
    arrived = told_of(core, "error", monkeypatch)
    await core.send({"t": "swap", "policy": "edf"})
    await asyncio.wait_for(arrived.wait(), PATIENCE_S)
    assert core.messages() == [Notice("error", "swap: no run has been started")]
    assert core.messages() == []
    assert core.alive


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
async def test_a_killed_core_is_noticed(core: CoreClient) -> None:
    """A core that was killed is dead, says how it ended, and cannot be spoken to."""
    assert core.pid is not None
    os.kill(core.pid, signal.SIGKILL)
    await until_dead(core)
    assert core.messages() == [
        Notice("died", "it was ended by signal SIGKILL, perhaps for want of memory")
    ]
    with pytest.raises(CoreError, match="the core is gone"):
        await core.send(START)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
async def test_a_core_that_was_told_to_end_says_so(core: CoreClient) -> None:
    """The reason of the core's bye is the reason of the notice."""
    assert core.pid is not None
    os.kill(core.pid, signal.SIGTERM)
    await until_dead(core)
    assert core.messages() == [Notice("died", "ended by SIGTERM")]


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
async def test_a_hung_core_is_closed_all_the_same(
    core: CoreClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A core that reacts to nothing, not even TERM, is killed after its grace."""
    monkeypatch.setattr(client, "_GRACE_S", 0.05)
    assert core.pid is not None
    os.kill(core.pid, signal.SIGSTOP)
    await core.close()
    assert not core.alive


async def test_the_core_starts_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of the user's with an ``emulator`` or ``queue.py`` in it does not get in the way.

    Ctrl+C in the terminal reaches the screen only: the core has a session of its own.
    """
    (tmp_path / "emulator").mkdir()
    (tmp_path / "emulator" / "__init__.py").write_text("raise SystemExit(3)")
    (tmp_path / "queue.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    started = CoreClient()
    await started.start()
    assert started.alive
    assert started.pid is not None
    assert os.name != "posix" or os.getpgid(started.pid) != os.getpgid(0)
    await started.close()


async def test_a_core_that_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing interpreter is a CoreError with a sentence."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(CoreError, match="the core cannot be started"):
        await CoreClient().start()


async def test_a_core_that_ends_at_once_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends before its hello is a CoreError with the last line it printed."""

    def spawn() -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        script = "import sys; sys.exit('no such module')"
        return subprocess.Popen(
            [sys.executable, "-c", script], stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0
        )

    monkeypatch.setattr(core_process, "spawn_core", spawn)
    with pytest.raises(CoreError, match="the core did not start: no such module"):
        await CoreClient().start()


async def test_of_several_snapshots_the_newest_is_rebuilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three snapshots in one read cost one rebuild."""
    rebuilt: list[object] = []
    monkeypatch.setattr("rtgen_tui.received.from_wire", lambda raw: rebuilt.append(raw[0]))
    received = Received()
    received.feed(b"".join(encode({"t": "snapshot", "s": [number]}) for number in range(3)))
    assert rebuilt == [2]


@pytest.mark.parametrize("raw", [5, "text", [1, 2], {"a": 1}])
def test_a_snapshot_of_another_version_is_refused(raw: object) -> None:
    """A snapshot of another shape is a ProtocolError, never a crash of the screen."""
    with pytest.raises(ProtocolError):
        Received().feed(encode({"t": "snapshot", "s": raw}))


def test_unknown_frames_are_skipped() -> None:
    """A newer core may say more than we understand."""
    received = Received()
    received.feed(encode({"t": "weather", "rain": True}) + encode({"t": "hello"}))
    assert received.greeted
    assert received.take_notices() == []


async def test_in_process_time_is_ours() -> None:
    """Without a process the core moves when ticked, and shows what the wire would bring."""
    core = InProcessCore(builder=fake_builder(FakeMachine([S, 2 * S, 9 * S]), FakeMeter()))
    await core.start()
    await core.send(START)
    core.tick(1500 * MS)
    assert core.latest is not None
    assert core.latest.missed == 1
    assert core.latest.t_ns > S
    core.tick(3 * S)
    assert core.latest.missed == 2


async def test_in_process_commands_are_obeyed_at_once() -> None:
    """A command takes effect at the present tick; a refusal is a notice; quit ends it."""
    core = InProcessCore()
    await core.start()
    await core.send(START)
    core.tick(S)
    await core.send({"t": "swap", "policy": "xyzzy"})
    (notice,) = core.messages()
    assert notice.kind == "error"
    await core.send({"t": "quit"})
    assert not core.alive
    with pytest.raises(CoreError):
        await core.send(START)
