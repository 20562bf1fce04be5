"""A core as a process, for tests of the pipe: ``python -m tests.emulator.core_in_a_pipe KIND``.

KIND ``noisy``: the engine prints and reads stdin. ``broken``: it raises at the first event.
``limited``: the engine is as it is, but no file may grow beyond 20,000 bytes.
"""

import sys

from emulator.__main__ import take_pipes


def main(kind: str) -> int:
    """Serve with an engine that misbehaves."""
    pipes = take_pipes()
    from emulator.engine import Engine
    from emulator.serve import serve
    from emulator.serving.emulation import Builder, Meter, RunRequest, build

    if kind == "limited":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        return serve(*pipes)

    class Noisy(Engine):
        def advance(self, until_ns: int) -> None:
            print("a print in somebody's policy")  # noqa: T201
            sys.stdout.flush()
            assert sys.stdin.read() == ""
            super().advance(until_ns)

    class Broken(Engine):
        def advance(self, until_ns: int) -> None:
            raise ZeroDivisionError("a bug\nof ours")

    def builder(request: RunRequest, number: int) -> tuple[Engine, Meter]:
        _, meter = build(request, number)
        engine = Noisy if kind == "noisy" else Broken
        return engine(request.profile, request.scenario, request.policy), meter

    typed: Builder = builder
    return serve(*pipes, builder=typed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
