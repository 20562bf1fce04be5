"""``python -m benchmarks`` lists the benchmarks, ``python -m benchmarks NAME ...`` runs one."""

import ast
import pkgutil
import runpy
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Names of the benchmark modules."""
    found = (module.name for module in pkgutil.iter_modules([str(FOLDER)]))
    return sorted(name for name in found if not name.startswith("_"))


def purpose(name: str) -> str:
    """First line of a module's docstring, read without running the module."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def main() -> int:
    """List, or run the one that was named; returns the exit status."""
    known = names()
    if len(sys.argv) < 2 or sys.argv[1] not in known:  # noqa: PLR2004  # a name after the program
        width = max(map(len, known), default=0)
        print("\n".join(f"{name:{width}}  {purpose(name)}" for name in known))
        return 0 if len(sys.argv) == 1 else 2
    name = sys.argv.pop(1)
    runpy.run_module(f"benchmarks.{name}", run_name="__main__", alter_sys=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
