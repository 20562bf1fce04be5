"""How a process ended, in words."""

import signal


def how_ended(code: int) -> str:
    """With this code of ``subprocess`` or ``multiprocessing``."""
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    return f"by signal {name}" + (", perhaps for want of memory" if name == "SIGKILL" else "")
