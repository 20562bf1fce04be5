"""The application on a fake core, run under a real terminal by test_terminal.py.

It writes to the pipe given as its argument: ``ready`` after the first frame, ``closed`` when the
core was closed.
"""

import os
import sys

from emulator.snapshot import Snapshot
from rtgen_tui.app import RtgenApp
from rtgen_tui.session import FakeCore, RunRequest
from tests.rtgen_tui.snapshots_for_tests import make_snapshot


class ReportingCore(FakeCore):
    """Says what happens to it."""

    def __init__(self, report_fd: int) -> None:
        super().__init__(make_snapshot())
        self._report_fd = report_fd
        self._reported = False

    def messages(self) -> list:  # type: ignore[type-arg]
        """The first call comes with the first frame."""
        if not self._reported:
            self._reported = True
            os.write(self._report_fd, b"ready\n")
        return super().messages()

    async def close(self) -> None:
        """Report once."""
        if not self.closed:
            os.write(self._report_fd, b"closed\n")
        await super().close()


def main() -> None:
    """Run until somebody ends it, then print that the screen was left properly."""
    # Who leads a session and opens a terminal owns it, and gets SIGHUP when it closes.
    os.close(os.open(os.ttyname(0), os.O_RDWR))
    app = RtgenApp(lambda: ReportingCore(int(sys.argv[1])), RunRequest("p", "s", "edf"))
    app.run()
    summary: Snapshot | None = app.summary
    sys.stdout.write("left with a summary\n" if summary else "left\n")
    raise SystemExit(app.return_code)


if __name__ == "__main__":
    main()
