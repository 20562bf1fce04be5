"""Two sessions as wholes: their final figures, and where their journals part.

Reading both takes seconds for long ones, so a process of its own does it once, beside the screen.
"""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rtgen_tui.core_process import spawn


@dataclass(frozen=True, slots=True)
class WholeFigure:
    """One figure of both whole runs; shares in percent."""

    a: float | None
    b: float | None
    b_is_better: bool | None
    """None where they are equal, one is missing, or neither direction is better."""

    def swapped(self) -> "WholeFigure":
        """With A and B changed over."""
        better = None if self.b_is_better is None else not self.b_is_better
        return WholeFigure(self.b, self.a, better)


@dataclass(frozen=True, slots=True)
class Divergence:
    """The first event in which two journals differ."""

    t_ns: int
    event: int
    """Its number in the run, from 0."""
    a: str
    """What happened in A, such as ``started blur#12 on npu``."""
    b: str


@dataclass(frozen=True, slots=True)
class WholeFiles:
    """What a comparison of two whole sessions found."""

    figures: Mapping[str, WholeFigure]
    """By the name that a claim has for it: ``captions.violation_rate``."""
    warnings: tuple[str, ...]
    """In what else than the policy they differ, a sentence each."""
    facts: tuple[tuple[str, str], ...]
    """What the warnings say of A and of B, to be able to change them over."""
    equal_events: int
    equal_until_ns: int
    divergence: Divergence | None
    """None: the journals do not part."""

    def swapped(self) -> "WholeFiles":
        """With A and B changed over."""
        parted = self.divergence
        return replace(
            self,
            figures={name: each.swapped() for name, each in self.figures.items()},
            warnings=tuple(_swapped(each, self.facts) for each in self.warnings),
            facts=tuple((b, a) for a, b in self.facts),
            divergence=parted and replace(parted, a=parted.b, b=parted.a),
        )


def _swapped(warning: str, facts: Sequence[tuple[str, str]]) -> str:
    for old, new in (("A: ", "B: "), ("B: ", "A: ")):
        if warning.startswith(old):
            return new + warning.removeprefix(old)
    for a, b in facts:
        if warning.endswith(f": {a} and {b}"):
            return f"{warning.removesuffix(f'{a} and {b}')}{b} and {a}"
    return warning


class Comparison:
    """Compares two sessions in a process of its own, which begins at once.

    Raises:
        OSError: there can be no such process.
    """

    def __init__(self, a: str, b: str) -> None:
        # Not multiprocessing: it wants a real stderr, which a running screen has not.
        self._process = spawn("rtgen_tui.compare_files", a, b)

    def wait(self) -> WholeFiles | str:
        """What it found, or in a sentence why nothing; blocks, and returns soon after ``stop``."""
        result, _ = self._process.communicate()
        if self._process.returncode != 0:
            return "the comparison of the whole files has ended by itself"
        found = pickle.loads(result)  # noqa: S301 - from a process of ours
        return found if isinstance(found, WholeFiles) else str(found)

    def stop(self) -> None:
        """Ends it; may be called at any time and more than once."""
        self._process.kill()
