"""Somebody's own policy, loaded in another process first: that may end there, or never come back.

``python -m emulator.policies.trial NAME`` ends with 0 if it loads, else with 2 and one sentence.
"""

import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

from emulator.errors import PolicyError
from emulator.how_ended import how_ended
from emulator.policies.overtime import LOADING_NS
from emulator.policies.own_name import without_version

_REFUSED: Final = 2
_LIMIT_S: Final = LOADING_NS / 1e9 + 5
"""What loops is interrupted before, and tells its line."""


class Trial:
    """One that was begun; a thread waits for its end.

    Args:
        name: of the policy.
        on_done: is called in that thread.
    """

    def __init__(self, name: str, on_done: Callable[[], None]) -> None:
        self.problem: str | None = None
        """One sentence, empty when it loads; None until that is known."""
        self._name = name
        self._on_done = on_done
        threading.Thread(target=self._wait, name="trial", daemon=True).start()

    def _wait(self) -> None:
        try:
            self.problem = self._outcome()
        except (OSError, ValueError) as error:
            self.problem = f"policy {without_version(self._name)}: it cannot be tried: {error}"
        self._on_done()

    def _outcome(self) -> str:
        call = [sys.executable, "-m", "emulator.policies.trial", self._name]
        plain = without_version(self._name)
        try:
            done = subprocess.run(
                call,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"policy {plain}: loading it takes longer than {_LIMIT_S:.0f} s"
        words = done.stdout.decode("utf-8", "replace").strip().splitlines()
        if done.returncode == _REFUSED and words:
            return words[-1]
        if done.returncode:
            return f"policy {plain}: loading it ended a process ({how_ended(done.returncode)})"
        return ""


def main() -> int:
    """Loads the policy that is named. What it says goes to whoever asked."""
    from emulator.policies import find_policy

    try:
        find_policy(sys.argv[1])
    except PolicyError as error:
        sys.stdout.buffer.write(f"\n{' '.join(str(error).split())}\n".encode())
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
