"""The core as a process, for a client that speaks protocol.py, or the way to one on a socket."""

# Only what the standard library has loaded anyway: the pipes are taken before our own imports.
import gc
import os
import sys

USAGE = """usage: python -m emulator serve | attach SOCKET
The core of rtgen-tui, or the way to one: commands come on stdin, frames leave on stdout, both in a
binary protocol. It is started by rtgen-tui and is not meant for a terminal."""


def take_pipes() -> tuple[int, int]:
    """Keep stdin and stdout for the protocol; whoever prints from now on prints to stderr.

    Returns:
        The file descriptors that commands come from and frames go to.
    """
    commands_fd, frames_fd = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return commands_fd, frames_fd


def main(arguments: list[str]) -> int:
    """Serve; returns the exit status. 2: not called as the usage says."""
    words = {"serve": 1, "attach": 2}
    if not arguments or len(arguments) != words.get(arguments[0]) or os.isatty(1):
        sys.stderr.write(USAGE + "\n")
        return 2
    pipes = take_pipes()
    if arguments[0] == "attach":
        from emulator.serving.relay import relay

        return relay(arguments[1], *pipes)
    # What is loaded now stays; from here on the core collects when it is idle (collector.py).
    gc.disable()
    from emulator.serve import serve

    return serve(*pipes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
