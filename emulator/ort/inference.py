"""A model of one inference per slice: vision, audio, anything that is no language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from emulator.errors import UserError
from emulator.ort.raw import Array
from emulator.ort.runnable import Terminate
from emulator.ort.sessions import ModelError, Session, first_line

WARM_UP_RUNS: Final = 5
"""The first two runs of a session take half as long again; see docs/live.md."""


class InferenceRunnable:
    """A Runnable of one inference per slice, always on the same input."""

    is_llm = False

    def __init__(self, session: Session, feeds: Mapping[str, Array]) -> None:
        self.session = session
        self._feeds = feeds

    @property
    def name(self) -> str:
        """The model's name."""
        return self.session.name

    @property
    def warning(self) -> str | None:
        """Which nodes run elsewhere, where that was allowed."""
        return self.session.warning

    @property
    def provider(self) -> str:
        """The execution provider that runs it."""
        return self.session.provider

    def infer(self, terminate: Terminate | None = None) -> None:
        """Runs one whole inference."""
        self.session.run(self._feeds, terminate)

    def warm_up(self) -> None:
        """Runs it until first-run costs are paid.

        Raises:
            ModelError: it does not run on its input.
        """
        try:
            for _ in range(WARM_UP_RUNS):
                self.infer()
        except Exception as error:  # noqa: BLE001 - every provider raises its own kinds
            raise ModelError(f"{self.name} does not run: {first_line(error)}") from None

    def prefill(
        self, request: int, begin: int, end: int, terminate: Terminate | None = None
    ) -> int:
        """Always an error: only a language model reads prompts."""
        raise self._no_llm()

    def decode(self, request: int, context: int, terminate: Terminate | None = None) -> int:
        """Always an error: only a language model writes tokens."""
        raise self._no_llm()

    def forget(self, request: int) -> None:
        """Nothing is kept for a request."""

    def _no_llm(self) -> UserError:
        return UserError(f"{self.name} is no language model: it has neither prefill nor decode")
