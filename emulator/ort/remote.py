"""A backend in a process of its own, which may be another Python with other packages.

A wheel that replaces onnxruntime (onnxruntime-openvino, say) cannot live beside it; and a provider
that crashes takes only its own process along. The worker thread of the backend waits for the
process: a call costs the way through two pipes on top of the run.
"""

import os
import subprocess
import sysconfig
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import emulator
from emulator.errors import UserError
from emulator.ort.runnable import BackendBinding, Terminate, Terminated
from emulator.ort.worker import BackendLostError
from emulator.protocol import Decoder, Message, ProtocolError, encode

MODULE: Final = "emulator.ort.worker_process"
_CHUNK_BYTES: Final = 1 << 16
_TAIL_BYTES: Final = 4096
_GRACE_S: Final = 1.0


class RemoteOpener:
    """Opens models in one process, which it starts at the first of them.

    Args:
        python: the interpreter; it needs rtgen-tui and what the provider comes with.
        factory: ``module:function`` that makes the opener over there.
        models: a user's own models, name to file.
    """

    def __init__(self, python: str, factory: str, models: Mapping[str, str] | None = None) -> None:
        self._python = python
        self._factory = factory
        self._models = dict(models or {})
        self._process: WorkerProcess | None = None
        self.runtime = ""
        """Version of ONNX Runtime over there, once a model is open."""

    @property
    def pid(self) -> int | None:
        """Of the process, None before it was started."""
        return None if self._process is None else self._process.pid

    def open(self, model: str, backend: BackendBinding) -> "RemoteRunnable":
        """A model over there. Raises UserError: there is no process, or it cannot open it."""
        asked: list[Message] = [{"t": "open", "model": model, "backend": asdict(backend)}]
        if self._process is None:
            command = [self._python, "-P", "-m", MODULE, self._factory]
            self._process = WorkerProcess(command, backend.backend)
            asked.insert(0, {"t": "models", "models": self._models})
        try:
            answer = [self._process.ask(message) for message in asked][-1]
        except BackendLostError as error:
            raise UserError(f"backend {backend.backend!r}: {error}") from None
        self.runtime = str(answer.get("runtime", ""))
        return RemoteRunnable(self._process, model, answer)

    def watch(self, on_gone: Callable[[str], None]) -> None:
        """Calls `on_gone` with the reason when the process ends before it is told to."""
        if self._process is not None:
            self._process.watch(on_gone)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.close()


class WorkerProcess:
    """A process that answers one message at a time."""

    def __init__(self, command: Sequence[str], backend: str) -> None:
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=_environment(),
                start_new_session=os.name != "nt",
            )
        except OSError as error:
            raise UserError(
                f"--worker {backend}={command[0]}: it cannot be started: {error.strerror}",
                key="--worker",
            ) from None
        self._decoder = Decoder()
        self._answers: deque[Message] = deque()
        self._tail = bytearray()
        self._errors = threading.Thread(target=self._read_errors, daemon=True)
        self._errors.start()
        self._is_closing = False

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, message: Message, terminate: Terminate | None = None) -> Message:
        """Send a message and wait for its answer.

        Raises:
            UserError: it answers that it cannot.
            Terminated: it was ended on purpose meanwhile.
            BackendLostError: it is gone, or talks nonsense.
        """
        if terminate is None:
            answer = self._asked(message)
        else:
            with terminate.watched(self._process.kill):
                try:
                    answer = self._asked(message)
                except BackendLostError:
                    if terminate.requested:
                        raise Terminated(str(message["t"])) from None
                    raise
        if answer["t"] == "error":
            raise UserError(str(answer.get("message")))
        return answer

    def watch(self, on_gone: Callable[[str], None]) -> None:
        """Calls `on_gone` with the reason, from a thread of its own, should it end by itself."""

        def wait() -> None:
            self._process.wait()
            if not self._is_closing:
                on_gone(self._why())

        name = f"watch over process {self.pid}"
        threading.Thread(target=wait, name=name, daemon=True).start()

    def close(self) -> None:
        """Let it end by itself, else make it."""
        self._is_closing = True
        stdin = self._process.stdin
        if stdin is not None:
            stdin.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.join()
        for pipe in filter(None, (self._process.stdout, self._process.stderr)):
            pipe.close()

    def _asked(self, message: Message) -> Message:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - both are pipes
        assert stdout is not None  # noqa: S101
        try:
            os.write(stdin.fileno(), encode(message))
            while not self._answers:
                data = os.read(stdout.fileno(), _CHUNK_BYTES)
                if not data:
                    raise BackendLostError(self._why())
                self._answers += self._decoder.feed(data)
        except (OSError, ValueError):
            raise BackendLostError(self._why()) from None
        except ProtocolError as error:
            raise BackendLostError(f"its process talks nonsense: {error}") from None
        return self._answers.popleft()

    def _why(self) -> str:
        try:
            status = self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            return f"its process {self.pid} does not talk any more"
        self._errors.join(_GRACE_S)
        lines = self._tail.decode("utf-8", "replace").strip().splitlines()
        said = f": {' '.join(lines[-1].split())[:200]}" if lines else ""
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        return f"its process {self.pid} {how}{said}"

    def _read_errors(self) -> None:
        """Keep the end of what it writes to stderr, which must never fill up."""
        stderr = self._process.stderr
        assert stderr is not None  # noqa: S101 - it is a pipe
        try:
            while data := os.read(stderr.fileno(), _CHUNK_BYTES):
                self._tail += data
                del self._tail[:-_TAIL_BYTES]
        except (OSError, ValueError):
            return


class RemoteRunnable:
    """A model that is open in another process."""

    def __init__(self, process: WorkerProcess, model: str, answer: Message) -> None:
        self.name = model
        self.provider = str(answer.get("provider"))
        self.is_llm = bool(answer.get("is_llm"))
        self.context = answer.get("context")
        """Of a language model, in tokens."""
        self.max_requests = answer.get("max_requests")
        """Of a language model: whose KV caches are kept apart."""
        self.warning = answer.get("warning")
        """Which nodes run elsewhere, where that was allowed."""
        self._process = process

    def infer(self, terminate: Terminate | None = None) -> None:
        """One whole inference."""
        self._ask("infer", terminate)

    def prefill(
        self, request: int, begin: int, end: int, terminate: Terminate | None = None
    ) -> int:
        """The tokens [begin, end) of a request's prompt."""
        return self._token("prefill", (request, begin, end), terminate)

    def decode(self, request: int, context: int, terminate: Terminate | None = None) -> int:
        """One more token."""
        return self._token("decode", (request, context), terminate)

    def forget(self, request: int) -> None:
        """Free the request's KV cache."""
        self._ask("forget", None, (request,))

    def warm_up(self) -> None:
        """Run it until first-run costs are paid."""
        self._ask("warm_up", None)

    def _token(self, what: str, arguments: tuple[int, ...], terminate: Terminate | None) -> int:
        token = self._ask(what, terminate, arguments).get("value")
        return token if isinstance(token, int) else -1

    def _ask(
        self, what: str, terminate: Terminate | None, arguments: tuple[int, ...] = ()
    ) -> Message:
        message: Message = {"t": "call", "model": self.name, "what": what, "arguments": arguments}
        return self._process.ask(message, terminate)


def _environment() -> dict[str, str]:
    """Ours, with the folder of our packages in the search path where they are not installed."""
    environment = dict(os.environ)
    root = str(Path(emulator.__file__).resolve().parents[1])
    if root not in (sysconfig.get_path("purelib"), sysconfig.get_path("platlib")):
        paths = [root, *filter(None, [environment.get("PYTHONPATH")])]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
    return environment
