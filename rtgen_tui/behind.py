"""Going from a live run to the replay of a session and back; the run goes on meanwhile."""

from typing import TYPE_CHECKING, Final

from rtgen_tui.session import Core, CoreError, CoreFactory, ReplayRequest, RunRequest

if TYPE_CHECKING:
    from rtgen_tui.monitor import Monitor

_SELDOM: Final = {"t": "rate", "hz": 0.1}
"""Nobody looks at a run that goes on behind a replay."""


class Behind:
    """The live run behind a replay, if there is one.

    Args:
        monitor: of what is on the screen.
        core_factory: makes the core of a replay.
    """

    def __init__(self, monitor: "Monitor", core_factory: CoreFactory) -> None:
        self._monitor = monitor
        self._core_factory = core_factory
        self._core: Core | None = None
        self._request: RunRequest | None = None

    @property
    def title(self) -> str:
        """The run in words; empty while there is none."""
        if self._request is None:
            return ""
        request = self._request
        return f"back to the live run: {request.scenario}, {request.policy}"

    async def open(self, path: str) -> None:
        """Replay a session.

        Raises:
            CoreError: there is no core for it.
        """
        monitor, request = self._monitor, ReplayRequest(path)
        if monitor.mode == "replay":
            await monitor.replay_another(request)
            return
        core = self._core_factory()
        await core.start()
        await core.send(request.command())
        live = monitor.live.again(monitor.latest)
        monitor.frozen = None
        self._core, self._request = await monitor.exchange(core, request), live
        await _tell(self._core)

    async def come_back(self) -> None:
        """Go on with the live run, and end the replay.

        Raises:
            CoreError: there is none.
        """
        if self._core is None or self._request is None:
            raise CoreError("there is no live run to go back to")
        core, request = self._core, self._request
        self._core = self._request = None
        replay = await self._monitor.exchange(core, request)
        await replay.close()

    async def close(self) -> None:
        """End the run, and learn what it has recorded; may be called more than once."""
        core, self._core = self._core, None
        if core is None:
            return
        recordings = self._monitor.recordings
        recordings.follow(core.recording)
        await core.close()
        for notice in core.messages():
            if notice.kind == "saved":
                recordings.saved(notice.text)


async def _tell(core: Core) -> None:
    """A core that has died is met when somebody goes back to it."""
    try:
        await core.send(_SELDOM)
    except (CoreError, OSError):
        return
