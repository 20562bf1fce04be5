"""The program: `rtgen-tui`, and `python -m rtgen_tui`."""

import os
import sys


def main() -> None:
    """The console script: Ctrl+C ends it without a traceback while it is being loaded, too."""
    try:
        _run()
    except KeyboardInterrupt:
        from rtgen_tui.exits import INTERRUPTED, fail

        sys.exit(fail("interrupted", INTERRUPTED))


def _run() -> None:
    """Without arguments the dashboard opens, past the parsing of commands."""
    if sys.argv[1:] or "_RTGEN_TUI_COMPLETE" in os.environ:
        from rtgen_tui.cli import app

        app()
    else:
        from rtgen_tui.commands.chosen import SCENARIO, Choices
        from rtgen_tui.commands.start import start
        from rtgen_tui.exits import exit_code_of

        sys.exit(exit_code_of(lambda: start(Choices(SCENARIO, from_config=True))))


if __name__ == "__main__":
    main()
