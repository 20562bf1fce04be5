"""What the detail of a stream knows of the journal: its newest jobs, and the worst of them."""

from emulator.serving.detail import DetailView, from_wire
from rtgen_tui.journal_view import JournalView
from rtgen_tui.monitor import Monitor

_FIRST_ASK = 1_000_000_000
"""Numbers of questions begin here, apart from those of a timeline that is open too."""


class DetailJournal(JournalView):
    """Questions about one stream.

    Args:
        monitor: the way to the core.
    """

    def __init__(self, monitor: Monitor) -> None:
        super().__init__(monitor)
        self._asked = _FIRST_ASK
        self.detail: DetailView | None = None

    def forget(self) -> None:
        super().forget()
        self.detail = None

    async def want_detail(self, stream: int, until_ns: int) -> None:
        """Ask for the newest jobs of a stream as of an instant, unless an answer is to come."""
        if "detail" not in self._waiting:
            await self._ask("detail", {"stream": stream, "until_ns": until_ns})

    def take(self) -> bool:
        has_job = super().take()
        answer = self._monitor.answer("detail")
        if not answer or answer is self._seen.get("detail"):
            return has_job
        self._seen["detail"] = answer
        if self._waiting.get("detail") != answer.get("ask"):
            return has_job
        del self._waiting["detail"]
        self.problem = str(answer.get("error", ""))
        view = answer.get("view")
        self.detail = from_wire(view) if isinstance(view, tuple) else None
        return True
