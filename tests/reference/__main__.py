"""`python -m tests.reference N [FIRST]`: compare the engine with the reference on N cases."""

import sys

from tests.reference.against import difference, report, shrink
from tests.reference.cases import Case, make_case

PROGRESS_EVERY = 50


def finding(case: Case) -> tuple[str, str] | None:
    """What went wrong with one case, and its kind: an error's name, or "difference"."""
    try:
        text = difference(case)
    except Exception as error:  # noqa: BLE001  # an error of either side is a finding
        return type(error).__name__, str(error)
    return ("difference", text) if text is not None else None


def main(count: int, first: int) -> int:
    """Compare the cases from `first` on; 1 at the first difference, 0 if there is none."""
    for seed in range(first, first + count):
        found = finding(make_case(seed))
        if found is not None:
            _explain(seed, *found)
            return 1
        if (seed - first + 1) % PROGRESS_EVERY == 0:
            sys.stderr.write(f"{seed - first + 1} of {count} cases agree\n")
    sys.stdout.write(f"{count} cases agree\n")
    return 0


def _explain(seed: int, kind: str, text: str) -> None:
    def still_fails(case: Case) -> bool:
        found = finding(case)
        return found is not None and found[0] == kind

    sys.stdout.write(f"case {seed}, {kind}: {text}\n\nmade smaller:\n")
    small = shrink(make_case(seed), still_fails)
    _, what = finding(small) or ("", "")
    sys.stdout.write(report(small, what) + "\n")


if __name__ == "__main__":
    arguments = [int(text) for text in sys.argv[1:]] or [300]
    sys.exit(main(arguments[0], arguments[1] if len(arguments) > 1 else 0))
