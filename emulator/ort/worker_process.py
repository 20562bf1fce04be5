"""``python -m emulator.ort.worker_process MODULE:FUNCTION``: models run in this process.

Messages come on stdin and each is answered on stdout, in the frames of ``emulator.protocol``:
``models {models}``, ``open {model, backend}`` and ``call {model, what, arguments}``; answers are
``done {...}`` and ``error {message}``. It ends when stdin does. See ``remote.py`` for the other
side.
"""

# Only what the standard library has loaded anyway: the pipes are taken before our own imports.
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.ort.runnable import Opener, Runnable
    from emulator.protocol import Message

CALLS = frozenset(("infer", "prefill", "decode", "forget", "warm_up"))


class Server:
    """Answers messages; ``make_opener`` is given a user's own models, name to file."""

    def __init__(self, make_opener: "Callable[[dict[str, str]], Opener]") -> None:
        self._make_opener = make_opener
        self._models: dict[str, str] = {}
        self._opener: Opener | None = None
        self._open: dict[str, Runnable] = {}

    def answer(self, message: "Message") -> "Message":
        """What to say to a message."""
        from emulator.errors import UserError

        try:
            return {"t": "done", **self._done(message)}
        except UserError as error:
            return {"t": "error", "message": str(error)}

    def _done(self, message: "Message") -> "Message":
        kind = message["t"]
        if kind == "models":
            models = message["models"]
            self._models = (
                {str(k): str(v) for k, v in models.items()} if isinstance(models, dict) else {}
            )
            return {}
        name = str(message["model"])
        if kind == "open":
            return self._opened(name, message["backend"])
        what, arguments = str(message["what"]), message["arguments"]
        if what not in CALLS or not isinstance(arguments, tuple):
            raise ValueError(f"{what} is no call")
        return {"value": getattr(self._open[name], what)(*arguments)}

    def _opened(self, name: str, backend: object) -> "Message":
        from emulator.ort.runnable import BackendBinding

        if self._opener is None:
            self._opener = self._make_opener(self._models)
        binding = BackendBinding(**backend) if isinstance(backend, dict) else None
        if binding is None:
            raise ValueError("a backend is a map")
        runnable = self._open[name] = self._opener.open(name, binding)
        loaded = sys.modules.get("onnxruntime")
        return {
            "provider": runnable.provider,
            "is_llm": runnable.is_llm,
            "context": getattr(runnable, "context", None),
            "max_requests": getattr(runnable, "max_requests", None),
            "warning": getattr(runnable, "warning", None),
            "runtime": str(getattr(loaded, "__version__", "")),
        }


def session_opener(models: dict[str, str]) -> "Opener":
    """ONNX Runtime as it is installed for this interpreter. Raises UserError: a wrong model."""
    from emulator.ort.models.catalog import parse_model
    from emulator.ort.opener import SessionOpener

    return SessionOpener(dict(parse_model(f"{name}={file}") for name, file in models.items()))


def main(arguments: list[str]) -> int:
    """Serve until stdin ends; returns the exit status."""
    from emulator.__main__ import take_pipes

    if len(arguments) != 1 or os.isatty(1):
        sys.stderr.write("usage: python -m emulator.ort.worker_process MODULE:FUNCTION\n")
        return 2
    commands_fd, answers_fd = take_pipes()
    from emulator.protocol import Decoder, encode

    module, _, function = arguments[0].partition(":")
    server = Server(getattr(import_module(module), function))
    decoder = Decoder()
    while data := os.read(commands_fd, 1 << 16):
        for message in decoder.feed(data):
            os.write(answers_fd, encode(server.answer(message)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
