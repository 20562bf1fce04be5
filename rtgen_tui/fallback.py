"""What happens when a core ends under a policy of the user's own: it may have ended the core."""

from rtgen_tui.live_run import FALLBACK, LiveRun
from rtgen_tui.session import Recording


class Fallback:
    """Has the run start again without the policy, and says so once it has."""

    def __init__(self) -> None:
        self._story = ""

    def plan(self, run: LiveRun, reason: str, recording: Recording | None) -> bool:
        """The core of the run has ended; whether it is to be started again."""
        policy = run.give_up_own_policy()
        if not policy:
            return False
        self._story = (
            f"the core ended under policy {policy}: {reason}; "
            f"the run was started again under {FALLBACK}"
        )
        if recording is not None:
            self._story += f"; what was recorded is in {recording.path}"
        return True

    def take(self) -> str:
        """A run has begun: what to tell of the one before; empty where there is nothing."""
        story, self._story = self._story, ""
        return story
