"""What is asked of a live run, in people's words: which backends are real, what runs on them."""

from dataclasses import dataclass, fields

from emulator.errors import UserError
from emulator.names import shown

MAX_THREADS = 1024
_MAX_TEXTS = 64
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """The options of a live run, not looked into yet."""

    backends: tuple[str, ...] = ()
    """Such as ``cpu0=cpu`` or ``npu=VitisAIExecutionProvider``; none: whatever this machine has."""
    models: tuple[str, ...] = ()
    """Such as ``background-blur=./my.onnx`` or ``llama-3.2-1b=decoder-55m``."""
    workers: tuple[str, ...] = ()
    """Such as ``gpu=/path/to/python``: backends that run in a process of this interpreter."""
    threads: int = 1
    """Of each session."""
    allow_fallback: bool = False
    """Whether nodes of a model may run on the CPU where the provider cannot take them."""

    def to_message(self) -> dict[str, object]:
        """For the ``start`` command of ``emulator.protocol``."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def live_request(table: object) -> LiveRequest | None:
    """From such a message; None where there is none.

    Raises:
        UserError: it holds something else.
    """
    if table is None:
        return None
    if not isinstance(table, dict):
        raise UserError("start: 'live' must be a table", key="live")
    threads, fallback = table.get("threads", 1), table.get("allow_fallback", False)
    if type(threads) is not int or not 1 <= threads <= MAX_THREADS:
        raise UserError(f"start: 'live.threads' must be 1 to {MAX_THREADS}", key="live.threads")
    return LiveRequest(
        backends=_texts(table, "backends"),
        models=_texts(table, "models"),
        workers=_texts(table, "workers"),
        threads=threads,
        allow_fallback=bool(fallback),
    )


def _texts(table: dict[object, object], key: str) -> tuple[str, ...]:
    values = table.get(key, ())
    if isinstance(values, tuple | list) and len(values) <= _MAX_TEXTS:
        texts = tuple(each for each in values if isinstance(each, str) and len(each) <= _LONGEST)
        if len(texts) == len(values):
            return texts
    raise UserError(
        f"start: 'live.{key}' must be a list of texts, not {shown(repr(values))}", key=f"live.{key}"
    )
