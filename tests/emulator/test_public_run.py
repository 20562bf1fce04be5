"""A run on a socket: seen and steered by several, ended by none of them."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.errors import UserError
from emulator.protocol import Decoder, Message, encode
from emulator.serving.local_socket import connect, is_same_user, listen

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")

SCRIPT = """
import sys
from pathlib import Path
from emulator.serving.public import PublicRun
start = {"t": "start", "profile": "", "scenario": "video-call", "policy": sys.argv[2]}
run = PublicRun(Path(sys.argv[1]), [start], on_problem=print)
print("served", flush=True)
print(run.serve(None), run.last.t_ns >= 0, flush=True)
"""


class Viewer:
    """One end of the socket."""

    def __init__(self, path: Path) -> None:
        self.connection = connect(path)
        self.connection.settimeout(20)
        self._decoder = Decoder()
        self._frames: list[Message] = []

    def say(self, message: Message) -> None:
        """Send a command."""
        self.connection.sendall(encode(message))

    def next(self, kind: str) -> Message:
        """The next frame of this kind."""
        while True:
            while self._frames:
                frame = self._frames.pop(0)
                if frame["t"] == kind:
                    return frame
            data = self.connection.recv(65_536)
            if not data:
                raise EOFError(kind)
            self._frames += self._decoder.feed(data)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Short enough for a socket."""
    return tmp_path / "run.sock"


@pytest.fixture
def process(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """A run that is served."""
    command = [sys.executable, "-c", SCRIPT, str(path), "fcfs"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        assert served.stdout.readline() == "served\n"
        yield served
        served.kill()


def test_viewers_see_one_run_and_each_may_steer(
    process: "subprocess.Popen[str]", path: Path
) -> None:
    """One swaps, the other sees it; one leaves, the run goes on; its end is told to who is left."""
    one, other = Viewer(path), Viewer(path)
    assert one.next("hello") == other.next("hello")
    one.say({"t": "swap", "policy": "edf"})
    while "edf" not in repr(other.next("snapshot")["s"])[:400]:
        pass
    one.say({"t": "quit"})
    with one.connection, pytest.raises(EOFError):
        one.next("bye")

    assert other.next("snapshot")
    process.send_signal(signal.SIGTERM)
    assert other.next("bye")["reason"] == "ended by SIGTERM"
    assert process.communicate(timeout=20)[0] == "ended by SIGTERM True\n"
    assert not path.exists()
    other.connection.close()


def test_a_viewer_that_dies_leaves_the_run_going_on(
    process: "subprocess.Popen[str]", path: Path
) -> None:
    """And one that never reads slows nobody down."""
    idle, gone, other = Viewer(path), Viewer(path), Viewer(path)
    with idle.connection, other.connection:
        gone.connection.close()
        for _ in range(10):
            other.next("snapshot")

        assert process.poll() is None


def test_only_its_owner_can_open_it(path: Path) -> None:
    """From the instant at which it is there."""
    with listen(path) as listener, connect(path), listener.accept()[0] as seen:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert is_same_user(seen)


def test_what_a_dead_run_left_behind_is_replaced(path: Path) -> None:
    """Nobody listens there any more."""
    listen(path).close()
    assert path.exists()
    with listen(path), connect(path):
        pass


def test_a_run_that_is_served_already_is_left_alone(path: Path) -> None:
    """The sentence says how to see it."""
    with listen(path), pytest.raises(UserError, match="served there already; see it: rtgen-tui"):
        listen(path)


def test_a_file_is_never_replaced(path: Path) -> None:
    """It is no socket."""
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="there is a file of that name, which is no socket"):
        listen(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_nothing_served_is_one_sentence(path: Path) -> None:
    """With the command that would serve it."""
    with pytest.raises(UserError, match="nothing is served there; start a run with: rtgen-tui run"):
        connect(path)


def test_a_path_too_long_for_a_socket_is_one_sentence(tmp_path: Path) -> None:
    """Before the system says something dark."""
    with pytest.raises(UserError, match="at most 100 bytes"):
        listen(tmp_path / ("x" * 120))


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """It names the path."""
    with pytest.raises(UserError, match="No such file or directory"):
        listen(tmp_path / "nowhere" / "run.sock")


def test_a_wrong_run_is_refused_before_anybody_looks(path: Path) -> None:
    """The sentence is the core's, and no socket stays."""
    command = [sys.executable, "-c", SCRIPT, str(path), "ddf"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert "UserError" in ended.stderr or "PolicyError" in ended.stderr
    assert "ddf" in ended.stderr
    assert not path.exists()


def test_the_relay_passes_bytes_both_ways(process: "subprocess.Popen[str]", path: Path) -> None:
    """What a client elsewhere is connected by; it ends with the client, and the run goes on."""
    command = [sys.executable, "-m", "emulator", "attach", str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0) as relay:
        assert relay.stdin is not None
        assert relay.stdout is not None
        decoder, kinds = Decoder(), set[object]()
        relay.stdin.write(encode({"t": "no-such-command"}))
        while not {"hello", "snapshot", "error"} <= kinds:
            kinds |= {each["t"] for each in decoder.feed(os.read(relay.stdout.fileno(), 65_536))}
        relay.stdin.close()
        assert relay.wait(timeout=20) == 0
    assert process.poll() is None
